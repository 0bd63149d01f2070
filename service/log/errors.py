"""Errors of SQLAlchemy and of the drivers below it, as the library's errors of the same name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy.exc
from eventsourcing import persistence

from service.database.database import Queued
from service.obstacles import Obstacle


class StorageFault(Obstacle, persistence.OperationalError):
    """The database answers, but its disk or its files fail it."""


class StillLocked(persistence.OperationalError):
    """Others have been writing for so long that waiting for one's turn was given up."""


class UnknownOutcome(Exception):
    """The database went away while a transaction was being committed: nobody can tell at present whether it was."""


@contextmanager
def as_persistence_errors() -> Iterator[None]:
    """Errors of SQLAlchemy and of the drivers below it come out as the library's, of the same name.

    Those that waiting does not mend come out as `StorageFault`.
    """
    try:
        yield
    except Queued as error:
        raise StillLocked(str(error)) from error
    except (sqlalchemy.exc.TimeoutError, sqlalchemy.exc.PendingRollbackError) as error:
        raise persistence.OperationalError(str(error)) from error
    except sqlalchemy.exc.DBAPIError as error:
        raise _persistence_error(error, error.orig) from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _persistence_error(error, error) from error


def _persistence_error(error: Exception, raised: BaseException | None) -> Exception:
    if (fault := _storage_fault(raised)) is not None:
        return StorageFault(f"{fault} ({' '.join(str(raised).split())})", fault)
    if isinstance(raised, psycopg.errors.LockNotAvailable) or _code(raised) == sqlite3.SQLITE_BUSY:
        return StillLocked(str(raised))
    for kind in type(error).__mro__:
        if kind.__name__ in _PERSISTENCE_ERRORS:
            return _PERSISTENCE_ERRORS[kind.__name__](str(raised))
    return persistence.DatabaseError(str(raised))


def _storage_fault(raised: BaseException | None) -> str | None:
    """Why the storage fails, in words; None for any other error."""
    if (code := _code(raised)) is not None:
        return _SQLITE_FAULTS.get(code)
    if isinstance(raised, psycopg.Error):
        return _POSTGRESQL_FAULTS.get(raised.sqlstate or "")
    return None


def _code(raised: BaseException | None) -> int | None:
    """SQLite's primary error code, where it was SQLite that raised the error."""
    code = getattr(raised, "sqlite_errorcode", None) if isinstance(raised, sqlite3.Error) else None
    return None if code is None else code & 0xFF


NO_ROOM = "there is no room left on the database's disk"
_READ_ONLY = "the database can only be read"
_FAILING = "the database's disk fails to read or to write"
_DAMAGED = "the database is damaged: restore it from a backup"

_SQLITE_FAULTS = {
    sqlite3.SQLITE_FULL: NO_ROOM,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_IOERR: _FAILING,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_POSTGRESQL_FAULTS = {
    psycopg.errors.DiskFull.sqlstate: NO_ROOM,
    psycopg.errors.ReadOnlySqlTransaction.sqlstate: _READ_ONLY,
    psycopg.errors.IoError.sqlstate: _FAILING,
    psycopg.errors.DataCorrupted.sqlstate: _DAMAGED,
    psycopg.errors.IndexCorrupted.sqlstate: _DAMAGED,
}

_PERSISTENCE_ERRORS: dict[str, type[Exception]] = {
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
