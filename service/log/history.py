"""Queries of the log: events at positions, the position at a time, where a command ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from operator import itemgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from eventsourcing.persistence import Mapper
from sqlalchemy import Connection, bindparam, func, select

from aggregates.event import Event
from projections.engine.statements import Statement, chunks
from service.clock import AHEAD, timestamp
from service.log.byte_search import metadata_bytes
from service.log.keyed_events import WITH_KEYS, notification
from service.log.tables import EVENTS

_LOOKED_AT = 12
"""Events that one query looks at, where a command has many."""


def position_at(connection: Connection, moment: str | None = None) -> int:
    """How far the log had come at a moment, or has come by now: the last position, 0 where there was none.

    A binary search, since recorded times never decrease along the log.
    """
    end: int = _END.tuples(connection, {})[0][0] or 0
    if moment is None:
        return end
    reached = 0
    for step in reversed(range(end.bit_length())):
        further = reached + (1 << step)
        if further <= end and time_of(connection, further) <= moment:
            reached = further
    return reached


def position_before(connection: Connection, moment: str) -> int:
    """The last position that was recorded before a moment."""
    # Without its last letter a time sorts just before itself, and behind every earlier one.
    return position_at(connection, moment[:-1])


def ahead_in_words(connection: Connection, now: datetime) -> str | None:
    """A sentence that names the positions whose times lie ahead of now by more than clocks may differ; else None.

    Until then whatever is recorded bears the last of these times, and nothing can be asked by time.
    """
    end = position_at(connection)
    if end == 0 or (last := time_of(connection, end)) <= timestamp(now + AHEAD):
        return None
    first = position_at(connection, timestamp(now)) + 1
    which = f"position {end} was" if first == end else f"positions {first} to {end} were"
    return f"{which} recorded at times ahead of now, up to {last}"


def time_of(connection: Connection, position: int) -> str:
    """When the event at a position was recorded."""
    recorded_at: str = _metadata_of(connection, position)["recorded_at"]
    return recorded_at


def who_and_when(connection: Connection, position: int) -> tuple[int | None, str]:
    """Who caused the event at a position, None where it was the system, and when it was recorded."""
    metadata = _metadata_of(connection, position)
    return metadata.get("user_id"), metadata["recorded_at"]


class Ended(NamedTuple):
    """The position of a command's last event, and when that was recorded."""

    position: int
    recorded_at: str


def end_of_command(connection: Connection, position: int) -> Ended | None:
    """Where the command ends that recorded the event at a position; None where there is no event.

    A command's events are adjacent, and of one time: one query mostly tells, and a few where they are very many.
    """
    states = _states(connection, [position, position + 1])
    if position not in states:
        return None
    metadata = _metadata(states[position])
    its_own = metadata_bytes("command_id", metadata["command_id"])
    last, places = position, [position + 1]
    while (number := _number_holding(its_own, places, states)) == len(places):
        last = places[-1]
        places = [last + (1 << further) for further in range(_LOOKED_AT)]
        states = _states(connection, places)
    while True:
        last, behind = (last, *places)[number], places[number]
        if behind == last + 1:
            return Ended(last, metadata["recorded_at"])
        places = [*range(last + 1, behind, -(-(behind - last) // _LOOKED_AT)), behind]
        number = _number_holding(its_own, places, _states(connection, places))


def events_at(connection: Connection, mapper: Mapper[UUID], positions: Collection[int]) -> dict[int, Event]:
    """The events recorded at those positions, by position."""
    found = connection.execute(WITH_KEYS.where(EVENTS.c.position.in_(positions)))
    return {row.position: cast(Event, mapper.to_domain_event(notification(row))) for row in found}


def events_between(
    connection: Connection, mapper: Mapper[UUID], first: int, last: int, topics: Collection[str]
) -> list[tuple[int, Event]]:
    """The events of these names from one position to another, both counting, each with its position, in order."""
    query = WITH_KEYS.where(EVENTS.c.position.between(first, last), EVENTS.c.topic.in_(topics))
    found = connection.execute(query.order_by(EVENTS.c.position))
    return [(row.position, cast(Event, mapper.to_domain_event(notification(row)))) for row in found]


def events_of(connection: Connection, mapper: Mapper[UUID], streams: Sequence[str]) -> list[tuple[int, Event]]:
    """The events of streams, named in hexadecimal, each with its position, in the order of the log."""
    found: list[tuple[int, Event]] = []
    for some in chunks(streams):
        rows = connection.execute(WITH_KEYS.where(EVENTS.c.stream_id.in_(some)))
        found += [(row.position, cast(Event, mapper.to_domain_event(notification(row)))) for row in rows]
    return sorted(found, key=itemgetter(0))


def times_at(connection: Connection, positions: Collection[int]) -> dict[int, str]:
    """When the events at those positions were recorded, whatever else they tell."""
    found = connection.execute(select(EVENTS.c.position, EVENTS.c.state).where(EVENTS.c.position.in_(positions)))
    return {position: _metadata(state)["recorded_at"] for position, state in found}


def _states(connection: Connection, positions: Collection[int]) -> dict[int, bytes]:
    """The stored bytes of the events at those positions, of those that there are."""
    return {position: bytes(state) for position, state in _STATES.tuples(connection, {"positions": positions})}


def _number_holding(held: bytes, places: Iterable[int], states: Mapping[int, bytes]) -> int:
    """At how many places there are such bytes, before the first at which there are not."""
    return sum(1 for _ in takewhile(lambda place: held in states.get(place, b""), places))


def _metadata_of(connection: Connection, position: int) -> dict[str, Any]:
    [(state,)] = _STATE.tuples(connection, {"position": position})
    return _metadata(state)


def _metadata(state: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = orjson.loads(bytes(state))["metadata"]
    return metadata


_END = Statement(select(func.max(EVENTS.c.position)))
_STATES = Statement(
    select(EVENTS.c.position, EVENTS.c.state).where(EVENTS.c.position.in_(bindparam("positions", expanding=True)))
)
_STATE = Statement(select(EVENTS.c.state).where(EVENTS.c.position == bindparam("position")))
