"""Stored events flow in under the log's lock and get their positions; notifications flow out in that order."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy.exc
from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription
from sqlalchemy import ColumnElement, Connection, Integer, bindparam, func, insert, or_, select, update

from projections.statements import Statement, Values, Write, write
from service.database import Database
from service.log.tables import EVENTS, LOG_HEAD

_POLL_SECONDS = 0.05


@dataclass
class Head:
    """The end of the log while a writer holds its lock."""

    position: int
    recorded_at: str
    numbers: dict[str, int]


@dataclass
class Writing:
    """One transaction that holds the log's lock: its connection, and the head as it will be."""

    connection: Connection
    head: Head
    appended: list[Values] = field(default_factory=list)
    unwritten: list[Write] = field(default_factory=list)

    def write(self, *writes: Write) -> None:
        """Write the events appended so far, and what else there is, in one go."""
        together, self.unwritten = [*self.unwritten, *writes], []
        if together:
            with as_persistence_errors():
                write(self.connection, together)


class EventLog(ApplicationRecorder):
    """The event log in one database: dense positions, streams without gaps, nothing ever changed.

    Errors come as the library's persistence errors: `IntegrityError` for a version that is taken or leaves a
    gap, `OperationalError` where the database is away.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._open = threading.local()

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """Hold the log's lock for one transaction; what this thread reads meanwhile, it reads inside of it."""
        appended: Sequence[Values] = ()
        with as_persistence_errors():
            try:
                with self.database.writing() as connection:
                    writing = Writing(connection, _locked_head(connection))
                    self._open.writing = writing
                    try:
                        yield writing
                    finally:
                        self._open.writing = None
                    if writing.appended:
                        writing.write((_NEW_HEAD, [_head_row(writing.head)]))
                    appended = writing.appended
            except (sqlalchemy.exc.DBAPIError, sqlite3.Error, psycopg.Error):
                if not appended or not self._holds(appended):
                    raise

    def _holds(self, appended: Sequence[Values]) -> bool:
        """Whether events are in the log though their commit ended in an error: perhaps only the answer was lost.

        Asked under the log's lock, which whoever is still committing them would hold; raises where nobody can
        be asked.
        """
        between = {"start": appended[0]["position"], "stop": appended[-1]["position"], "limit": len(appended)}
        with self.database.writing() as connection:
            _locked_head(connection)
            stored = _LOG.rows(connection, between)
        return [(*others, bytes(state)) for *others, state in stored] == [tuple(row.values()) for row in appended]

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
        values = {"stream_id": _hex(originator_id), "gt": -1 if gt is None else gt}
        values |= {"lte": _LAST_VERSION if lte is None else lte, "limit": _LAST_VERSION if limit is None else limit}
        with self.reading() as connection:
            found = (_STREAM_BACKWARDS if desc else _STREAM).rows(connection, values)
        return [StoredEvent(originator_id, version, topic, bytes(state)) for version, topic, state in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events of all streams, by position."""
        values = {
            "start": 0 if start is None else start if inclusive_of_start else start + 1,
            "stop": _LAST_POSITION if stop is None else stop,
            "limit": limit,
        }
        with self.reading() as connection:
            found = (_of_topics(tuple(topics)) if topics else _LOG).rows(connection, values)
        return list(map(notification, found))

    def max_notification_id(self) -> int | None:
        """The last position; None while the log is empty."""
        with self.reading() as connection:
            last: int | None = connection.execute(select(func.max(EVENTS.c.position))).scalar()
            return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Follow the log from a position on; the iterator waits at the end for what comes."""
        return _Following(self, gt, topics)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for questions: this thread's open transaction where it has one."""
        writing: Writing | None = getattr(self._open, "writing", None)
        with as_persistence_errors():
            if writing is not None:
                writing.write()
                yield writing.connection
            else:
                with self.database.reading() as connection:
                    yield connection


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


def notification(row: Sequence[Any]) -> Notification:
    """A row of the log, its columns in the table's order, as the library's notification."""
    position, stream_id, version, _, topic, state = row
    return Notification(UUID(stream_id), version, topic, bytes(state), position)


def _stream(*, backwards: bool) -> Statement:
    version = EVENTS.c.version
    between = version > bindparam("gt"), version <= bindparam("lte")
    query = select(version, EVENTS.c.topic, EVENTS.c.state).where(
        EVENTS.c.stream_id == bindparam("stream_id"), *between
    )
    return Statement(query.order_by(version.desc() if backwards else version).limit(bindparam("limit")))


def _log(*conditions: ColumnElement[bool]) -> Statement:
    position = EVENTS.c.position
    between = position >= bindparam("start"), position <= bindparam("stop")
    query = select(EVENTS).where(*between, *conditions).order_by(position)
    return Statement(query.limit(bindparam("limit", type_=Integer)))


@lru_cache
def _of_topics(topics: tuple[str, ...]) -> Statement:
    return _log(or_(*(EVENTS.c.topic == topic for topic in topics)))


_LOG = _log()
_STREAM = _stream(backwards=False)
_STREAM_BACKWARDS = _stream(backwards=True)
_LAST_VERSION = 2**31 - 1
_LAST_POSITION = 2**63 - 1


def _append(writing: Writing, stored_events: Sequence[StoredEvent]) -> list[int]:
    first = writing.head.position + 1
    rows = [_row(position, stored) for position, stored in enumerate(stored_events, first)]
    writing.appended += rows
    writing.unwritten.append((_INSERTION, rows))
    writing.head.position += len(rows)
    return list(range(first, first + len(rows)))


_INSERTION = Statement(insert(EVENTS).values({column.name: bindparam(column.name) for column in EVENTS.c}))


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


_HEAD = Statement(select(LOG_HEAD.c.position, LOG_HEAD.c.recorded_at, LOG_HEAD.c.numbers).with_for_update())
_NEW_HEAD = Statement(
    update(LOG_HEAD).values({name: bindparam(name) for name in ("position", "recorded_at", "numbers")})
)


def _locked_head(connection: Connection) -> Head:
    position, recorded_at, numbers = _HEAD.rows(connection, {})[0]
    return Head(position, recorded_at, json.loads(numbers))


def _head_row(head: Head) -> dict[str, Any]:
    numbers = json.dumps(head.numbers, sort_keys=True)
    return {"position": head.position, "recorded_at": head.recorded_at, "numbers": numbers}


@contextmanager
def as_persistence_errors() -> Iterator[None]:
    """Errors of SQLAlchemy and of the drivers below it come out as the library's, of the same name."""
    try:
        yield
    except sqlalchemy.exc.TimeoutError as error:
        raise persistence.OperationalError(str(error)) from error
    except sqlalchemy.exc.DBAPIError as error:
        raise _persistence_error(error)(str(error.orig)) from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _persistence_error(error)(str(error)) from error


def _persistence_error(error: Exception) -> type[Exception]:
    for kind in type(error).__mro__:
        if kind.__name__ in _PERSISTENCE_ERRORS:
            return _PERSISTENCE_ERRORS[kind.__name__]
    return persistence.DatabaseError


_PERSISTENCE_ERRORS = {
    kind.__name__: kind
    for kind in (
        persistence.InterfaceError,
        persistence.DataError,
        persistence.OperationalError,
        persistence.IntegrityError,
        persistence.InternalError,
        persistence.ProgrammingError,
        persistence.NotSupportedError,
    )
}
