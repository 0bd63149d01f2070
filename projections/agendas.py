"""Opportunities and contacts flow in, and out flows what is to be done next for each, what was done, and how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, bindparam, func, select

from projections.activities import ACTIVITIES, PRESENT
from projections.engine.reading import Reading
from projections.engine.rows import Row, holding
from projections.engine.statements import COMPILED, Query
from projections.notes import NOTES

_AT_ONCE = 400

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
    found: dict[str, int] = {}
    for some in _parts(opportunity_ids):
        values = {f"some_{place}": each for place, each in enumerate(some)}
        found |= _next_of(len(some)).tuples(reading, values)
    return found


def agendas(reading: Reading, link: str, ids: Iterable[Any]) -> dict[Any, Row]:
    """The agenda of each of many opportunities, persons or organizations, as `NOTHING` names its parts.

    ``link`` is the column that names one: opportunity_id, person_id or organization_id.
    """
    found: dict[Any, Row] = {}
    for some in _parts(ids):
        found |= {each: dict(NOTHING) for each in some}
        column = ACTIVITIES.c[link]
        for each, activity_id in reading.execute(_firsts(column, some)):
            found[each]["next_activity_id"] = activity_id
        for each, activity_id in reading.execute(_lasts(column, some)):
            found[each]["last_activity_id"] = activity_id
        counted = select(column, ACTIVITIES.c.is_done, func.count()).where(column.in_(some), *PRESENT)
        for each, is_done, number in reading.execute(counted.group_by(column, ACTIVITIES.c.is_done)):
            found[each]["activities_count"] += number
            found[each]["done_activities_count" if is_done else "undone_activities_count"] = number
        written = select(NOTES.c[link], func.count()).where(holding(NOTES), NOTES.c.is_deleted.is_(False))
        for each, number in reading.execute(written.where(NOTES.c[link].in_(some)).group_by(NOTES.c[link])):
            found[each]["notes_count"] = number
    return found


@lru_cache(COMPILED)
def _next_of(number: int) -> Query:
    return Query(_firsts(ACTIVITIES.c.opportunity_id, [bindparam(f"some_{place}") for place in range(number)]))


def _firsts(link: Column[Any], some: Sequence[Any]) -> Select[Any]:
    place = func.row_number().over(partition_by=link, order_by=(ACTIVITIES.c.due, ACTIVITIES.c.activity_id))
    return _leading(link, place, link.in_(some), *PRESENT, ACTIVITIES.c.is_done.is_(False))


def _lasts(link: Column[Any], some: Sequence[Any]) -> Select[Any]:
    latest = ACTIVITIES.c.done_time.desc(), ACTIVITIES.c.activity_id.desc()
    place = func.row_number().over(partition_by=link, order_by=latest)
    return _leading(link, place, link.in_(some), *PRESENT, ACTIVITIES.c.is_done.is_(True))


def _leading(link: Column[Any], place: ColumnElement[int], *only: ColumnElement[bool]) -> Select[Any]:
    ranked = select(link.label("link"), ACTIVITIES.c.activity_id, place.label("place")).where(*only).subquery()
    return select(ranked.c.link, ranked.c.activity_id).where(ranked.c.place == 1)


def _parts(ids: Iterable[Any]) -> Iterable[list[Any]]:
    wanted = sorted(set(ids))
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
