"""Makes engines: how connections to SQLite and PostgreSQL are set up, so that committed data survives a power cut."""

from __future__ import annotations

import select
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from projections.engine.driver import ASK
from service.database.files import make, note_identities
from service.database.prepared import PreparedStatements

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 30
LOCK_SECONDS = 5
POOL_SECONDS = 5

_HIDES = True
"""Errors are logged, so they must not quote parameters, which tell of people."""

_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "secure_delete=ON",
    f"busy_timeout={LOCK_SECONDS * 1000}",
    "wal_autocheckpoint=4000",
    "schema_version",
)
"""The write-ahead log is copied into the database at 4,000 pages of 4 kB instead of 1,000: many of them are the same
page again, so a quarter less is written, and writers wait for it less often. The last one is a question: with it SQLite
opens the write-ahead log, so that one knows which file that is."""


class Caches(NamedTuple):
    """How much of a SQLite file each connection keeps that writes, and each that reads, in kB."""

    writers: int
    readers: int


AMPLE, SPARING = Caches(16_000, 4_000), Caches(8_000, 2_000)
"""Whoever rebuilds sorts in the first what is indexed. Workers are sparing: there are several of them, each with a few
connections, and what these have not kept is mostly in the system's cache."""

SQLITE_POOL, SQLITE_MOST = 5, 15
"""How many connections to SQLite stay open, and how many there are at the most."""

_POSTGRESQL_SETTINGS = (
    f"-c statement_timeout={STATEMENT_SECONDS * 1000} -c lock_timeout={LOCK_SECONDS * 1000} "
    "-c synchronous_commit=on -c timezone=UTC -c idle_in_transaction_session_timeout=60000 "
    "-c enable_hashjoin=off -c enable_mergejoin=off -c max_parallel_workers_per_gather=0"
)
"""No joins but by key, row by row, and no further processes: what is asked for are pages, and where PostgreSQL
underrates what a page is taken from, it would join whole tables first; starting a process takes longer than a page."""

_AS_THEY_ARE: dict[type, Callable[[Any], Any]] = {type(None): {None: None}.get, bool: int, bytes: bytes}
"""Values that SQLite takes as they are, and what the driver is to call for each: else it looks for a way to adapt every
single one, which costs five times what binding it does. It calls no function in Python,
which would cost more again: for None it looks into a dictionary."""

for _kind, _taken in _AS_THEY_ARE.items():
    sqlite3.register_adapter(_kind, _taken)

ONE_BY_ONE = "AUTOCOMMIT"
"""The isolation level of connections to PostgreSQL whose statements are transactions of their own: there is nothing to
begin. A pool of its own has them, since changing over costs more than a short question."""


def sqlite_engine(url: URL, caches: Caches, *, is_read_only: bool, begins: bool = True) -> Engine:
    """Connections to SQLite, which begin transactions to write, or none at all.

    The driver begins none by itself; SQLAlchemy's AUTOCOMMIT would send a PRAGMA each time, which makes SQLite forget
    all statements it has prepared.
    """
    path = Path(url.database or "")
    if is_read_only:
        url = url.set(database=f"file:{quote(url.database or '')}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(
        url,
        hide_parameters=_HIDES,
        pool_size=SQLITE_POOL,
        pool_use_lifo=True,
        max_overflow=SQLITE_MOST - SQLITE_POOL,
        connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False},
    )
    pragmas = _SQLITE_PRAGMAS[1:] if is_read_only else _SQLITE_PRAGMAS
    kept = caches.writers if begins else caches.readers

    @event.listens_for(engine, "do_connect")
    def _make(_dialect: Any, _record: Any, _arguments: Any, _options: Any) -> None:
        if not is_read_only:
            make(path)

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in (*pragmas, f"cache_size=-{kept}"):
            connection.execute(f"PRAGMA {pragma}")
        note_identities(path, record.info)

    if begins:
        event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    driver_connection: Any = connection.connection.driver_connection
    driver_connection.execute("BEGIN IMMEDIATE")


def postgresql_engine(url: URL, pool_size: int, *, is_read_only: bool, level: str | None = None) -> Engine:
    """So many connections to PostgreSQL at the most, at an isolation level of SQLAlchemy's; else in transactions."""
    engine = create_engine(
        url,
        isolation_level=level,
        use_native_hstore=False,  # there is none, and a first connection need not look for it
        hide_parameters=_HIDES,
        pool_size=pool_size,
        pool_use_lifo=True,
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

    if level == ONE_BY_ONE:
        event.listen(engine, "connect", _let_ask)

    @event.listens_for(engine, "checkout")
    def _check(connection: Any, _record: Any, _proxy: Any) -> None:
        if is_of_no_use(connection):
            raise InvalidatePoolError("the server has hung up, or a transaction was left open")

    return engine


def _let_ask(connection: Any, record: Any) -> None:
    """Let questions be asked by prepared statements, which are forgotten with the connection."""
    record.info[ASK] = PreparedStatements(connection).ask


def is_of_no_use(connection: Any) -> bool:
    """Whether the server has ended an idle connection, or somebody has left a transaction open in it.

    A server that goes on says nothing, so looking costs next to nothing.
    """
    if connection.closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
        return True
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    return bool(heard.poll(0))
