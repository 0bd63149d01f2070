"""Reads the log to replay it: what events tell, by whom and when, without what clients say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam

from aggregates.event import NOT_READ, Event, Metadata
from projections.engine.statements import Statement
from projections.engine.tables import Number
from service.database.key_files import UnusableKey
from service.log.keyed_events import WITH_KEYS
from service.log.mapper import event_of, present_data, unreadable
from service.log.personal import decrypt
from service.log.tables import EVENTS

Recorded = Sequence[tuple[int, Event]]
"""Events with their positions, in the order of the log."""

CipherIn = Callable[[str, bytes], AESGCM]
"""Gives the cipher of a stream, given its wrapped key: `StreamKeys.cipher`."""


class Stored(NamedTuple):
    """An event as the log has it, with the wrapped key of its stream, if there is one (any more)."""

    position: int
    stream_id: str
    version: int
    topic: str
    state: bytes
    wrapped: bytes | None


Row = tuple[Any, ...]
"""The values of a `Stored`."""


class Told(NamedTuple):
    """What a stored event tells: plain values only."""

    position: int
    stream_id: str
    version: int
    topic: str
    data: dict[str, Any]
    user_id: int | None
    recorded_at: str
    command_id: str


def stored_between(connection: Connection, after: int, upto: int) -> list[Stored]:
    """The events behind one position and up to another, in order."""
    return list(map(Stored._make, rows_between(connection, after, upto)))


def rows_between(connection: Connection, after: int, upto: int) -> list[Row]:
    """As `stored_between`, but without names for the values, which stand in the order of `Stored`: it takes less."""
    return _BETWEEN.tuples(connection, {"after": after, "upto": upto})


def told_by(stored: Stored, cipher_in: CipherIn) -> Told:
    """What an event tells. Raises `MapperDeserialisationError` for what is no event, and `UnusableKey`."""
    position, stream, version, topic, state, wrapped = stored
    try:
        read = orjson.loads(state)
        for path in read.get("encrypted", ()):
            if path.startswith("data."):
                cipher = None if wrapped is None else cipher_in(stream, bytes(wrapped))
                decrypt(read, stream, version, cipher, "data.")
                break
        cause = read["metadata"]
        who_and_when = cause.get("user_id"), cause["recorded_at"], cause["command_id"]
        return Told(position, stream, version, topic, present_data(topic, read), *who_and_when)
    except UnusableKey:
        raise
    except Exception as error:
        raise unreadable(topic, UUID(stream), version) from error


def events_of(told: Iterable[Told]) -> Iterator[tuple[int, Event]]:
    """The events that told this, with their positions; their metadata say who and when, and no more."""
    for position, stream, version, topic, data, *cause in told:
        yield position, event_of(topic, UUID(stream), version, data, _metadata(*cause))


@lru_cache(maxsize=16)
def _metadata(user_id: int | None, recorded_at: str, command_id: str) -> Metadata:
    return Metadata(user_id, recorded_at, NOT_READ, command_id, NOT_READ, NOT_READ)


_BETWEEN = Statement(
    WITH_KEYS.where(
        EVENTS.c.position > bindparam("after", type_=Number), EVENTS.c.position <= bindparam("upto", type_=Number)
    ).order_by(EVENTS.c.position),
    as_bytes=True,
)
