"""Finds the opportunity that a note or an activity belongs to, by the lead or the deal that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.refusals import UnknownReference
from projections.opportunities import FORMS, forms_of, opportunity_of
from service.ledger.ledger import Transaction


def with_opportunity_id(tx: Transaction, facts: Mapping[str, Any], before: str | None = None) -> dict[str, Any]:
    """The facts, with ``opportunity_id`` in place of the lead or the deal that they name.

    ``before`` is the opportunity it hangs on so far: it may be named again even where it was deleted since, and
    naming no lead (or no deal) takes it off only where it is one. Raises `UnknownReference` for a lead or deal
    that is not there, or is the other form at present.
    """
    named = {kind: facts[f"{kind}_id"] for kind in FORMS if f"{kind}_id" in facts}
    rest = {name: value for name, value in facts.items() if name.removesuffix("_id") not in FORMS}
    for kind, number in named.items():
        if number is not None:
            opportunity_id = opportunity_of(tx.seen, kind, number, before)
            if opportunity_id is None:
                raise UnknownReference(f"there is no {kind} {number}")
            return rest | {"opportunity_id": opportunity_id}
    return rest | {"opportunity_id": None} if kind_of(tx, before) in named else rest


def kind_of(tx: Transaction, opportunity_id: str | None) -> str | None:
    """What an opportunity is at present, lead or deal; None for no opportunity."""
    return forms_of(tx.reading, [opportunity_id])[opportunity_id].kind
