"""The recorder that the library stores events through: takes the log's lock, numbers positions, reads streams."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy.exc
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import ApplicationRecorder, Notification, ProgrammingError, StoredEvent, Subscription
from sqlalchemy import Connection, Integer, bindparam, func, or_, select

from projections.engine.compiled import Values
from projections.engine.statements import Change, Insertion, Statement
from service.database.database import Database, ReadOnly
from service.log.byte_search import holds
from service.log.errors import UnknownOutcome, as_persistence_errors
from service.log.kept import Kept
from service.log.keyed_events import (
    JOINED,
    STREAM_COLUMNS,
    WITH_KEYS,
    KeyedEvent,
    KeyedNotification,
    notification,
    stored_event,
)
from service.log.observer import Observer
from service.log.receipts import take_a_turn
from service.log.stream_keys import StreamKeys
from service.log.tables import EVENTS, LOG_HEAD
from service.log.writing import Head, Writing
from service.obstacles import Alarm

_POLL_SECONDS = 0.05


class LogCutBack(Alarm):
    """The log is shorter than this process has seen it."""


class EventLog(ApplicationRecorder):
    """The event log in one database: dense positions, streams without gaps, nothing ever changed.

    Errors come as the library's persistence errors: `IntegrityError` for a version that is taken or leaves a
    gap, `OperationalError` where the database is away. Where it went away during a commit, so that nobody can tell
    what became of that, the error is `UnknownOutcome`.
    """

    def __init__(self, database: Database, stream_keys: StreamKeys, observer: Observer | None = None) -> None:
        self.database = database
        self.observer = observer or Observer()
        self.stream_keys = stream_keys
        self.kept = Kept()
        self._open = threading.local()
        self._reached = 0

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction that holds the log's lock; whatever this thread reads within the block is read by it."""
        appended: Sequence[Values] = ()
        begun = time.monotonic()
        with as_persistence_errors():
            try:
                with self.database.writing() as connection:
                    with self.written_in(connection) as writing:
                        self.observer.lock_taken(time.monotonic() - begun)
                        yield writing
                    appended = writing.appended
                self._reached = max(self._reached, writing.head.position)
                self.kept.note(writing)
            except _LOST as error:
                if not appended or _was_refused(error) or not self._holds(appended):
                    raise

    @contextmanager
    def written_in(self, connection: Connection) -> Iterator[Writing]:
        """As `writing`, within a transaction that is the caller's to commit."""
        writing = Writing(connection, self._head(connection))
        self._open.writing = writing
        try:
            yield writing
        finally:
            self._open.writing = None
        writing.flush(*([(_NEW_HEAD, [_head_row(writing.head)])] if writing.appended else []))

    def _head(self, connection: Connection) -> Head:
        """The log's end, locked. Raises `LogCutBack` where an older database was put in place under the service."""
        head = _locked_head(connection)
        if head.position < self._reached:
            raise LogCutBack(
                f"the log ends at position {head.position}, and had come to {self._reached} before: an older database "
                "was put in place under the service; look at it, and start the service again"
            )
        return head

    def _holds(self, appended: Sequence[Values]) -> bool:
        """Whether events are in the log though their commit ended in an error: perhaps only the answer was lost.

        Raises `UnknownOutcome` where nobody can be asked.
        """
        between = {"start": appended[0]["position"], "stop": appended[-1]["position"]}
        try:
            with self.database.reading() as connection:
                self.settle(connection)
                stored = _ROWS.tuples(connection, between)
        except Exception as error:
            raise UnknownOutcome(f"it is not known whether this was done: the database went away: {error}") from error
        return [(*others, bytes(state)) for *others, state in stored] == [tuple(row.values()) for row in appended]

    def settle(self, connection: Connection) -> None:
        """Wait until all commits under way have come to an end: what the log does not hold then, it never will.

        On PostgreSQL whoever commits holds the log's lock. On SQLite a commit that could not be brought to the disk
        may lie in the WAL until another one takes its place. Raises `OperationalError` where that takes too long, and
        `ReadOnly`.
        """
        if self.database.is_read_only:
            raise ReadOnly("this service only reads its database, so it cannot wait for those who write")
        with as_persistence_errors():
            if not self.database.is_sqlite:
                _HEAD.tuples(connection, {})
                return
            with self.database.writing() as turn:
                take_a_turn(turn)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append events and answer their positions: in this thread's open transaction, else in one of their own."""
        if not stored_events:
            return None
        writing: Writing | None = getattr(self._open, "writing", None)
        if writing is not None:
            return _append(writing, stored_events)
        with self.writing() as writing:
            return _append(writing, stored_events)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream, by version."""
        stream_id = _hex(originator_id)
        writing: Writing | None = getattr(self._open, "writing", None)
        is_whole = (gt, lte, desc, limit) == (None, None, False, None)
        if writing is not None and is_whole and stream_id in writing.foreseen:
            found = writing.foreseen[stream_id]
        else:
            values = {"stream_id": stream_id, "gt": -1 if gt is None else gt}
            values |= {"lte": _LAST_VERSION if lte is None else lte, "limit": _LAST_VERSION if limit is None else limit}
            with self.reading(stream_id) as connection:
                found = (_STREAM_BACKWARDS if desc else _STREAM).tuples(connection, values)
        if writing is not None:
            writing.note_key(originator_id, (wrapped for *_, wrapped in found))
        return [stored_event(originator_id, *row) for row in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
        holding: Sequence[bytes] = (),
    ) -> Sequence[Notification]:
        """Events of all streams, by position; only those whose stored bytes hold all of these."""
        values: dict[str, Any] = {
            "start": 0 if start is None else start if inclusive_of_start else start + 1,
            "stop": _LAST_POSITION if stop is None else stop,
            "limit": limit,
        }
        values |= {f"held_{number}": some for number, some in enumerate(holding)}
        with self.reading() as connection:
            found = _log(tuple(topics), len(holding)).tuples(connection, values)
        return list(map(notification, found))

    def max_notification_id(self) -> int | None:
        """The last position; None while the log is empty."""
        with self.reading() as connection:
            last: int | None = connection.execute(select(func.max(EVENTS.c.position))).scalar()
            return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Follow the log from a position on; the iterator waits at the end for what comes."""
        return _Following(self, gt, topics)

    def cipher_of(self, stored: StoredEvent) -> AESGCM | None:
        """The cipher to decrypt a stored event with; None where its stream has no key, so that nothing can be read."""
        if not isinstance(stored, KeyedEvent | KeyedNotification):
            return None
        assert isinstance(stored.originator_id, UUID)
        return self.stream_keys.cipher(stored.originator_id.hex, stored.wrapped)

    def cipher_for(self, stream_id: UUID, version: int) -> AESGCM:
        """The cipher to encrypt a stream's event with, in this thread's open transaction.

        A stream that has no key, or none any more, gets one with its next event.
        """
        writing: Writing | None = getattr(self._open, "writing", None)
        if writing is None:
            raise ProgrammingError("what tells of people is written within a transaction of the log only")
        return self.stream_keys.cipher(stream_id.hex, writing.key_of(stream_id, version, self.stream_keys))

    @contextmanager
    def reading(self, stream_id: str | None = None) -> Iterator[Connection]:
        """A connection to read with, one stream or all: that of this thread's open transaction, where it has one."""
        writing: Writing | None = getattr(self._open, "writing", None)
        with as_persistence_errors():
            if writing is not None:
                if stream_id is None or stream_id in writing.unwritten_streams:
                    writing.write()
                yield writing.connection
            else:
                with self.database.reading() as connection:
                    yield connection


_LOST = (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, psycopg.Error)
"""Errors after which a commit may have happened all the same."""


def _was_refused(error: Exception) -> bool:
    """Whether a commit ended in an error because there was no room for it, which means that it did not happen."""
    cause = getattr(error, "orig", error)
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode == sqlite3.SQLITE_FULL


class _Following(Subscription[EventLog]):
    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            start = self._last_notification_id
            found = self._recorder.select_notifications(start, 1, None, self._topics, inclusive_of_start=False)
            if found:
                self._last_notification_id = found[0].id
                return found[0]
            time.sleep(_POLL_SECONDS)
        raise StopIteration


def _stream(*, backwards: bool) -> Statement:
    version = EVENTS.c.version
    between = version > bindparam("gt"), version <= bindparam("lte")
    query = select(*STREAM_COLUMNS).select_from(JOINED).where(EVENTS.c.stream_id == bindparam("stream_id"), *between)
    return Statement(query.order_by(version.desc() if backwards else version).limit(bindparam("limit")))


@lru_cache
def _log(topics: tuple[str, ...], held: int) -> Statement:
    position = EVENTS.c.position
    query = WITH_KEYS.where(position >= bindparam("start"), position <= bindparam("stop"))
    if topics:
        query = query.where(or_(*(EVENTS.c.topic == topic for topic in topics)))
    query = query.where(*(holds(f"held_{number}") for number in range(held))).order_by(position)
    return Statement(query.limit(bindparam("limit", type_=Integer)))


_ROWS = Statement(
    select(EVENTS)
    .where(EVENTS.c.position >= bindparam("start"), EVENTS.c.position <= bindparam("stop"))
    .order_by(EVENTS.c.position)
)
_STREAM = _stream(backwards=False)
_STREAM_BACKWARDS = _stream(backwards=True)
_LAST_VERSION = 2**31 - 1
_LAST_POSITION = 2**63 - 1


def _append(writing: Writing, stored_events: Sequence[StoredEvent]) -> list[int]:
    first = writing.head.position + 1
    rows = [_row(position, stored) for position, stored in enumerate(stored_events, first)]
    writing.keep_new_keys(stored_events)
    writing.appended += rows
    writing.unwritten.append((_INSERTION, rows))
    for row in rows:
        writing.topics.add(row["topic"])
        writing.unwritten_streams.add(row["stream_id"])
        writing.foreseen.pop(row["stream_id"], None)
    writing.head.position += len(rows)
    return list(range(first, first + len(rows)))


_INSERTION = Insertion(EVENTS)


def _row(position: int, stored: StoredEvent) -> Values:
    """An event as a row of the log, its columns in the table's order."""
    version = stored.originator_version
    return {
        "position": position,
        "stream_id": _hex(stored.originator_id),
        "version": version,
        "previous": version - 1 if version > 1 else None,
        "topic": stored.topic,
        "state": stored.state,
    }


def _hex(originator_id: UUID | str) -> str:
    return originator_id.hex if isinstance(originator_id, UUID) else UUID(originator_id).hex


_HEAD_COLUMNS = LOG_HEAD.c.position, LOG_HEAD.c.recorded_at, LOG_HEAD.c.numbers
_HEAD = Statement(select(*_HEAD_COLUMNS).with_for_update())
_HEAD_ON_SERVER = Statement(select(*_HEAD_COLUMNS, func.clock_timestamp()).with_for_update())
_NEW_HEAD = Change(LOG_HEAD, "position", "recorded_at", "numbers")


def _locked_head(connection: Connection) -> Head:
    statement = _HEAD_ON_SERVER if connection.dialect.name == "postgresql" else _HEAD
    position, recorded_at, numbers, *database_time = statement.tuples(connection, {})[0]
    return Head(position, recorded_at, json.loads(numbers), *database_time)


def _head_row(head: Head) -> dict[str, Any]:
    return {"id": 1, "position": head.position, "recorded_at": head.recorded_at, "numbers": _in_order(head.numbers)}


_in_order = json.JSONEncoder(sort_keys=True).encode
