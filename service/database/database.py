"""Connects to SQLite or PostgreSQL, to read or to write as the only writer, and closes all that was opened."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, event
from sqlalchemy.exc import TimeoutError

from service.database.addresses import parsed
from service.database.engines import (
    AMPLE,
    LOCK_SECONDS,
    ONE_BY_ONE,
    SQLITE_MOST,
    Caches,
    is_of_no_use,
    postgresql_engine,
    sqlite_engine,
)
from service.database.files import check_identities
from service.database.held import HeldConnections
from service.database.private_files import open_lock


class Turn(NamedTuple):
    """What one at a time does: its name in that of a lock file, and its key of PostgreSQL's advisory locks."""

    name: str
    key: int


TABLES = Turn("alone", 0x1EAD1ED6E4)
"""To change tables over many transactions."""

LARGE = Turn("large", 0x1EAD1ED6E5)
"""To keep others from writing for longer than usual."""

_TURN_SECONDS = 0.2


class ReadOnly(Exception):
    """Something was to be written to a database that is only read here."""


class Queued(TimeoutError):
    """Another process has been writing to SQLite for so long that waiting for one's turn was given up."""


class OwnFile(Exception):
    """A file of the database was named as something else: opening it would drop SQLite's locks on it."""


class Database:
    """One store, SQLite or PostgreSQL, and the two ways to use it: reading, and writing as the only writer."""

    def __init__(self, url: str, pool_size: int = 16, *, caches: Caches = AMPLE, is_read_only: bool = False) -> None:
        self.url = parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.is_read_only = is_read_only
        if self.is_sqlite:
            self.engine = sqlite_engine(self.url, caches, is_read_only=is_read_only)
            self.readers = sqlite_engine(self.url, caches, is_read_only=is_read_only, begins=False)
            most, is_useless = SQLITE_MOST, _never
        else:
            self.engine = postgresql_engine(self.url, pool_size, is_read_only=is_read_only)
            self.readers = postgresql_engine(self.url, pool_size, is_read_only=is_read_only, level=ONE_BY_ONE)
            most, is_useless = pool_size, is_of_no_use
        self._writing = HeldConnections(self.engine, most, is_useless)
        self._reading = HeldConnections(self.readers, most, is_useless)
        self._is_closed = False
        for engine in (self.engine, self.readers):
            event.listen(engine, "checkin", self._close_late)

    @property
    def place(self) -> str:
        """Where the data is, for people: a file, or an address without its password."""
        return str(self.path.absolute()) if self.is_sqlite else self.url.set(drivername="postgresql").render_as_string()

    @cached_property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    @property
    def files(self) -> list[Path]:
        """The files that only SQLite may open while anybody has the database open; on PostgreSQL there are none."""
        suffixes = ("", "-wal", "-shm", "-journal") if self.is_sqlite else ()
        return [Path(f"{self.url.database}{suffix}") for suffix in suffixes]

    def refuse(self, *paths: Path | None) -> None:
        """Raise `OwnFile` where a file that is to be read or written is one of the database's own, by any name."""
        own = [file for file in self.files if file.exists()]
        for path in paths:
            if path is not None and path.exists() and any(map(path.samefile, own)):
                raise OwnFile(f"{path} belongs to the database itself; name another file")

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for questions, each answered from what was committed last."""
        return self._reading.connection()

    def time(self) -> datetime | None:
        """What time it is on the database server; None where there is none."""
        if self.is_sqlite:
            return None
        with self.reading() as connection:
            now: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            return now

    @contextmanager
    def writing(self, *, is_durable: bool = True) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or not at all where the block raises.

        One that need not be durable does not wait for the disk; the next durable one makes it so.

        On SQLite it is the only one at a time, over all processes: a file lock queues the writers, since
        SQLite's own waiting is unfair. On PostgreSQL whoever writes to the log locks the log's head. Raises `ReadOnly`.
        """
        if self.is_read_only:
            raise ReadOnly("this service only reads its database")
        with (
            self.queued(),
            self._writing.connection() as connection,
            self._durability(connection, is_durable),
            connection.begin(),
        ):
            if not is_durable and not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection
            if self.is_sqlite:
                check_identities(self.path, connection.info)

    @contextmanager
    def _durability(self, connection: Connection, is_durable: bool) -> Iterator[None]:
        """SQLite wants to be told before a transaction whether to wait for the disk at its end."""
        if is_durable or not self.is_sqlite:
            yield
            return
        driver_connection: Any = connection.connection.driver_connection
        driver_connection.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            driver_connection.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def queued(self) -> Iterator[None]:
        """A block in which nobody else writes to SQLite; on PostgreSQL nobody has to wait for that."""
        if not self.is_sqlite:
            yield
            return
        with open_lock(f"{self.path}.lock") as queue:
            _wait_in(queue)
            yield

    @contextmanager
    def alone(self, turn: Turn = TABLES) -> Iterator[None]:
        """A block in which there is one at a time, over all processes; the others wait, however long it takes.

        Meanwhile everybody may read and write: it keeps apart those who do the same.
        """
        if self.is_sqlite:
            with open_lock(f"{self.path}.{turn.name}.lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            return
        with self.reading() as connection:
            while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({turn.key})").scalar():
                time.sleep(_TURN_SECONDS)
            try:
                yield
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({turn.key})")

    def close(self) -> None:
        """Close all connections: those that somebody is using at this moment, when they are given back."""
        self._is_closed = True
        self._writing.close()
        self._reading.close()
        self.close_idle()

    def close_idle(self) -> None:
        """Close the connections that nobody is using at this moment; whoever asks next takes new ones."""
        self._writing.let_go()
        self._reading.let_go()
        self.readers.dispose()
        self.engine.dispose()

    def _close_late(self, driver_connection: Any, _record: Any) -> None:
        if self._is_closed and driver_connection is not None:
            driver_connection.close()


def _never(connection: Any) -> bool:
    """Whether a connection to SQLite is of no use any more: nobody hangs up on us there."""
    return False


def _wait_in(queue: FileIO) -> None:
    """Wait for one's turn to write, but not for ever: the one whose turn it is may have got stuck.

    Waiting for a file lock knows no timeout, so where the lock is not free a thread of its own waits.
    """
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting = threading.Thread(target=fcntl.flock, args=(queue.fileno(), fcntl.LOCK_EX), daemon=True)
        waiting.start()
        waiting.join(LOCK_SECONDS)
        if waiting.is_alive():
            raise Queued(f"another process has been writing for {LOCK_SECONDS} seconds") from None
