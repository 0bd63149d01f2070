"""Removes deleted bytes from a database's own files (write-ahead log, VACUUM)."""

from __future__ import annotations

import time
from collections.abc import Iterable

from psycopg.errors import InsufficientPrivilege, LockNotAvailable
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from projections.engine.erasing import personal_columns
from projections.engine.tables import read_models
from service.database.database import Database
from service.log.errors import as_persistence_errors
from service.log.tables import STREAM_KEYS
from service.privacy.byte_scan import files_with
from service.privacy.sought_words import SHORTEST

ATTEMPTS = 50
"""How often one waits a moment for those who are reading."""

_PAUSE_SECONDS = 0.1


class StillInUse(Exception):
    """Somebody has been reading or writing for so long that files could not be cleaned; the message says what to do."""


def scrub_files(database: Database, words: Iterable[str]) -> None:
    """Remove from the database's own files what is not in its tables any more.

    SQLite overwrites what is deleted; its write-ahead log is emptied, and where one of the ``words`` is found in a
    file all the same, or none is known that could be looked for, the file is written anew. On PostgreSQL the tables
    that tell of people are written anew; its write-ahead log is the server's, and goes with its next checkpoints, as
    far as we may ask for one. Raises `StillInUse`.
    """
    with as_persistence_errors():
        if database.is_sqlite:
            _empty_log(database)
            sought = [word.encode() for word in words if len(word) >= SHORTEST]
            if not sought or files_with(sought, database.files):
                with database.queued(), database.reading() as connection:
                    connection.exec_driver_sql("VACUUM")
                _empty_log(database)
        else:
            with database.reading() as connection:
                _write_anew(connection)


def _empty_log(database: Database) -> None:
    """Take everything over from SQLite's write-ahead log and cut it off, once nobody reads in it."""
    for _ in range(ATTEMPTS):
        with database.queued(), database.reading() as connection:
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if not is_busy:
            return
        time.sleep(_PAUSE_SECONDS)
    raise StillInUse("the write-ahead log is being read all the time; erase the person again when there is less to do")


def _write_anew(connection: Connection) -> None:
    names = [table.name for table in read_models.sorted_tables if personal_columns(table)]
    connection.exec_driver_sql("SET statement_timeout = 0")
    try:
        for name in (*names, STREAM_KEYS.name):
            _vacuum(connection, name)
        connection.exec_driver_sql("SELECT pg_switch_wal()")
        connection.exec_driver_sql("CHECKPOINT")
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
    finally:
        connection.exec_driver_sql("RESET statement_timeout")


def _vacuum(connection: Connection, name: str) -> None:
    for _ in range(ATTEMPTS):
        try:
            connection.exec_driver_sql(f'VACUUM (FULL) "{name}"')
            return
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
    raise StillInUse(f"{name} is in use all the time; erase the person again when there is less to do")
