"""What users want of leads flows in here and becomes facts: arriving, correcting, putting aside, throwing away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from aggregates import lead_sources
from aggregates.details import DETAILS, Details
from aggregates.lead import Lead
from projections.engine.rows import Row
from projections.lead_labels import LEAD_LABELS
from projections.leads import LEADS
from service.commands import references
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any], source_name: str = lead_sources.API, origin: str = "API") -> Row:
    """Let a lead come in; its owner is the caller unless the facts name another. Answers its row."""
    references.check(tx, facts)
    references.check_each(tx, LEAD_LABELS, "lead label", facts.get("label_ids", ()))
    lead = Lead.create(
        uuid4(),
        Details(**{"owner_id": tx.metadata.user_id, **_details(facts)}),
        label_ids=facts.get("label_ids", []),
        was_seen=facts.get("was_seen", False),
        origin_id=facts.get("origin_id"),
        source_name=source_name,
        origin=origin,
    )
    tx.save(lead)
    return tx.row(LEADS, str(lead.id))


def edit(tx: Transaction, lead_id: UUID, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the lead's row."""
    lead = tx.load(Lead, lead_id)
    lead.check_present()
    references.check(tx, facts, lead.details)
    references.check_each(tx, LEAD_LABELS, "lead label", facts.get("label_ids", ()), lead.label_ids)
    details = _details(facts)
    owner_id = details.pop("owner_id", lead.details.owner_id)
    lead.edit(details)
    lead.assign(owner_id)
    lead.label(facts.get("label_ids", lead.label_ids))
    lead.see(facts.get("was_seen", lead.was_seen))
    lead.archive(facts.get("is_archived", lead.is_archived))
    tx.save(lead)
    return tx.row(LEADS, str(lead_id))


def delete(tx: Transaction, lead_id: UUID) -> None:
    """Throw a lead away."""
    lead = tx.load(Lead, lead_id)
    lead.delete()
    tx.save(lead)


def _details(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in DETAILS if name in facts}
