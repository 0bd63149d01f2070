"""One transaction that adds to the log: its events, the rows written with them, and the keys of new streams."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, bindparam, delete, func, select

from projections.engine.compiled import Values
from projections.engine.rows import Rows
from projections.engine.statements import Insertion, Statement, Write, chunks, write
from service.log.errors import as_persistence_errors
from service.log.stream_keys import StreamKeys
from service.log.tables import EVENTS, STREAM_KEYS


@dataclass
class Head:
    """The end of the log while a writer holds its lock; ``database_time`` is what time it is on a database server."""

    position: int
    recorded_at: str
    numbers: dict[str, int]
    database_time: datetime | None = None


@dataclass
class Writing:
    """One transaction that holds the log's lock: its connection, and the head as it will be.

    ``rows`` are what its commands have read and changed: those that are committed together read a row once, and what
    they change waits there, and what they append in ``unwritten``, until the database is asked for it. ``topics`` are
    the kinds of events they appended, what was taken back among them. ``keys`` are the wrapped keys of the streams it
    has read or begun, ``new_keys`` the rows of those not written yet; it ``may_wrap`` new ones once it is known that
    the file of keys fits the database. ``foreseen`` are the events of streams, by their ids in hexadecimal, that were
    read before they are asked for. ``began``, on the monotonic clock, is when it got the lock. ``ids_begin`` is what
    the ids begin with that it has given out.
    """

    connection: Connection
    head: Head
    appended: list[Values] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    unwritten: list[Write] = field(default_factory=list)
    unwritten_streams: set[str] = field(default_factory=set)
    keys: dict[UUID, bytes] = field(default_factory=dict)
    new_keys: dict[UUID, Values] = field(default_factory=dict)
    foreseen: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    ids_begin: int | None = None
    may_wrap: bool = False
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.rows = Rows(self.connection)

    @property
    def beginning(self) -> int:
        """The position at which the log ended when its lock was taken."""
        return self.head.position - len(self.appended)

    def new_id(self) -> UUID:
        """A random id; all of one transaction begin with the same 16 random bits, and so lie together in each index.

        Commands that are committed together then add to the same few pages of it, instead of to one or two each.
        """
        random = uuid4().int
        if self.ids_begin is None:
            self.ids_begin = random >> _OWN_BITS
        return UUID(int=self.ids_begin << _OWN_BITS | random & (1 << _OWN_BITS) - 1)

    def flush(self, *last: Write) -> None:
        """Send all that waits to the database, so that whatever is asked sees it, and these writes behind it."""
        self.write(*self.rows.writes(), *last)

    def write(self, *writes: Write) -> None:
        """Send what was appended and is not written yet, and these writes, to the database in one go."""
        together: dict[Statement, list[Values]] = {}
        for statement, rows in [*self.unwritten, *writes]:
            together.setdefault(statement, []).extend(rows)
        self.unwritten = []
        self.unwritten_streams.clear()
        if together:
            with as_persistence_errors():
                write(self.connection, together.items())

    def key_of(self, stream_id: UUID, version: int, stream_keys: StreamKeys) -> bytes:
        """The wrapped key to write a stream's event with; one that has no key, or none any more, gets it now."""
        key = self.keys.get(stream_id)
        if key is None:
            kept = _KEY.tuples(self.connection, {"stream_id": stream_id.hex}) if version > 1 else []
            key = bytes(kept[0][0]) if kept else self._new_key(stream_id, version, stream_keys)
            self.keys[stream_id] = key
        return key

    def note_key(self, stream_id: UUID | str, read: Iterable[bytes | None]) -> None:
        """Remember the wrapped key that was read along with a stream's events."""
        wrapped = next(filter(None, read), None)
        if wrapped is not None and isinstance(stream_id, UUID):
            self.keys[stream_id] = bytes(wrapped)

    def keep_new_keys(self, stored_events: Iterable[StoredEvent]) -> None:
        """Insert the new keys of the streams that these events belong to, along with the events."""
        streams = dict.fromkeys(stored.originator_id for stored in stored_events)
        if rows := [self.new_keys.pop(each) for each in streams if isinstance(each, UUID) and each in self.new_keys]:
            self.unwritten.append((_NEW_KEY, rows))

    def destroy_keys(self, streams: Iterable[UUID]) -> dict[str, int]:
        """Delete the keys of streams: their personal values can never be read again.

        Answers the ids of those that had one, in hexadecimal, each with its last version.
        """
        self.write()
        self.foreseen.clear()
        destroyed: dict[str, int] = {}
        for some in chunks([stream_id.hex for stream_id in streams]):
            keyed = self.connection.execute(_LAST_VERSIONS.where(STREAM_KEYS.c.stream_id.in_(some)))
            destroyed |= {row.stream_id: row.version for row in keyed}
            self.connection.execute(delete(STREAM_KEYS).where(STREAM_KEYS.c.stream_id.in_(some)))
        self.keys = {stream_id: key for stream_id, key in self.keys.items() if stream_id.hex not in destroyed}
        return destroyed

    def _new_key(self, stream_id: UUID, version: int, stream_keys: StreamKeys) -> bytes:
        if not self.may_wrap:
            stream_keys.make_ready(self.connection)
            self.may_wrap = True
        wrapped = stream_keys.new(stream_id)
        self.new_keys[stream_id] = {"stream_id": stream_id.hex, "since": version, "wrapped": wrapped}
        return wrapped


class Savepoint:
    """A point within a transaction of the log, which can be brought back to it once, or go on from there."""

    def __init__(self, writing: Writing) -> None:
        writing.flush()
        self._writing = writing
        self._savepoint = writing.connection.begin_nested()
        self._head = replace(writing.head, numbers={**writing.head.numbers})
        self._appended = len(writing.appended)
        self._keys = {**writing.keys}

    def undo(self) -> None:
        """Take back whatever was written since."""
        self._savepoint.rollback()
        writing = self._writing
        writing.head, writing.keys = self._head, self._keys
        del writing.appended[self._appended :]
        writing.unwritten.clear()
        writing.unwritten_streams.clear()
        writing.new_keys.clear()
        writing.rows.forget()

    def keep(self) -> None:
        """Let what was written since stand."""
        self._savepoint.commit()


_OWN_BITS = 128 - 16
"""How many bits of an id are its own, six of which are the same in all UUIDs of version 4."""

_KEY = Statement(select(STREAM_KEYS.c.wrapped).where(STREAM_KEYS.c.stream_id == bindparam("stream_id")))
_LAST_VERSIONS = (
    select(EVENTS.c.stream_id, func.max(EVENTS.c.version).label("version"))
    .join(STREAM_KEYS, STREAM_KEYS.c.stream_id == EVENTS.c.stream_id)
    .group_by(EVENTS.c.stream_id)
    .order_by(EVENTS.c.stream_id)
)
_NEW_KEY = Insertion(STREAM_KEYS)
