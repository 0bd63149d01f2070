"""Positions flow in and the events that were recorded there flow out, as they are understood today."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast
from uuid import UUID

from eventsourcing.persistence import Mapper
from sqlalchemy import Connection, func, select

from aggregates.event import Event
from service.log.recorder import notification
from service.log.tables import EVENTS


def position_at(connection: Connection, mapper: Mapper[UUID], moment: str | None = None) -> int:
    """How far the log had come at a moment, or has come by now: the last position, 0 where there was none.

    Times never go back along the log, so a few events tell.
    """
    end: int = connection.execute(select(func.max(EVENTS.c.position))).scalar() or 0
    if moment is None:
        return end
    reached = 0
    for step in reversed(range(end.bit_length())):
        further = reached + (1 << step)
        if further <= end and time_of(connection, mapper, further) <= moment:
            reached = further
    return reached


def time_of(connection: Connection, mapper: Mapper[UUID], position: int) -> str:
    """When the event at a position was recorded."""
    return events_at(connection, mapper, [position])[position].at


def events_at(connection: Connection, mapper: Mapper[UUID], positions: Collection[int]) -> dict[int, Event]:
    """The events recorded at those positions, by position."""
    found = connection.execute(select(EVENTS).where(EVENTS.c.position.in_(positions)))
    return {row.position: cast(Event, mapper.to_domain_event(notification(row))) for row in found}
