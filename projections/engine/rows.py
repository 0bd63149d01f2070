"""Looks rows up, and keeps the working set through which a batch of events reads and writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, bindparam, select

from projections.engine.buckets import bucket_of
from projections.engine.compiled import Values, taking
from projections.engine.reading import Reading
from projections.engine.statements import Change, Insertion, Query, Statement, Write, ask_at_once, chunks
from projections.engine.tables import key_columns, read_models
from projections.engine.validity import every_version, holding

Row = dict[str, Any]
Key = tuple[Any, ...]
Thing = tuple[Table, *Key]

AtHand = dict[str, dict[Key, Row | None]]
"""The versions of things that hold, by the names of tables and by keys; None stands where there is none."""

ENDING: Row = {"valid_to": None, "bucket": None}


class Question(NamedTuple):
    """A query that reads one table, and what it binds."""

    table: Table
    query: Query
    values: Values

    @property
    def known(self) -> Key:
        """What it is known by among questions to its table."""
        return self.query, *self.values.items()


class Wanted(NamedTuple):
    """What is to be read at once: things, each by its table and its key, and what questions answer."""

    things: Sequence[Thing]
    questions: Sequence[Question] = ()


def find(reading: Reading, table: Table, *key: Any) -> Row | None:
    """The version of one thing that holds at the moment; None where there never was one."""
    found = _lookup(table).rows(reading, dict(zip(table.info["key"], key, strict=True)))
    return found[0] if found else None


def find_all(reading: Reading, table: Table, keys: Iterable[Any], *columns: str) -> dict[Any, Row]:
    """The versions of many things that hold at the moment, by their ids; where there never was one, it is left out.

    ``columns`` are what is wanted of them beside the id, unless it is everything.
    """
    wanted, (key,) = sorted({key for key in keys if key is not None}), key_columns(table)
    query = _those(table, *columns)
    return {row[key.name]: row for some in chunks(wanted) for row in query.rows(reading, {"some": some})}


def find_versions(reading: Reading, table: Table, wanted: Mapping[Any, int]) -> dict[Any, Row]:
    """The versions of many things that began at these positions, by the things' ids.

    Those are meant that a page of the same reading told of: what has changed since is found as it was then.
    """
    found = find_all(reading, table, wanted)
    for key, begun in wanted.items():
        if key not in found or found[key]["valid_from"] != begun:
            [found[key]] = _version(table).rows(reading.seen_by(None), {"key": key, "begun": begun})
    return found


def rows_of(reading: Reading, query: Select[Any]) -> list[Row]:
    """A query's answer, a row by column names each."""
    return [dict(row) for row in reading.execute(query).mappings()]


class Rows:
    """The working set of one batch of events: read through, changed in memory, written back by `writes`.

    The same code applies events to the live tables inside a command's transaction and, in a replay, to tables that
    stand in for these: ``tables`` says which.
    """

    def __init__(self, connection: Connection, tables: Mapping[str, Table] | None = None) -> None:
        self.connection = connection
        self._tables = read_models.tables if tables is None else tables
        self._current: AtHand = defaultdict(dict)
        self._inserted: dict[str, list[Row]] = {}
        self._closed: dict[str, list[Row]] = {}
        self._unwritten: set[int] = set()
        self._answers: dict[str, dict[Key, list[Row]]] = {}

    def current(self, table: Table, *key: Any) -> Row | None:
        """The version of a thing that holds now, with what this batch changed; None where there is none."""
        things = self._current[table.name]
        try:
            return things[key]
        except KeyError:
            row = things[key] = self._stored(table, key)
            return row

    def known(self, table: Table, *key: Any) -> Row | None:
        """The version of a thing as it is remembered, which asks no database; None where that has to be asked."""
        return self._current[table.name].get(key)

    def foresee(self, wanted: Wanted) -> None:
        """Read at once what will probably be asked for.

        Nothing depends on it: what is not foreseen is read when it is asked for, which on SQLite costs no more.
        """
        if self.connection.dialect.name != "postgresql":
            return
        questions = [each for each in wanted.questions if not self._knows(each) and not self.has_unwritten(each.table)]
        lookups = self._lookups(wanted.things)
        asked = [(query, values) for _, query, values in (*lookups, *questions)]
        answers = ask_at_once(self.reading, asked) if asked else []
        for (table, *_), rows in zip(lookups, answers[: len(lookups)], strict=True):
            self._remember(table, rows)
        for question, rows in zip(questions, answers[len(lookups) :], strict=True):
            self._answers.setdefault(question.table.name, {})[question.known] = rows

    def ask(self, question: Question) -> list[Row]:
        """What a question answers; what waits for `writes` of its table has to be written before."""
        if self._knows(question):
            return self._answers[question.table.name][question.known]
        return question.query.rows(self.reading, question.values)

    def prefetch(self, table: Table, keys: Iterable[Key]) -> None:
        """Read the current versions of many things at once, so that a long batch need not ask one by one."""
        for _, query, values in self._lookups([(table, *key) for key in keys]):
            self._remember(table, query.rows(self.reading, values))

    def insert(self, table: Table, position: int, row: Row) -> None:
        """Let a thing begin at a position; the row is the working set's from then on."""
        self._begin(table, position, _key_of(table)(row), row)

    def change(self, table: Table, position: int, key: Key, **columns: Any) -> None:
        """Let a thing be different from a position on.

        A thing nobody knows stays unknown: a projection never fails over a recorded fact.
        """
        before = self.current(table, *key)
        if before is None:
            return
        if before["valid_from"] == position:
            before.update(columns)
        else:
            self._close(table, before, position)
            self._begin(table, position, key, before | columns)

    def add(self, table: Table, row: Row) -> None:
        """Add a row to a table that only grows."""
        self._inserted.setdefault(table.name, []).append(row)
        self._answers.pop(table.name, None)

    def writes(self) -> Iterator[Write]:
        """Everything that changed since the last time, a statement or two per table, to be written now."""
        closed, self._closed = self._closed, {}
        inserted, self._inserted = self._inserted, {}
        self._unwritten.clear()
        for name, rows in closed.items():
            yield _closing(self._tables[name]), rows
        for name, rows in inserted.items():
            yield _insertion(self._tables[name]), rows

    def has_unwritten(self, table: Table) -> bool:
        """Whether anything of a table waits for `writes`."""
        return table.name in self._inserted or table.name in self._closed

    def forget(self) -> None:
        """Know nothing any more, neither what was read nor what was changed and waits for `writes`."""
        self._current.clear()
        self._inserted.clear()
        self._closed.clear()
        self._unwritten.clear()
        self._answers.clear()

    @property
    def reading(self) -> Reading:
        """Questions about now on its connection: they see what was written, and not what `writes` still has."""
        return Reading(self.connection)

    @property
    def remembered(self) -> int:
        """How many things it has read or changed so far."""
        return sum(map(len, self._current.values()))

    def _knows(self, question: Question) -> bool:
        return question.known in self._answers.get(question.table.name, ())

    def _lookups(self, things: Iterable[Thing]) -> list[Question]:
        """The questions for the things that are not remembered: one for all of a table whose key is one column."""
        missing: dict[Table, list[Key]] = {}
        for table, *values in things:
            key, current = tuple(values), self._current[table.name]
            if key not in current:
                current[key] = None  # unless it is found
                missing.setdefault(table, []).append(key)
        return [each for table, keys in missing.items() for each in _questions(table, self._tables[table.name], keys)]

    def _remember(self, table: Table, rows: Iterable[Row]) -> None:
        things, key_of = self._current[table.name], _key_of(table)
        for row in rows:
            things[key_of(row)] = row

    def _stored(self, table: Table, key: Key) -> Row | None:
        """The version of a thing that holds now, where it is not remembered."""
        return find(self.reading, self._tables[table.name], *key)

    def _begin(self, table: Table, position: int, key: Key, version: Row) -> None:
        version |= {"valid_from": position, **ENDING}
        self._current[table.name][key] = version
        self._unwritten.add(id(version))
        self.add(table, version)

    def _close(self, table: Table, version: Row, position: int) -> None:
        ending = {"valid_to": position, "bucket": bucket_of(version["valid_from"], position)}
        if id(version) in self._unwritten:
            version |= ending
        else:
            self._closed.setdefault(table.name, []).append(version | ending)
            self._answers.pop(table.name, None)


def _questions(table: Table, stored: Table, keys: Sequence[Key]) -> list[Question]:
    names = table.info["key"]
    if len(names) == 1:
        return [Question(table, _those(stored), {"some": [key for (key,) in some]}) for some in chunks(keys)]
    return [Question(table, _lookup(stored), dict(zip(names, key, strict=True))) for key in keys]


@cache
def _key_of(table: Table) -> Callable[[Row], Key]:
    """What takes a thing's key from one of its rows."""
    return taking(table.info["key"])


@cache
def _lookup(table: Table) -> Query:
    this_thing = [column == bindparam(column.name, type_=column.type) for column in key_columns(table)]
    latest = select(table).where(*this_thing, holding(table)).order_by(table.c.valid_from.desc())
    return Query(latest.limit(1))


@cache
def _those(table: Table, *columns: str) -> Query:
    (key,) = key_columns(table)
    told = select(key, *(table.c[name] for name in columns)) if columns else select(table)
    return Query(told.where(key.in_(bindparam("some", expanding=True)), holding(table)))


@cache
def _version(table: Table) -> Query:
    (key,) = key_columns(table)
    this_one = key == bindparam("key"), table.c.valid_from == bindparam("begun")
    return Query(select(table).where(*this_one, every_version(table)))


@cache
def _insertion(table: Table) -> Statement:
    return Insertion(table)


@cache
def _closing(table: Table) -> Statement:
    return Change(table, *(name for name in ENDING if name in table.c))
