"""Errors of SQLAlchemy and of the drivers below it flow in, and leave as the library's errors of the same name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy.exc
from eventsourcing import persistence


class UnknownOutcome(Exception):
    """The database went away while a transaction was being committed: nobody can tell at present whether it was."""


@contextmanager
def as_persistence_errors() -> Iterator[None]:
    """Errors of SQLAlchemy and of the drivers below it come out as the library's, of the same name."""
    try:
        yield
    except (sqlalchemy.exc.TimeoutError, sqlalchemy.exc.PendingRollbackError) as error:
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
