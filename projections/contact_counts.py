"""Counts deals and people of persons and organizations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Text, bindparam, cast, func, select

from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.statements import Query, chunks
from projections.engine.validity import holding, in_parts
from projections.persons import PERSONS
from projections.places import PRESENT_DEALS

Counts = defaultdict[int, defaultdict[str, int]]
"""By a contact's id and the name of what was counted; nothing is 0."""


def of_persons(reading: Reading, person_ids: Sequence[int]) -> Counts:
    """How many deals each person has: ``open_deals_count``, and likewise closed, won and lost."""
    counts = _nothing()
    _count_deals(reading, counts, _DEALS_OF_PERSONS, person_ids, "")
    return counts


def of_organizations(reading: Reading, organization_ids: Sequence[int]) -> Counts:
    """How many deals each organization has, as `of_persons`; and its people, as ``people_count``.

    ``related_open_deals_count`` and so on count its people's deals that are not its own.
    """
    counts = _nothing()
    _count_deals(reading, counts, _DEALS_OF_ORGANIZATIONS, organization_ids, "")
    _count_deals(reading, counts, _DEALS_OF_THEIR_PEOPLE, organization_ids, "related_")
    for organization_id, number in people_of(reading, organization_ids).items():
        counts[organization_id]["people_count"] = number
    return counts


def people_of(reading: Reading, organization_ids: Iterable[int]) -> dict[int, int]:
    """How many people each organization has; one without any is left out."""
    people = Counter[int]()
    for some in chunks(organization_ids):
        for organization_id, number in _PEOPLE.tuples(reading, {"some": some}):
            people[organization_id] += number
    return people


def _count_deals(reading: Reading, counts: Counts, query: Query, ids: Sequence[int], prefix: str) -> None:
    for some in chunks(ids):
        for contact_id, status, number in query.tuples(reading, {"some": some}):
            for kind in (status,) if status == "open" else (status, "closed"):
                counts[contact_id][f"{prefix}{kind}_deals_count"] += number


def _deals_by_status(contact_id: ColumnElement[Any], by: ColumnElement[bool]) -> Select[Any]:
    query = select(contact_id, DEALS.c.status, func.count()).where(holding(DEALS, by), _PLACE.in_(PRESENT_DEALS))
    return query.group_by(contact_id, DEALS.c.status)


def _nothing() -> Counts:
    return defaultdict(lambda: defaultdict(int))


_PLACE = cast(DEALS.c.place, Text)
"""The place as no index of SQLite has it, which keeps no statistics here, and would rather take all that were there
once. For PostgreSQL, which does, it is the column itself."""

_SOME: BindParameter[list[int]] = bindparam("some", expanding=True)
_OF_PERSONS = _deals_by_status(DEALS.c.person_id, DEALS.c.person_id.in_(_SOME))
_DEALS_OF_PERSONS = Query(in_parts(_OF_PERSONS, DEALS))
_OF_ORGANIZATIONS = _deals_by_status(DEALS.c.organization_id, DEALS.c.organization_id.in_(_SOME))
_DEALS_OF_ORGANIZATIONS = Query(in_parts(_OF_ORGANIZATIONS, DEALS))
_OF_THEIR_PEOPLE = (
    _deals_by_status(PERSONS.c.organization_id, DEALS.c.person_id == PERSONS.c.person_id)
    .where(holding(PERSONS, by=PERSONS.c.organization_id.in_(_SOME)))
    .where(DEALS.c.organization_id.is_distinct_from(PERSONS.c.organization_id))
)
_DEALS_OF_THEIR_PEOPLE = Query(in_parts(_OF_THEIR_PEOPLE, PERSONS, DEALS))
_PRESENT_PEOPLE = (
    select(PERSONS.c.organization_id, func.count())
    .where(holding(PERSONS, by=PERSONS.c.organization_id.in_(_SOME)), PERSONS.c.is_deleted.is_(False))
    .group_by(PERSONS.c.organization_id)
)
_PEOPLE = Query(in_parts(_PRESENT_PEOPLE, PERSONS))
