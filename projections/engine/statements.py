"""Plain values flow through here into the database: statements compiled once, run many times, sent together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import Connection, Table, bindparam, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from projections.engine.past import asked_as_of, in_the_past
from projections.engine.reading import Reading

Values = Mapping[str, Any]

COMPILED = 500
"""How many statements to keep of those whose shape clients choose: there is no end to them."""


class Statement:
    """One SQL statement with named parameters, compiled once per database; its values must need no conversion.

    Of a question there is a second form, which a connection is asked that answers for the past.

    It goes to the driver directly: SQLAlchemy's own way costs several times what the statement itself does.
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[tuple[str, bool], _Compiled] = {}

    def rows(self, connection: Connection, values: Values) -> list[tuple[Any, ...]]:
        """Ask a question; the answer's columns come in the statement's order."""
        moment = asked_as_of(connection)
        compiled = self._for(connection.dialect, is_past=moment is not None)
        if moment is not None:
            values = {**values, **moment}
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
            cursor.executemany(compiled.sql, map(compiled.arguments, rows))

    def load(self, cursor: Any, dialect: Dialect, rows: Sequence[Values]) -> None:
        """Write as `run` does; where the database has a faster way for very many rows, by that."""
        self.run(cursor, dialect, rows)

    def _for(self, dialect: Dialect, *, is_past: bool = False) -> _Compiled:
        form = dialect.name, is_past
        if form not in self._compiled:
            assert isinstance(dialect, DefaultDialect)
            clause = in_the_past(self._clause) if is_past else self._clause
            compiled = clause.compile(dialect=type(dialect)(paramstyle=_PARAMSTYLES[dialect.name]))
            assert isinstance(compiled, SQLCompiler)
            self._compiled[form] = _Compiled(compiled)
        return self._compiled[form]


class Query(Statement):
    """A statement that asks the read models, compiled as `Statement` is."""

    def tuples(self, reading: Reading, values: Values) -> list[tuple[Any, ...]]:
        """Ask; the answer's columns come in the statement's order."""
        return self.rows(reading.connection, values)


class Insertion(Statement):
    """The statement that adds rows to a table, all columns given."""

    def __init__(self, table: Table) -> None:
        super().__init__(insert(table).values({column.name: bindparam(column.name) for column in table.c}))
        names = table.c.keys()
        columns = ", ".join(f'"{name}"' for name in names)
        self._copy = f'COPY "{table.name}" ({columns}) FROM STDIN'
        self._values = itemgetter(*names)
        self._key = itemgetter(*table.primary_key.columns.keys())

    def load(self, cursor: Any, dialect: Dialect, rows: Sequence[Values]) -> None:
        """Write very many rows, neighbours together: on PostgreSQL by COPY."""
        rows = sorted(rows, key=self._key)
        if dialect.name != "postgresql":
            self.run(cursor, dialect, rows)
        else:
            with cursor.copy(self._copy) as copy:
                for values in map(self._values, rows):
                    copy.write_row(values)


class _Compiled:
    """SQL for one driver, with its parameters in the order they stand in it."""

    def __init__(self, compiled: SQLCompiler) -> None:
        self.sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        names = compiled.positiontup or ()
        self._in_order = itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)

    def arguments(self, values: Values) -> Any:
        return self._in_order({**self._fixed, **values} if self._fixed else values)


_PARAMSTYLES: dict[str, Literal["qmark", "format"]] = {"sqlite": "qmark", "postgresql": "format"}
"""Values go to the drivers in order, which costs less than by name."""

Write = tuple[Statement, Sequence[Values]]


def write(connection: Connection, writes: Iterable[Write]) -> None:
    """Send many writes at once: on PostgreSQL in one round trip, so an error may name any of them."""
    driver_connection = _driver_connection(connection)
    with _one_round_trip(driver_connection), closing(driver_connection.cursor()) as cursor:
        for statement, rows in writes:
            statement.run(cursor, connection.dialect, rows)


def load(connection: Connection, writes: Iterable[Write]) -> None:
    """Send writes of very many rows each."""
    with closing(_driver_connection(connection).cursor()) as cursor:
        for statement, rows in writes:
            statement.load(cursor, connection.dialect, rows)


@contextmanager
def at_one_moment(reading: Reading, table: Table) -> Iterator[None]:
    """Answer all questions asked in the block from the same moment, so that what they say fits together.

    ``table`` is one of those asked. PostgreSQL locks it before it chooses the moment: else tables that a rebuild
    exchanges in between would seem empty.
    """
    driver_connection = _driver_connection(reading.connection)
    if reading.connection.dialect.name == "postgresql":
        moment = f'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE "{table.name}" IN ACCESS SHARE MODE'
        driver_connection.execute(moment, prepare=False)
    else:
        driver_connection.execute("BEGIN")
    try:
        yield
    finally:
        driver_connection.execute("ROLLBACK")


def _driver_connection(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _one_round_trip(driver_connection: Any) -> AbstractContextManager[Any]:
    pipeline = getattr(driver_connection, "pipeline", nullcontext)
    together: AbstractContextManager[Any] = pipeline()
    return together
