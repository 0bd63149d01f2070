"""Lists the inbox: leads that nobody has confirmed yet, filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Column, ColumnElement, bindparam, or_

from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.statements import COMPILED, Query
from projections.engine.substrings import holds
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.names import Whole, versions_with_names, whole, with_names
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.places import INBOX


class ListedLead(NamedTuple):
    """A version of a lead in the inbox: where it stands on a page, and what lists need of it beside."""

    lead_id: str
    valid_from: int
    opportunity_id: str
    label_ids: str
    amount: int
    readiness: int
    add_time: str
    update_time: str
    created_position: int


class OpenLead(NamedTuple):
    """A lead in the inbox; ``label_ids`` is a JSON list, ``amount`` counts the currency's smallest coin.

    ``readiness`` is a place in `VERDICTS`.
    """

    lead_id: str
    valid_from: int
    opportunity_id: str
    title: str
    person_id: int | None
    person_name: str | None
    organization_id: int | None
    organization_name: str | None
    owner_id: int
    owner_name: str | None
    source_name: str
    label_ids: str
    amount: int
    currency: str | None
    was_seen: bool
    readiness: int
    expected_close_date: str | None
    add_time: str
    update_time: str
    created_position: int


ORDERS: dict[str, tuple[Column[Any], ...]] = {
    "added": (LEADS.c.created_position,),
    "updated": (LEADS.c.update_time, LEADS.c.valid_from),
    "value": (LEADS.c.amount, LEADS.c.created_position),
    "readiness": (LEADS.c.readiness, LEADS.c.created_position),
}
"""What a page can be sorted by: columns, never null and indexed together, that tell any two leads apart.

The value is compared by the number of smallest coins, whatever the currency.
"""

_TERM = "term"
_SOUGHT = (LEADS.c.title_folded, PERSONS.c.name_folded, ORGANIZATIONS.c.name_folded)
"""Where a term is sought."""


def open_leads(
    reading: Reading,
    *,
    only: Mapping[str, Any],
    order: str,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
) -> list[ListedLead]:
    """A page of the inbox, and one lead more where more follow.

    ``only`` says which values columns must have, ``label_id`` being one of the lead's labels, and ``term``, folded,
    standing in the title or in the name of the person or the organization; ``after`` are the values of the order that
    the last page ended with. For a term every lead in that order is looked at until the page is full.
    """
    values = {**only, "place": INBOX}
    if "label_id" in only:
        values["label_id"] = f'"{only["label_id"]}"'
    if after is not None:
        values |= {f"after_{place}": value for place, value in enumerate(after)}
    statement = _statement(frozenset(only), order, descending, after is not None, limit)
    return list(map(ListedLead._make, statement.tuples(reading, values)))


def whole_leads(reading: Reading, leads: Sequence[ListedLead]) -> dict[str, Whole[OpenLead]]:
    """All there is to tell of leads on a page of the same reading, by ids, but what the user may not see any more."""
    return whole(reading, _VERSIONS, OpenLead, leads)


def ends_at(lead: ListedLead, order: str) -> tuple[Any, ...]:
    """The values of an order with which a page ends whose last lead this is."""
    return tuple(getattr(lead, column.name) for column in ORDERS[order])


@lru_cache(COMPILED)
def _statement(filters: frozenset[str], order: str, descending: bool, continues: bool, limit: int) -> Query:
    leads = with_names(LEADS, ListedLead._fields, also=("person_name", "organization_name") if _TERM in filters else ())
    leads = leads.where(LEADS.c.place == bindparam("place"), holding(LEADS), *map(_has, sorted(filters)))
    columns: Sequence[ColumnElement[Any]] = ORDERS[order]
    after = [bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(columns)]
    behind = after if continues else None
    return Query(page(leads, columns, descending=descending, after=behind, limit=limit, table=LEADS, only=filters))


def _has(name: str) -> ColumnElement[bool]:
    if name == _TERM:
        term: BindParameter[str] = bindparam(name, type_=LEADS.c.title_folded.type)
        return or_(*(holds(column, term) for column in _SOUGHT))
    if name == "label_id":
        return holds(LEADS.c.label_ids, bindparam(name, type_=LEADS.c.label_ids.type))
    return LEADS.c[name] == bindparam(name, type_=LEADS.c[name].type)


_VERSIONS = versions_with_names(LEADS, OpenLead._fields)
