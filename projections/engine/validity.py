"""Says in a query which versions of rows it means; what depends on the moment and on who asks becomes SQL later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NoReturn, TypeVar

from sqlalchemy import (
    CTE,
    Alias,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Table,
    and_,
    or_,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement

from projections.engine.buckets import AS_OF, BUCKETS

Q = TypeVar("Q", bound=ClauseElement)

Rule = Callable[[FromClause], ColumnElement[bool] | None]
"""Says which rows of a table, or of an alias of it, may be seen; None where all may."""

OF_THE_PAST = "of_the_past"
"""The execution option of a Select that is written otherwise for the past: the function that does so, `OfThePast`."""

PARTS = 2
"""What held at a moment of the past, in parts: what holds now, too, and what has ended since."""

OfThePast = Callable[[Select[Any], Rule | None, str], ClauseElement]


class Unsaid(Exception):
    """A query does not say which rows of a table it means: those that hold at the moment, or which others."""


class Unresolved(Exception):
    """A query that depends on the moment was given to the database by itself, instead of through a `Reading`."""


@dataclass(frozen=True)
class Past:
    """How a table keeps its past, by the names of its columns; it stands in the table's ``info`` as ``past``.

    A row holds from the position in ``begins`` up to the one in ``ends``, which is null while it holds. Without
    ``ends`` a row holds for ever: the table only grows. A row that has ended lies in a ``bucket``, where the table has
    such a column (see `projections.engine.buckets`). Each column of ``narrowing`` has an index of its own over the rows
    that have ended, so a value of it narrows them down. Things whose key is one of the numbers that are given out one
    after the other are ``numbered`` by it.
    """

    begins: str
    ends: str | None = None
    bucket: str | None = None
    narrowing: frozenset[str] = frozenset()
    numbered: str | None = None


def past_of(table: FromClause) -> Past | None:
    """How a table, or the one that an alias stands for, keeps its past; None for what is no read model."""
    stored = _stored(table)
    return stored.info.get("past") if isinstance(stored, Table) else None


class Validity(ColumnElement[bool]):
    """Which rows of a table, or of an alias of it, a query means: as SQL about now, and about the position `AS_OF`."""

    inherit_cache = False
    type = Boolean()

    def __init__(
        self,
        table: FromClause,
        present: ColumnElement[bool],
        past: ColumnElement[bool],
        *,
        apart: Sequence[ColumnElement[bool]] = (),
        for_anybody: bool = False,
    ) -> None:
        self.table = table
        self.present = present
        self.past = past
        self._apart = apart
        self.for_anybody = for_anybody

    def self_group(self, against: object = None) -> Validity:
        """Itself: it never stands in a query that is executed."""
        return self

    def at(self, is_past: bool, rule: Rule | None) -> ColumnElement[bool]:
        """As SQL: about the past or about now, for whoever sees by that rule, or sees everything."""
        return self._seen(self.past if is_past else self.present, rule)

    def part(self, rule: Rule | None, number: int) -> ColumnElement[bool]:
        """One of the `PARTS` of the past, as SQL: what holds now, too, or what has ended since."""
        return self._seen(self._apart[number], rule)

    def _seen(self, held: ColumnElement[bool], rule: Rule | None) -> ColumnElement[bool]:
        seen = None if rule is None or self.for_anybody else rule(self.table)
        return held if seen is None else and_(held, seen)

    @property
    def _from_objects(self) -> list[FromClause]:
        return [self.table]


@compiles(Validity)
def _refuse(element: Validity, *_: object, **__: object) -> NoReturn:
    raise Unresolved(f"a query to {_name(element.table)} depends on the moment: ask it through a Reading")


def holding(table: FromClause, by: ColumnElement[bool] | None = None) -> Validity:
    """The rows that hold at the moment that is asked about; of a table that only grows, those there were by then.

    ``by`` is a condition that narrows them down, as to those of one opportunity, by a column of `Past.narrowing`: what
    held in the past is then found by two indexes, that of the rows that hold now and that of those that have ended. It
    has all that the first of these wants, such as that they are not deleted. Without it, `in_parts` looks for what has
    ended in the buckets of the moment, where the table has such.
    """
    past, has_begun, narrowing = past_of(table), begun(table), true() if by is None else by
    if past is None or past.ends is None:
        return has_begun
    is_open, ended_later = table.c[past.ends].is_(None), table.c[past.ends] > AS_OF
    still, since = and_(narrowing, is_open), and_(narrowing, ended_later)
    in_buckets = true() if by is not None or past.bucket is None else table.c[past.bucket].in_(BUCKETS)
    apart = [and_(has_begun.past, still), and_(has_begun.past, since, in_buckets)]
    return Validity(table, still, and_(has_begun.past, or_(still, since)), apart=apart)


def begun(table: FromClause) -> Validity:
    """The rows that had begun by the moment that is asked about, those too that had ended."""
    past = past_of(table)
    assert past is not None
    return Validity(table, true(), table.c[past.begins] <= AS_OF)


def current(table: FromClause) -> Validity:
    """The rows that hold now, even in a query that is asked about the past."""
    holds_now = holding(table).present
    return Validity(table, holds_now, holds_now)


def every_version(table: FromClause) -> Validity:
    """All rows there ever were."""
    return Validity(table, true(), true())


def in_parts(query: Select[Any], *tables: FromClause) -> Select[Any]:
    """The query; about the past it is asked for what still holds of a table, and for what has ended since, by itself.

    The answers follow each other: what is grouped may come twice, or as often as there are parts of several tables.
    Each part has an index of its own, and neither database has to find out that one condition can be looked up in two
    indexes, which costs SQLite three times as much.
    """

    def of_the_past(whole: Select[Any], rule: Rule | None, _: str) -> ClauseElement:
        parts = (dict(zip(tables, each, strict=True)) for each in product(range(PARTS), repeat=len(tables)))
        return union_all(*(_part_of_past(whole, numbers, rule) for numbers in parts))

    return query.execution_options(**{OF_THE_PAST: of_the_past})


def for_anybody(said: Validity) -> Validity:
    """The same rows, those too that whoever asks may not see: what a judgement rests on is the same for everybody."""
    return Validity(said.table, said.present, said.past, for_anybody=True)


def resolved(query: Q, database: str, *, is_past: bool, rule: Rule | None = None) -> Q:
    """A query as a ``database`` can answer it: about now, or about the moment that is bound to `AS_OF`.

    Where there is a ``rule``, it leaves out all rows that may not be seen by it. Raises `Unsaid` as `check_said` does.
    """
    check_said(query)

    def exchange(element: Any) -> ClauseElement | None:
        if isinstance(element, Validity):
            return element.at(is_past, rule)
        if is_past and isinstance(element, Select):
            of_the_past: OfThePast | None = element.get_execution_options().get(OF_THE_PAST)
            return None if of_the_past is None else of_the_past(element, rule, database)
        return None

    return exchanged(query, exchange)


def check_said(query: ClauseElement) -> None:
    """Raise `Unsaid` where a query does not say of each table that keeps its past which rows are meant."""
    for table in _unsaid(query, frozenset()):
        name = _name(table)
        raise Unsaid(f"a query to {name} does not say which rows it means: holding(…), current(…) or every_version(…)")


def of_past(
    query: Q, table: FromClause, own: Callable[[Validity, Rule | None], ColumnElement[bool]], rule: Rule | None
) -> Q:
    """A query about the past as SQL, in which what it says of one table is put otherwise."""

    def exchange(element: Any) -> ClauseElement | None:
        if not isinstance(element, Validity):
            return None
        return own(element, rule) if element.table is table else element.at(True, rule)

    return exchanged(query, exchange)


def _part_of_past(query: Select[Any], numbers: Mapping[FromClause, int], rule: Rule | None) -> Select[Any]:
    """A query about the past as SQL, in which of some tables only the part with a number is meant."""

    def exchange(element: Any) -> ClauseElement | None:
        if not isinstance(element, Validity):
            return None
        number = numbers.get(element.table)
        return element.at(True, rule) if number is None else element.part(rule, number)

    return exchanged(query, exchange)


def exchanged(query: Q, exchange: Callable[[Any], ClauseElement | None]) -> Q:
    """A query in which something else stands for those elements for which ``exchange`` has something else."""
    traversed: Any = visitors.replacement_traverse(query, {}, lambda element, **_: exchange(element))
    found: Q = traversed
    return found


def _unsaid(element: ClauseElement, correlated: frozenset[FromClause]) -> Iterator[FromClause]:
    """The tables with a past of which a query says nothing, each SELECT by itself.

    ``correlated`` are those of the SELECTs around it, which it may name without asking them again.
    """
    if isinstance(element, Select):
        asked, said, inner = _parts(element)
        yield from (table for table in asked if table not in said and table not in correlated)
        correlated |= asked
    elif isinstance(element, Subquery | CTE):
        inner, correlated = [element.element], frozenset()
    else:
        inner = list(element.get_children())
    for each in inner:
        yield from _unsaid(each, correlated)


def _parts(query: Select[Any]) -> tuple[frozenset[FromClause], set[FromClause], list[ClauseElement]]:
    """The tables with a past that a SELECT names, those it says something of, and the SELECTs inside it."""
    asked, said, inner = set[FromClause](), set[FromClause](), list[ClauseElement]()
    left = list(query.get_children())
    while left:
        element = left.pop()
        if isinstance(element, Validity):
            said.add(element.table)
        elif isinstance(element, Select | Subquery | CTE):
            inner.append(element)
        elif isinstance(element, Table | Alias):
            asked |= {element} if past_of(element) is not None else set()
        else:
            left += element.get_children()
    return frozenset(asked), said, inner


def _stored(table: FromClause) -> FromClause:
    return table.element if isinstance(table, Alias) else table


def _name(table: FromClause) -> str:
    return str(_stored(table).description)
