"""Counts activities and notes of opportunities and contacts, and finds the next and the last activity of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select

from projections.activities import ACTIVITIES, PRESENT
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import Query, chunks
from projections.engine.validity import holding
from projections.notes import NOTES

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
    return dict(_of_each(reading, _firsts("opportunity_id"), opportunity_ids))


def agendas(reading: Reading, link: str, ids: Iterable[Any]) -> dict[Any, Row]:
    """The agenda of each of many opportunities, persons or organizations, as `NOTHING` names its parts.

    ``link`` is the column that names one: opportunity_id, person_id or organization_id.
    """
    wanted = sorted(set(ids))
    found: dict[Any, Row] = {each: dict(NOTHING) for each in wanted}
    for each, activity_id in _of_each(reading, _firsts(link), wanted):
        found[each]["next_activity_id"] = activity_id
    for each, activity_id in _of_each(reading, _lasts(link), wanted):
        found[each]["last_activity_id"] = activity_id
    for each, is_done, number in _of_each(reading, _counted(link), wanted):
        found[each]["activities_count"] += number
        found[each]["done_activities_count" if is_done else "undone_activities_count"] = number
    for each, number in _of_each(reading, _written(link), wanted):
        found[each]["notes_count"] = number
    return found


def _of_each(reading: Reading, query: Query, ids: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for some in chunks(sorted(set(ids))):
        yield from query.tuples(reading, {"some": some})


_SOME: BindParameter[list[Any]] = bindparam("some", expanding=True)


@cache
def _firsts(link: str) -> Query:
    return _leading(link, (ACTIVITIES.c.due, ACTIVITIES.c.activity_id), is_done=False)


@cache
def _lasts(link: str) -> Query:
    return _leading(link, (ACTIVITIES.c.done_time.desc(), ACTIVITIES.c.activity_id.desc()), is_done=True)


def _leading(link: str, order: Sequence[ColumnElement[Any]], *, is_done: bool) -> Query:
    column = ACTIVITIES.c[link]
    place = func.row_number().over(partition_by=column, order_by=order).label("place")
    only = column.in_(_SOME), *PRESENT, ACTIVITIES.c.is_done.is_(is_done)
    ranked = select(column.label("link"), ACTIVITIES.c.activity_id, place).where(*only).subquery()
    return Query(select(ranked.c.link, ranked.c.activity_id).where(ranked.c.place == 1))


@cache
def _counted(link: str) -> Query:
    column, is_done = ACTIVITIES.c[link], ACTIVITIES.c.is_done
    return Query(select(column, is_done, func.count()).where(column.in_(_SOME), *PRESENT).group_by(column, is_done))


@cache
def _written(link: str) -> Query:
    column = NOTES.c[link]
    query = select(column, func.count()).where(column.in_(_SOME), holding(NOTES), NOTES.c.is_deleted.is_(False))
    return Query(query.group_by(column))
