"""The commands about lead labels: add, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aggregates.lead_label import LeadLabel
from projections.engine.rows import Row
from projections.lead_labels import LEAD_LABELS
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add a label. Answers its row."""
    label = LeadLabel.add(tx.new_id(), **facts)
    tx.save(label)
    return tx.row(LEAD_LABELS, label.lead_label_id)


def edit(tx: Transaction, lead_label_id: UUID, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the label's row."""
    label = tx.load(LeadLabel, lead_label_id)
    label.edit(facts)
    tx.save(label)
    return tx.row(LEAD_LABELS, label.lead_label_id)


def delete(tx: Transaction, lead_label_id: UUID) -> None:
    """Delete a label; leads that have it are shown without it, but keep its id until they are labelled anew."""
    label = tx.load(LeadLabel, lead_label_id)
    label.delete()
    tx.save(label)
