"""Lists and searches of deals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, union_all

from projections.deals import DEALS
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import Query
from projections.engine.validity import holding
from projections.names import with_names
from projections.persons import PERSONS
from projections.places import ARCHIVE, DELETED, PIPELINE, PRESENT_DEALS, REVERTED
from projections.search import TextSearch
from projections.stages import STAGES

LIVING = ("open", "won", "lost")
"""The statuses of deals that are there; ``deleted`` is that of deals thrown away, and of those that are leads now."""


def deals(
    reading: Reading, part: Part, statuses: Collection[str], *, is_archived: bool, deleted_since: str | None
) -> list[Row]:
    """The part that is asked for of deals that are archived or not, and one more where more follow.

    ``deleted_since`` is how far back deleted deals still count, where ``deleted`` is among the statuses.
    """
    place, living = ARCHIVE if is_archived else PIPELINE, [status for status in LIVING if status in statuses]
    if "deleted" not in statuses:
        only = [("place", place)] if len(living) == len(LIVING) else [("place", place), ("status", living)]
        return _LISTED.rows(reading, replace(part, only=[*only, *part.only]))
    wanted = {f"status_{number}": status for number, status in enumerate((*living, "", "", "")[: len(LIVING)])}
    listing = _gone(is_archived=is_archived, or_living=bool(living))
    return listing.rows(reading, part, place=place, gone_since=deleted_since, **wanted)


def has_deals(reading: Reading, stage_id: int) -> bool:
    """Whether deals stand in a stage; archived ones count, since they may be fetched back."""
    return bool(_IN_STAGE.tuples(reading, {"stage_id": stage_id}))


_FOUND = (
    with_names(DEALS, (*DEALS.c.keys(), "person_name", "organization_name"))
    .join(STAGES, and_(STAGES.c.stage_id == DEALS.c.stage_id, holding(STAGES)))
    .add_columns(STAGES.c.name.label("stage_name"))
    .where(holding(DEALS), DEALS.c.place.in_(PRESENT_DEALS))
)
search_deals = TextSearch(_FOUND, {"title": DEALS.c.title_folded}, DEALS.c.deal_id, DEALS.c.opportunity_id).rows
"""Deals that a term finds by ``title`` or ``notes``, archived ones too, with their stages' and contacts' names."""


def of_organization_or_its_people(column: ColumnElement[Any], organization_id: Any) -> ColumnElement[bool]:
    """Whether a deal, by its column of that name, is an organization's, or a person's who works for it."""
    people = select(PERSONS.c.person_id).where(holding(PERSONS, by=PERSONS.c.organization_id == organization_id))
    return or_(column == organization_id, column.table.c.person_id.in_(people))


@cache
def _gone(*, is_archived: bool, or_living: bool) -> Listing:
    """Deals whose last change was that they went, and perhaps those that are there and of some statuses.

    A deal that went from the archive still has the time of when it was put there.
    """
    went = or_(DEALS.c.place == DELETED, DEALS.c.place == REVERTED)
    archived = DEALS.c.archive_time.is_not(None) if is_archived else DEALS.c.archive_time.is_(None)
    gone = select(DEALS).where(holding(DEALS), went, archived, DEALS.c.update_time >= bindparam("gone_since"))
    if not or_living:
        return Listing(gone, DEALS)
    statuses: list[ColumnElement[str]] = [bindparam(f"status_{number}") for number in range(len(LIVING))]
    living = select(DEALS).where(holding(DEALS), DEALS.c.place == bindparam("place"), DEALS.c.status.in_(statuses))
    either = union_all(living, gone).subquery()
    return Listing(select(either), either)


_LISTED = Listing(select(DEALS).where(holding(DEALS)), DEALS)
_IN_STAGE = Query(
    select(DEALS.c.deal_id)
    .where(holding(DEALS), DEALS.c.stage_id == bindparam("stage_id"), DEALS.c.place.in_(PRESENT_DEALS))
    .limit(1)
)
