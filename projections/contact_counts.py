"""Contacts flow in by their ids, and out flows how many deals and people each of them has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import holding
from projections.persons import PERSONS

Counts = defaultdict[int, defaultdict[str, int]]
"""By a contact's id and the name of what was counted; nothing is 0."""


def of_persons(reading: Reading, person_ids: Sequence[int]) -> Counts:
    """How many deals each person has: ``open_deals_count``, and likewise closed, won and lost."""
    counts = _nothing()
    _count_deals(reading, counts, _deals_by_status(DEALS.c.person_id, person_ids), "")
    return counts


def of_organizations(reading: Reading, organization_ids: Sequence[int]) -> Counts:
    """How many deals each organization has, as `of_persons`; and its people, as ``people_count``.

    ``related_open_deals_count`` and so on count its people's deals that are not its own.
    """
    counts = _nothing()
    _count_deals(reading, counts, _deals_by_status(DEALS.c.organization_id, organization_ids), "")
    theirs = PERSONS.c.organization_id
    related = (
        _deals_by_status(theirs, organization_ids)
        .select_from(DEALS)
        .join(PERSONS, and_(PERSONS.c.person_id == DEALS.c.person_id, holding(PERSONS)))
        .where(DEALS.c.organization_id.is_distinct_from(theirs))
    )
    _count_deals(reading, counts, related, "related_")
    people = select(theirs, func.count()).where(holding(PERSONS), PERSONS.c.is_deleted.is_(False))
    for organization_id, number in reading.execute(people.where(theirs.in_(organization_ids)).group_by(theirs)):
        counts[organization_id]["people_count"] = number
    return counts


def _deals_by_status(contact_id: ColumnElement[Any], ids: Sequence[int]) -> Select[Any]:
    query = select(contact_id, DEALS.c.status, func.count()).group_by(contact_id, DEALS.c.status)
    return query.where(holding(DEALS), DEALS.c.place.in_(("pipeline", "archive")), contact_id.in_(ids))


def _count_deals(reading: Reading, counts: Counts, query: Select[Any], prefix: str) -> None:
    for contact_id, status, number in reading.execute(query):
        for kind in (status,) if status == "open" else (status, "closed"):
            counts[contact_id][f"{prefix}{kind}_deals_count"] += number


def _nothing() -> Counts:
    return defaultdict(lambda: defaultdict(int))
