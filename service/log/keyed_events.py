"""Turns rows of the log into the library's stored events, each with the wrapped key to its personal values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from sqlalchemy import Connection, and_, bindparam, select

from projections.engine.statements import Statement, chunks
from service.log.tables import EVENTS, STREAM_KEYS


@dataclass(frozen=True)
class KeyedEvent(StoredEvent):
    """A stored event with the wrapped key of its stream."""

    wrapped: bytes


@dataclass(frozen=True)
class KeyedNotification(Notification):
    """A notification with the wrapped key of its event's stream."""

    wrapped: bytes


def notification(row: Sequence[Any]) -> Notification:
    """A row of `WITH_KEYS` as the library's notification."""
    position, stream_id, version, topic, state, wrapped = row
    told = UUID(stream_id), version, topic, bytes(state), position
    return Notification(*told) if wrapped is None else KeyedNotification(*told, bytes(wrapped))


def stored_event(originator_id: UUID | str, version: int, topic: str, state: Any, wrapped: Any) -> StoredEvent:
    """A row of `STREAM_COLUMNS` as the library's stored event."""
    told = originator_id, version, topic, bytes(state)
    return StoredEvent(*told) if wrapped is None else KeyedEvent(*told, bytes(wrapped))


def streams_of(connection: Connection, stream_ids: Collection[str]) -> dict[str, list[tuple[Any, ...]]]:
    """All events of streams as rows of `STREAM_COLUMNS`, by the streams' ids in hexadecimal."""
    found: dict[str, list[tuple[Any, ...]]] = {stream_id: [] for stream_id in stream_ids}
    for some in chunks(stream_ids):
        for stream_id, *row in _STREAMS.tuples(connection, {"some": some}):
            found[stream_id].append(tuple(row))
    return found


JOINED = EVENTS.outerjoin(
    STREAM_KEYS, and_(STREAM_KEYS.c.stream_id == EVENTS.c.stream_id, STREAM_KEYS.c.since <= EVENTS.c.version)
)
STREAM_COLUMNS = EVENTS.c.version, EVENTS.c.topic, EVENTS.c.state, STREAM_KEYS.c.wrapped
WITH_KEYS = select(EVENTS.c.position, EVENTS.c.stream_id, *STREAM_COLUMNS).select_from(JOINED)
"""Selects events with the wrapped keys of their streams; null where a stream has no key (any more)."""
_STREAMS = Statement(
    select(EVENTS.c.stream_id, *STREAM_COLUMNS)
    .select_from(JOINED)
    .where(EVENTS.c.stream_id.in_(bindparam("some", expanding=True)))
    .order_by(EVENTS.c.stream_id, EVENTS.c.version)
)
