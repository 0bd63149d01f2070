"""Connects to SQLite or PostgreSQL: one engine per process, set up so that committed data survives a power cut."""

from __future__ import annotations

import fcntl
import select
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError, TimeoutError

from service.database.addresses import parsed
from service.database.files import check_identities, make, note_identities
from service.database.held import HeldConnections
from service.database.private_files import open_lock

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 30
LOCK_SECONDS = 5
POOL_SECONDS = 5

_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "secure_delete=ON",
    f"busy_timeout={LOCK_SECONDS * 1000}",
    "cache_size=-16000",
    "schema_version",
)
"""The last one is a question: with it SQLite opens the write-ahead log, so that one knows which file that is."""
_POSTGRESQL_SETTINGS = (
    f"-c statement_timeout={STATEMENT_SECONDS * 1000} -c lock_timeout={LOCK_SECONDS * 1000} "
    "-c synchronous_commit=on -c timezone=UTC -c idle_in_transaction_session_timeout=60000 "
    "-c enable_hashjoin=off -c enable_mergejoin=off -c max_parallel_workers_per_gather=0"
)
"""No joins but by key, row by row, and no further processes: what is asked for are pages, and where PostgreSQL
underrates what a page is taken from, it would join whole tables first; starting a process takes longer than a page."""


class Turn(NamedTuple):
    """What one at a time does: its name in that of a lock file, and its key of PostgreSQL's advisory locks."""

    name: str
    key: int


TABLES = Turn("alone", 0x1EAD1ED6E4)
"""To change tables over many transactions."""

LARGE = Turn("large", 0x1EAD1ED6E5)
"""To keep others from writing for longer than usual."""

_TURN_SECONDS = 0.2

_HIDES = True
"""Errors are logged, so they must not quote parameters, which tell of people."""

_READING = {"is_reading": True}
"""Marks connections to SQLite that begin no transaction. The driver begins none by itself; SQLAlchemy's AUTOCOMMIT
would send a PRAGMA each time, which makes SQLite forget all statements it has prepared."""

_ONE_BY_ONE = "AUTOCOMMIT"
"""The isolation level of connections to PostgreSQL whose statements are transactions of their own: there is nothing to
begin. A pool of its own has them, since changing over costs more than a short question."""


class ReadOnly(Exception):
    """Something was to be written to a database that is only read here."""


class Queued(TimeoutError):
    """Another process has been writing to SQLite for so long that waiting for one's turn was given up."""


class OwnFile(Exception):
    """A file of the database was named as something else: opening it would drop SQLite's locks on it."""


class Database:
    """One store, SQLite or PostgreSQL, and the two ways to use it: reading, and writing as the only writer."""

    def __init__(self, url: str, pool_size: int = 16, *, is_read_only: bool = False) -> None:
        self.url = parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.is_read_only = is_read_only
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url, is_read_only=is_read_only)
            self._readers: Engine = self.engine.execution_options(**_READING)
            self._held = HeldConnections(self._readers, lambda _: False)
        else:
            self.engine = _postgresql_engine(self.url, pool_size, is_read_only=is_read_only)
            self._readers = _postgresql_engine(self.url, pool_size, is_read_only=is_read_only, level=_ONE_BY_ONE)
            self._held = HeldConnections(self._readers, _has_hung_up)
        self._is_closed = False
        for engine in {self.engine, self._readers}:
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
        return self._held.connection()

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
            self.engine.connect() as connection,
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
        self._held.close()
        self._readers.dispose()
        self.engine.dispose()

    def _close_late(self, driver_connection: Any, _record: Any) -> None:
        if self._is_closed and driver_connection is not None:
            driver_connection.close()


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


def _sqlite_engine(url: URL, *, is_read_only: bool) -> Engine:
    path = Path(url.database or "")
    if is_read_only:
        url = url.set(database=f"file:{quote(url.database or '')}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False}
    )
    pragmas = _SQLITE_PRAGMAS[1:] if is_read_only else _SQLITE_PRAGMAS

    @event.listens_for(engine, "do_connect")
    def _make(_dialect: Any, _record: Any, _arguments: Any, _options: Any) -> None:
        if not is_read_only:
            make(path)

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        note_identities(path, record.info)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("is_reading"):
            driver_connection: Any = connection.connection.driver_connection
            driver_connection.execute("BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: URL, pool_size: int, *, is_read_only: bool, level: str | None = None) -> Engine:
    engine = create_engine(
        url,
        isolation_level=level,
        use_native_hstore=False,  # there is none, and a first connection need not look for it
        hide_parameters=_HIDES,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=False,
        pool_reset_on_return=None,  # whoever begins a transaction ends it
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"{_POSTGRESQL_SETTINGS} -c default_transaction_read_only={'on' if is_read_only else 'off'}",
            "prepare_threshold": 2,
            "tcp_user_timeout": LOCK_SECONDS * 1000,
        },
    )

    @event.listens_for(engine, "checkout")
    def _check(connection: Any, _record: Any, _proxy: Any) -> None:
        if _has_hung_up(connection):
            raise InvalidatePoolError("the server has hung up")

    return engine


def _has_hung_up(connection: Any) -> bool:
    """Whether the server has ended an idle connection: else it says nothing, so looking costs next to nothing."""
    if connection.closed:
        return True
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    return bool(heard.poll(0))
