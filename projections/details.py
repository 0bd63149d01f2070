"""The columns that the rows of leads and of deals share: what an opportunity says about itself."""

from __future__ import annotations

from aggregates.details import Details, SomeDetails
from aggregates.money import minor_units
from projections.engine.folding import folded
from projections.engine.rows import Row


def details_columns(details: Details) -> Row:
    """The details of an opportunity as the columns that leads and deals share."""
    facts = details.as_facts()
    return {**facts, **derived_columns(facts)}


def derived_columns(facts: SomeDetails | Row) -> Row:
    """Columns computed from those details among the facts that are stored otherwise than told."""
    columns: Row = {}
    if "title" in facts:
        columns["title_folded"] = folded(facts["title"])
    if "amount" in facts:
        amount, currency = facts["amount"], facts["currency"]
        columns["amount"] = 0 if amount is None or currency is None else minor_units(amount, currency)
    return columns
