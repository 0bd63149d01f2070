"""Finds a page of the past without looking at all versions that ended: these lie in buckets, by duration and start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    and_,
    asc,
    bindparam,
    desc,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import NULLTYPE

from projections.engine.validity import AS_OF, AS_OF_TIME, OF_THE_PAST, Past, Rule, exchanged, of_past, past_of

BEGINNING: dict[Any, Any] = {"is_beginning": True}
"""What a column's ``info`` says that has the position at which a thing began: no version of it began earlier."""

_LENGTHS = range(8, 26, 2)
"""How long versions lasted that share a bucket: less than 2 ** 8 positions, less than 2 ** 10 and so on. Every other
power of two keeps the buckets of a moment few, while much of what lies in each of them held then."""

_LONGEST = 1 << 26
"""The bucket of all that lasted even longer."""

_BEHIND_ALL_TIMES = "~"
_BEHIND_ALL_NUMBERS = literal_column(str(2**63 - 1), type_=BigInteger())
_ONE: ColumnElement[int] = literal_column("1", type_=Integer())

_ADDRESS = "address"

_BUCKETS = [bindparam(f"bucket_{place}", type_=BigInteger()) for place in range(2 * len(_LENGTHS) + 1)]


def bucket_of(began: int, ended: int) -> int:
    """The bucket of a closed row version, by its duration and start; a query about a moment looks into 19 of them.

    What lasted less than a length began in one of the spans that are as long; the bucket's number is that of the span,
    followed by a one and as many zero bits as tell the length.
    """
    bits = (ended - began).bit_length()
    length = max(_LENGTHS[0], bits + bits % 2)
    return _bucket(length, began >> length) if length in _LENGTHS else _LONGEST


def buckets_at(position: int) -> Iterator[int]:
    """The buckets in which all versions lie that held at a position and have ended since, beside others.

    There are always as many: what lasted less than a length began in the span of that length that the position is in,
    or in the one before, even where there was none.
    """
    for length in _LENGTHS:
        for span in (position >> length, (position >> length) - 1):
            yield _bucket(length, span)
    yield _LONGEST


def _bucket(length: int, span: int) -> int:
    return (2 * span + 1) << length


@lru_cache(maxsize=64)
def moment_values(position: int, time: str | None) -> Mapping[str, Any]:
    """What queries about the past bind; a time that is not known is behind all others."""
    buckets = zip((bucket.key for bucket in _BUCKETS), buckets_at(position), strict=True)
    return {AS_OF.key: position, AS_OF_TIME.key: time or _BEHIND_ALL_TIMES, **dict(buckets)}


class Address(ColumnElement[Any]):
    """Where a row of a table lies, by which the same statement finds it again, sooner than by its key."""

    inherit_cache = False
    type = NULLTYPE

    def __init__(self, table: Table) -> None:
        self.table = table

    @property
    def _from_objects(self) -> list[FromClause]:
        return [self.table]


@compiles(Address)
def _on_sqlite(element: Address, compiler: SQLCompiler, **_: Any) -> str:
    return f"{compiler.preparer.format_table(element.table)}.rowid"


@compiles(Address, "postgresql")
def _on_postgresql(element: Address, compiler: SQLCompiler, **_: Any) -> str:
    return f"{compiler.preparer.format_table(element.table)}.ctid"


@dataclass(frozen=True)
class PastPage:
    """What a query is a page of: the rows of a table, in an order, each part of it up or down, and how many at most.

    With ``is_narrow`` the query has a condition that narrows the rows down by their key, or by a column of
    `Past.narrowing`. Where there are several ``pages``, these are conditions, of each of which there are as many rows.
    """

    table: Table
    order: Sequence[ColumnElement[Any]]
    descending: Sequence[bool]
    rows: int
    is_narrow: bool = False
    pages: Sequence[ColumnElement[bool]] = (true(),)

    def marked(self, query: Select[Any], whole: Select[Any] | None = None) -> Select[Any]:
        """The query; where its table has buckets, a page of the past is found by them.

        All its conditions are about that table's columns, or subqueries. ``whole`` is what it stands for, where it is
        put together of several pages.
        """
        if self._past.bucket is None:
            return query

        def of_the_past(asked: Select[Any], rule: Rule | None) -> Select[Any]:
            return self._of_the_past(asked if whole is None else whole, rule)

        return query.execution_options(**{OF_THE_PAST: of_the_past})

    @property
    def _past(self) -> Past:
        past = past_of(self.table)
        assert past is not None
        return past

    def _of_the_past(self, query: Select[Any], rule: Rule | None) -> Select[Any]:
        """The page at the moment `AS_OF`: the first of what still holds and of what has ended since, merged.

        What has ended lies in buckets. Indexes have that in the page's order, so it is read only as far as the page
        goes; of few rows all that have ended since are read.
        """
        table, pages = self.table, [self._first(query.where(each), rule) for each in self.pages]
        found = union_all(*(select(page.c[_ADDRESS]) for page in pages)).subquery() if len(pages) > 1 else pages[0]
        versions = select(table).select_from(found.join(table, found.c[_ADDRESS] == Address(table))).subquery()

        def exchange(element: Any) -> ClauseElement | None:
            if isinstance(element, Column) and element.table is table:
                return versions.c[element.key]
            return versions if element is table else None

        return exchanged(of_past(query, table, lambda own, _: own.past, rule), exchange)

    def _first(self, query: Select[Any], rule: Rule | None) -> Subquery:
        """Where the first versions of one page lie."""
        table, limit = self.table, literal_column(str(self.rows), type_=Integer)
        ends, its_bucket = table.c[self._past.ends or ""], table.c[self._past.bucket or ""]
        ended = [ends > AS_OF] if self.is_narrow else [and_(its_bucket == each, ends > AS_OF) for each in _BUCKETS]
        still = ends.is_(None) if self.is_narrow else and_(ends.is_(None), *self._bounds())
        parts = union_all(*(self._part(query, until, rule) for until in (still, *ended)))
        first = parts.order_by(*(desc(name) if down else asc(name) for name, _, down in self._sorted())).limit(limit)
        return first.subquery()

    def _part(self, query: Select[Any], until: ColumnElement[bool], rule: Rule | None) -> Select[Any]:
        """The versions that may be on the page and hold until then.

        PostgreSQL must be told how few are wanted, or it collects and sorts them all; SQLite would do so if it were.
        """
        table, conditions = self.table, query.whereclause
        assert conditions is not None
        seen = None if rule is None else rule(table)
        held = and_(table.c[self._past.begins] <= AS_OF, until, *(() if seen is None else (seen,)))
        order = list(self._sorted())
        part = select(Address(table).label(_ADDRESS), *(each.label(name) for name, each, _ in order)).where(conditions)
        part = part.order_by(*(each.desc() if down else each for _, each, down in order))
        part = of_past(part, table, lambda *_: held, rule)
        return select(part.suffix_with(text(f"LIMIT {self.rows}"), dialect="postgresql").subquery())

    def _sorted(self) -> Iterator[tuple[str, ColumnElement[Any], bool]]:
        """What a page is sorted by: the names in its parts, the expressions, and whether down; null comes last.

        A client may name a column by which the page is sorted in any case, so names are by place.
        """
        for place, (each, down) in enumerate(zip(self.order, self.descending, strict=True)):
            if not isinstance(each, Column) or each.nullable:
                yield f"is_unset_{place}", each.is_(None), False
            yield f"order_{place}", each, down

    def _bounds(self) -> Iterator[ColumnElement[bool]]:
        """Conditions that keep a page by its first column from going through what began after the moment."""
        first, table = self.order[0], self.table
        if isinstance(first, Column) and first.name == self._past.numbered:
            made = table.alias()
            later = select(made.c[first.name]).where(made.c.valid_from == made.c.created_position)
            later = later.where(made.c.created_position > AS_OF).order_by(made.c.created_position).limit(_ONE)
            yield first < func.coalesce(later.scalar_subquery(), _BEHIND_ALL_NUMBERS)
        elif isinstance(first, Column) and first.info.get("is_beginning"):
            yield first <= AS_OF
        elif isinstance(first, Column) and first.name == "update_time":
            yield first <= AS_OF_TIME
