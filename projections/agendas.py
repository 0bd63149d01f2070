"""Counts activities and notes of opportunities and contacts, and finds the next and the last activity of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, case, func, select

from projections.activities import ACTIVITIES, present
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import Query, chunks
from projections.engine.validity import holding, in_parts
from projections.notes import NOTES, present_notes

NOTHING: Row = {
    "next_activity_id": None,
    "last_activity_id": None,
    "activities_count": 0,
    "done_activities_count": 0,
    "undone_activities_count": 0,
    "notes_count": 0,
}
"""The agenda of whom nothing was planned or written for. The next activity is the earliest by due date, time and
id of those to be done; the last is the one that was done most recently."""


def next_activities(reading: Reading, opportunity_ids: Iterable[str]) -> dict[str, int]:
    """The next activities of many opportunities, of those that have one."""
    return {
        each: activity_id
        for some in chunks(sorted(set(opportunity_ids)))
        for each, activity_id in _NEXT.tuples(reading, {"some": some})
    }


def agendas(reading: Reading, link: str, ids: Iterable[Any], told: Sequence[str] = ()) -> dict[Any, Row]:
    """The agenda of each of many opportunities, persons or organizations, as `NOTHING` names its parts.

    ``link`` is the column that names one: opportunity_id, person_id or organization_id. ``told`` names columns of
    activities; a part such as ``next_activity_due_date`` has what such a column says of the next or the last one.
    """
    nothing = NOTHING | {f"{which}_activity_{name}": None for which in ("next", "last") for name in told}
    found: dict[Any, Row] = {each: nothing.copy() for each in ids}
    for some in chunks(sorted(found)):
        for each, is_done, number, *first in _planned(link, tuple(told)).tuples(reading, {"some": some}):
            agenda = found[each]
            agenda["activities_count"] += number
            agenda["done_activities_count" if is_done else "undone_activities_count"] = number
            which = "last" if is_done else "next"
            for name, value in zip(("id", *told), first, strict=True):
                agenda[f"{which}_activity_{name}"] = value
        for each, number in _written(link).tuples(reading, {"some": some}):
            found[each]["notes_count"] += number
    return found


_SOME: BindParameter[list[Any]] = bindparam("some", expanding=True)


@cache
def _planned(link: str, told: tuple[str, ...]) -> Query:
    """How many activities each one has that are done or not, and the first of them: the last or the next one."""
    activity_id, is_done, column = ACTIVITIES.c.activity_id, ACTIVITIES.c.is_done, ACTIVITIES.c[link]
    order = (
        case((is_done, ""), else_=ACTIVITIES.c.due),
        ACTIVITIES.c.done_time.desc(),
        case((is_done, -activity_id), else_=activity_id),
    )
    alike = (column, is_done)
    number = func.count().over(partition_by=alike).label("number")
    place = func.row_number().over(partition_by=alike, order_by=order).label("place")
    ranked = select(column.label("link"), is_done, number, activity_id, place).where(*present(by=column.in_(_SOME)))
    first = ranked.subquery()
    query = select(first.c.link, first.c.is_done, first.c.number, first.c.activity_id).where(first.c.place == 1)
    if not told:
        return Query(query)
    this_one = and_(activity_id == first.c.activity_id, holding(ACTIVITIES))
    told_too = query.add_columns(*(ACTIVITIES.c[name] for name in told))
    return Query(told_too.select_from(first.join(ACTIVITIES, this_one)))


@cache
def _written(link: str) -> Query:
    column = NOTES.c[link]
    query = select(column, func.count()).where(present_notes(by=column.in_(_SOME)))
    return Query(in_parts(query.group_by(column), NOTES))


_PLACE = func.row_number().over(
    partition_by=ACTIVITIES.c.opportunity_id, order_by=(ACTIVITIES.c.due, ACTIVITIES.c.activity_id)
)
_UNDONE = (
    select(ACTIVITIES.c.opportunity_id, ACTIVITIES.c.activity_id, _PLACE.label("place"))
    .where(*present(by=ACTIVITIES.c.opportunity_id.in_(_SOME)), ACTIVITIES.c.is_done.is_(False))
    .subquery()
)
_NEXT = Query(select(_UNDONE.c.opportunity_id, _UNDONE.c.activity_id).where(_UNDONE.c.place == 1))
