"""The conditions that people narrow deals down by: owner, label, contact, place, and when a deal should close."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func

from projections.deals import DEALS
from projections.engine.substrings import holds

Filters = Mapping[str, Any]
"""What is wanted of deals, by the names in `CONDITIONS`; a deal has to be all of it."""


def _is(name: str) -> ColumnElement[bool]:
    return DEALS.c[name] == bindparam(name, type_=DEALS.c[name].type)


_LABELS = func.replace(func.replace(DEALS.c.label_ids, "[", " "), "]", ",")
"""The list of ids in such a form that before each stands a blank, and behind each a comma."""

_DAY = DEALS.c.expected_close_date.type

CONDITIONS: dict[str, ColumnElement[bool]] = {
    **{name: _is(name) for name in ("owner_id", "person_id", "organization_id", "pipeline_id", "stage_id", "status")},
    "label_id": holds(_LABELS, bindparam("label_id", type_=DEALS.c.label_ids.type)),
    "closes_from": DEALS.c.expected_close_date >= bindparam("closes_from", type_=_DAY),
    "closes_until": DEALS.c.expected_close_date <= bindparam("closes_until", type_=_DAY),
}
"""Each condition by its name, which is that of the value that it is bound to. A period has both of its days in it, and
no deal of which nobody expects when it will close."""


def conditions(filters: Collection[str]) -> list[ColumnElement[bool]]:
    """Those of some names."""
    return [CONDITIONS[name] for name in sorted(filters)]


def bound(filters: Filters) -> dict[str, Any]:
    """The values that the conditions are bound to."""
    labels = {"label_id": f" {filters['label_id']},"} if "label_id" in filters else {}
    return {**filters, **labels}
