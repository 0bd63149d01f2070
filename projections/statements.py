"""Plain values flow through here into the database: statements compiled once, run many times, sent together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]


class Statement:
    """One SQL statement with named parameters, compiled once per database; its values must need no conversion.

    It goes to the driver directly: SQLAlchemy's own way costs several times what the statement itself does.
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Values) -> list[tuple[Any, ...]]:
        """Ask a question; the answer's columns come in the statement's order."""
        compiled = self._for(connection.dialect)
        with closing(_driver_connection(connection).cursor()) as cursor:
            cursor.execute(compiled.sql, compiled.arguments(values))
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def run(self, cursor: Any, dialect: Dialect, rows: Sequence[Values]) -> None:
        """Write one row or many."""
        compiled = self._for(dialect)
        if len(rows) == 1:
            cursor.execute(compiled.sql, compiled.arguments(rows[0]))
        else:
            cursor.executemany(compiled.sql, [compiled.arguments(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            compiled = self._clause.compile(dialect=dialect)
            assert isinstance(compiled, SQLCompiler)
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            self._compiled[dialect.name] = _Compiled(str(compiled), compiled.positiontup, fixed)
        return self._compiled[dialect.name]


@dataclass(frozen=True)
class _Compiled:
    """SQL for one driver: its parameters' names where the driver wants them in order, and those with fixed values."""

    sql: str
    names: Sequence[str] | None
    fixed: Values

    def arguments(self, values: Values) -> Any:
        given = {**self.fixed, **values} if self.fixed else values
        return given if self.names is None else tuple(given[name] for name in self.names)


Write = tuple[Statement, Sequence[Values]]


def write(connection: Connection, writes: Iterable[Write]) -> None:
    """Send many writes at once: on PostgreSQL in one round trip, so an error may name any of them."""
    driver_connection = _driver_connection(connection)
    with _one_round_trip(driver_connection), closing(driver_connection.cursor()) as cursor:
        for statement, rows in writes:
            statement.run(cursor, connection.dialect, rows)


def _driver_connection(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _one_round_trip(driver_connection: Any) -> AbstractContextManager[Any]:
    pipeline = getattr(driver_connection, "pipeline", nullcontext)
    together: AbstractContextManager[Any] = pipeline()
    return together
