"""Positions flow in and the events that were recorded there flow out, as they are understood today."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast
from uuid import UUID

from eventsourcing.persistence import Mapper
from sqlalchemy import Connection, select

from aggregates.event import Event
from service.log.recorder import notification
from service.log.tables import EVENTS


def events_at(connection: Connection, mapper: Mapper[UUID], positions: Collection[int]) -> dict[int, Event]:
    """The events recorded at those positions, by position."""
    found = connection.execute(select(EVENTS).where(EVENTS.c.position.in_(positions)))
    return {row.position: cast(Event, mapper.to_domain_event(notification(row))) for row in found}
