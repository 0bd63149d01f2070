"""Statements that write, and queries to the read models: compiled once, and given to the driver directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain, islice, repeat
from typing import Any, TypeVar

import orjson
from sqlalchemy import Boolean, CompoundSelect, Connection, Select, Table, bindparam, insert, update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from projections.engine.compiled import Compiled, Values, taking
from projections.engine.driver import answer, cursor_of, driver_connection, one_round_trip
from projections.engine.json_rows import at_once, change, insertion, one_question
from projections.engine.reading import Reading
from projections.engine.validity import check_said, resolved

T = TypeVar("T")

COMPILED = 500
"""How many statements to keep of those whose shape clients choose: there is no end to them."""

LOADED = 400
"""Rows that are written together from which on a database's way for very many rows is faster."""

AT_ONCE = 400
"""How many ids one statement takes at most: databases have their limits, and plan each length anew."""


def chunks(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """Values in parts that one statement takes each."""
    left = iter(values)
    while some := list(islice(left, AT_ONCE)):
        yield some


class Statement:
    """One SQL statement with named parameters, compiled once per database; its values must need no conversion.

    It goes to the driver directly: SQLAlchemy's own way costs several times what the statement itself does. What has
    many bytes to tell is answered ``as_bytes``: else PostgreSQL writes them as twice as many digits.
    """

    def __init__(self, clause: ClauseElement, *, as_bytes: bool = False) -> None:
        self._clause = clause
        self._compiled: dict[str, Compiled] = {}
        self._as_bytes = as_bytes

    def tuples(self, connection: Connection, values: Values) -> list[tuple[Any, ...]]:
        """The answer's rows as the driver has them, the columns in the statement's order.

        Read models are asked by a `Query` instead.
        """
        return answer(connection, *self._for(connection.dialect).call(values), as_bytes=self._as_bytes)

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

    def _for(self, dialect: Dialect) -> Compiled:
        if dialect.name not in self._compiled:
            check_said(self._clause)
            self._compiled[dialect.name] = Compiled(self._clause, dialect)
        return self._compiled[dialect.name]


class RowStatement(Statement):
    """A statement that writes rows of a table, all of their columns given.

    ``takes_json`` is how PostgreSQL writes any number of them, given as one JSON array.
    """

    takes_json: str


class Insertion(RowStatement):
    """The statement that adds rows to a table."""

    def __init__(self, table: Table) -> None:
        super().__init__(insert(table).values({column.name: bindparam(column.name) for column in table.c}))
        self.takes_json = insertion(table)
        names = table.c.keys()
        columns = ", ".join(f'"{name}"' for name in names)
        self._copy = f'COPY "{table.name}" ({columns}) FROM STDIN'
        self._values = taking(names)
        self._key = taking(table.primary_key.columns.keys())

    def load(self, cursor: Any, dialect: Dialect, rows: Sequence[Values]) -> None:
        """Write very many rows, neighbours together: on PostgreSQL by COPY."""
        self.fill(cursor, dialect, map(self._values, sorted(rows, key=self._key)))

    def fill(self, cursor: Any, dialect: Dialect, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write very many rows, each the values of all columns in their order, as they come: on PostgreSQL by COPY."""
        if dialect.name != "postgresql":
            cursor.executemany(self._for(dialect).sql, rows)
        else:
            with cursor.copy(self._copy) as copy:
                for values in rows:
                    copy.write_row(values)


class Change(RowStatement):
    """The statement that gives some columns of rows their present values; the rows are found by the primary key."""

    def __init__(self, table: Table, *columns: str) -> None:
        these = [column == bindparam(column.name) for column in table.primary_key]
        values = {name: bindparam(name, type_=table.c[name].type) for name in columns}
        super().__init__(update(table).where(*these).values(values))
        self.takes_json = change(table, columns)


class Query:
    """A question to the read models, compiled once per database for now and for the past, for all and for a user.

    It names its parameters; one that is ``expanding`` takes a list. Where it does not say which rows of a table it
    means, `Unsaid` is raised when it is asked for the first time.
    """

    def __init__(self, query: Select[Any] | CompoundSelect[Any]) -> None:
        self.query = query
        columns = query.selected_columns
        self.names = tuple([str(column.name) for column in columns])
        self._booleans = [place for place, column in enumerate(columns) if isinstance(column.type, Boolean)]
        self._compiled: dict[tuple[str, bool, bool], Compiled] = {}

    def rows(self, reading: Reading, values: Values) -> list[dict[str, Any]]:
        """The answer's rows by the names of its columns."""
        rows = self.named(self._ask(reading, values))
        for place in self._numbers_for_truth(reading):
            name = self.names[place]
            for row in rows:
                row[name] = _TRUTH[row[name]]
        return rows

    def tuples(self, reading: Reading, values: Values) -> list[tuple[Any, ...]]:
        """The answer's rows, the columns in the query's order."""
        found = self._ask(reading, values)
        if not (places := self._numbers_for_truth(reading)):
            return found
        rows = list(map(list, found))
        for place in places:
            for row in rows:
                row[place] = _TRUTH[row[place]]
        return list(map(tuple, rows))

    def call(self, reading: Reading, values: Values) -> tuple[str, Any]:
        """The SQL for these values, and the values in its order."""
        form = reading.connection.dialect.name, reading.position is not None, reading.viewer is not None
        if form not in self._compiled:
            asked = resolved(self.query, form[0], is_past=form[1], rule=reading.rule)
            self._compiled[form] = Compiled(asked, reading.connection.dialect)
        if form[1] or form[2]:
            values = {**values, **reading.values}
        return self._compiled[form].call(values)

    def named(self, rows: Iterable[Iterable[Any]]) -> list[dict[str, Any]]:
        """Rows of the answer, or others with its columns in its order, by the names of these."""
        return list(map(dict, map(zip, repeat(self.names), rows)))  # half of what a loop costs

    def _ask(self, reading: Reading, values: Values) -> list[tuple[Any, ...]]:
        """What the driver answers."""
        return answer(reading.connection, *self.call(reading, values))

    def _numbers_for_truth(self, reading: Reading) -> Sequence[int]:
        """Where SQLite answers 0 or 1 for a truth value."""
        return self._booleans if reading.connection.dialect.name == "sqlite" else ()


def ask_at_once(reading: Reading, questions: Sequence[tuple[Query, Values]]) -> list[list[dict[str, Any]]]:
    """What many questions answer, as `Query.rows` does: on PostgreSQL it is one question."""
    if reading.connection.dialect.name != "postgresql":
        return [query.rows(reading, values) for query, values in questions]
    answers = zip(questions, _lists_at_once(reading, questions), strict=True)
    return [query.named(rows) for (query, _), rows in answers]


def tuples_at_once(reading: Reading, questions: Sequence[tuple[Query, Values]]) -> list[list[tuple[Any, ...]]]:
    """As `ask_at_once`, but as `Query.tuples` does."""
    if reading.connection.dialect.name != "postgresql":
        return [query.tuples(reading, values) for query, values in questions]
    return [list(map(tuple, rows)) for rows in _lists_at_once(reading, questions)]


def _lists_at_once(reading: Reading, questions: Iterable[tuple[Query, Values]]) -> list[list[list[Any]]]:
    calls = [(query, *query.call(reading, values)) for query, values in questions]
    asked = one_question(tuple([(sql, query.names, len(arguments)) for query, sql, arguments in calls]))
    [found] = answer(reading.connection, asked, [*chain(*(arguments for _, _, arguments in calls))])
    return [orjson.loads(rows) if rows else [] for rows in found]


_TRUTH = {0: False, 1: True, None: None}

Write = tuple[Statement, Sequence[Values]]


def write(connection: Connection, writes: Iterable[Write]) -> None:
    """Send many writes at once: on PostgreSQL in one round trip, so an error may name any of them.

    Where all are of rows, they are one statement there, which makes them in any order, so no two are of the same row.
    Those of very many rows are sent by `load`, which takes several round trips.
    """
    together = list(writes)
    of_rows = [(each.takes_json, rows) for each, rows in together if isinstance(each, RowStatement)]
    if sum(len(rows) for _, rows in together) > LOADED:
        load(connection, together)
    elif connection.dialect.name == "postgresql" and len(of_rows) == len(together):
        with cursor_of(connection) as cursor:
            cursor.execute(*at_once(of_rows))
    else:
        with one_round_trip(driver_connection(connection)), cursor_of(connection) as cursor:
            for statement, rows in together:
                statement.run(cursor, connection.dialect, rows)


def load(connection: Connection, writes: Iterable[Write]) -> None:
    """Send writes of very many rows each."""
    with cursor_of(connection) as cursor:
        for statement, rows in writes:
            statement.load(cursor, connection.dialect, rows)


Filled = Iterable[tuple[str, Sequence[tuple[Any, ...]]]]
"""Rows to be added to tables, by the names of these: of each row the values of all columns in their order."""


def fill(connection: Connection, tables: Mapping[str, Table], filled: Filled) -> None:
    """Add rows to tables; ``tables`` says which stand for those that are named."""
    with closing(driver_connection(connection).cursor()) as cursor:
        for name, rows in filled:
            _filling(tables[name]).fill(cursor, connection.dialect, rows)


@cache
def _filling(table: Table) -> Insertion:
    return Insertion(table)


@contextmanager
def at_one_moment(reading: Reading, table: Table) -> Iterator[None]:
    """Answer all questions asked in the block from the same moment, so that what they say fits together.

    ``table`` is one of those asked. PostgreSQL locks it before it chooses the moment: else tables that a rebuild
    exchanges in between would seem empty. A transaction of SQLite's that has begun is of one moment already.
    """
    its_driver = driver_connection(reading.connection)
    if reading.connection.dialect.name == "sqlite" and its_driver.in_transaction:
        yield
        return
    if reading.connection.dialect.name == "postgresql":
        moment = f'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE "{table.name}" IN ACCESS SHARE MODE'
        try:
            its_driver.execute(moment, prepare=False)
        except BaseException:
            its_driver.rollback()  # of what began before the lock could not be had
            raise
    else:
        its_driver.execute("BEGIN")
    try:
        yield
    finally:
        its_driver.execute("COMMIT")  # of nothing; by a ROLLBACK psycopg would forget all that is prepared
