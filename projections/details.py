"""What a lead and a deal say about themselves flows through here into the columns that their rows share."""

from __future__ import annotations

from typing import Any

from aggregates.details import Details
from aggregates.money import minor_units
from projections.engine.folding import folded
from projections.engine.rows import Row


def details_columns(details: Details) -> Row:
    """The details of an opportunity as the columns that leads and deals share."""
    facts = details.as_facts()
    return facts | derived_columns(facts)


def derived_columns(facts: dict[str, Any]) -> Row:
    """Columns computed from those details among the facts that are stored otherwise than told."""
    columns: Row = {}
    if "title" in facts:
        columns["title_folded"] = folded(facts["title"])
    if "amount" in facts:
        amount = facts["amount"]
        columns["amount"] = 0 if amount is None else minor_units(amount, facts["currency"])
    return columns
