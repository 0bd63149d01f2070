"""Finds a page of the past without looking at all versions that ended: the first of each bucket, merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import ge, lt
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    BigInteger,
    BinaryExpression,
    Column,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Join,
    Select,
    Subquery,
    Table,
    Text,
    Tuple,
    and_,
    asc,
    case,
    cast,
    desc,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import NULLTYPE

from projections.engine.buckets import AS_OF, AS_OF_TIME, BUCKET_LIST, BUCKETS
from projections.engine.validity import OF_THE_PAST, Past, Rule, exchanged, of_past, past_of

Q = TypeVar("Q", Select[Any], CompoundSelect[Any])

_ADDRESS, _FIRST = "address", "order_0"
"""Names in the parts of a page: of where a row lies, and of what comes first in the page's order."""


def _number(value: int) -> ColumnElement[int]:
    """A number that stands in the statement itself."""
    return literal_column(str(value), type_=BigInteger())


_BEFORE_ALL_NUMBERS, _BEHIND_ALL_NUMBERS = _number(0), _number(2**63 - 1)
_BEFORE_ALL_TIMES: ColumnElement[str] = literal_column("''", type_=Text())
"""What is before all numbers that are given out, and all positions and times, and what is behind them."""


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


class _InTurn(Join):
    """A join that looks each row of its right side up as soon as one of the left side is there."""

    inherit_cache = False


@compiles(_InTurn, "sqlite")
def _without_a_table_between(element: _InTurn, compiler: SQLCompiler, *, asfrom: bool = True, **options: Any) -> str:
    # of any other join SQLite writes the left side, where that is a query, into a table first: 20 µs for each such one
    assert element.onclause is not None
    left, right = (compiler.process(each, asfrom=asfrom, **options) for each in (element.left, element.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **options)}"


@dataclass(frozen=True)
class PastPage:
    """What a query is a page of: the rows of a table, in an order, each part of it up or down, and how many at most.

    Where so many rows are passed first as ``start`` says, ``reach`` is how many these and its own are at most; else it
    is as many as its own.

    With ``is_narrow`` the query has a condition that narrows the rows down by their key, or by a column of
    `Past.narrowing`. With ``is_continued`` it begins behind a row, by a condition that stands before all others about
    the page's first column: SQLite begins where the first of several conditions says.
    """

    table: Table
    order: Sequence[ColumnElement[Any]]
    descending: Sequence[bool]
    rows: int
    reach: int
    is_narrow: bool = False
    is_continued: bool = False
    start: ColumnElement[int] | None = None

    def marked(self, query: Select[Any]) -> Select[Any]:
        """The query; where its table has buckets, a page of the past is found by them.

        All its conditions are about that table's columns, about those of what it joins from the outside, or subqueries.
        """
        return query if self._past.bucket is None else query.execution_options(**{OF_THE_PAST: self._of_the_past})

    @property
    def _past(self) -> Past:
        past = past_of(self.table)
        assert past is not None
        return past

    def _of_the_past(self, query: Select[Any], rule: Rule | None, database: str) -> Select[Any]:
        """The page at the moment `AS_OF`: the first of what still holds and of what has ended since, merged.

        What has ended lies in buckets. Indexes have that in the page's order, so it is read only as far as the page
        goes; of few rows all that have ended since are read. Rows before its start are passed by what the indexes have.
        """
        assert not self.is_continued or self._is_begun_first(query), "another condition stands before where it begins"
        table, found = self.table, self._first(query, rule, database)
        versions = select(table).select_from(_InTurn(found, table, found.c[_ADDRESS] == Address(table))).subquery()

        def exchange(element: Any) -> ClauseElement | None:
            if isinstance(element, Column) and element.table is table:
                return versions.c[element.key]
            return versions if element is table else None

        return exchanged(of_past(query.offset(None), table, lambda own, _: own.past, rule), exchange)

    def _is_begun_first(self, query: Select[Any]) -> bool:
        """Whether the first condition about the page's first column is the one behind which row it begins."""
        assert query.whereclause is not None
        conditions = query.whereclause.get_children()
        first = next(each for each in conditions if any(part is self.order[0] for part in visitors.iterate(each)))
        return isinstance(first, BinaryExpression) and isinstance(first.left, Tuple)

    def _first(self, query: Select[Any], rule: Rule | None, database: str) -> Subquery:
        """Where the first versions lie."""
        highest = None if self.is_narrow else self._highest(query)
        still = self._part(query, self._up_to(highest, self.table.c[self._past.ends or ""].is_(None)), rule)
        reach = None
        if highest is not None:
            first = self._in_order(still).limit(_number(self.reach)).cte()
            still, reach = select(first), self._reach(first, self._lowest(query), highest)
        parts = [still, *self._ended(query, rule, self._since(reach), database)]
        return self._in_order(union_all(*parts)).limit(_number(self.rows)).offset(self.start).subquery()

    def _ended(
        self, query: Select[Any], rule: Rule | None, since: ColumnElement[bool], database: str
    ) -> Iterator[Select[Any]]:
        """What has ended since: of few rows, or of each bucket.

        PostgreSQL looks into one bucket after the other by the same plan, and takes of each as many as are wanted: to
        begin with a plan for each takes it longer than to read them.
        """
        bucket = self.table.c[self._past.bucket or ""]
        if self.is_narrow:
            yield self._part(query, since, rule)
        elif database == "postgresql":
            each = func.unnest(cast(BUCKET_LIST, ARRAY(BigInteger))).table_valued("number")
            this = literal_column("each_bucket.number", type_=BigInteger())
            first = self._part(query, and_(bucket == this, since), rule).lateral()
            yield select(first).select_from(each.render_derived(name="each_bucket").join(first, true()))
        else:
            yield from (self._part(query, and_(bucket == each, since), rule) for each in BUCKETS)

    def _up_to(self, highest: ColumnElement[Any] | None, until: ColumnElement[bool]) -> ColumnElement[bool]:
        """A condition, and that the first column has no higher value; a page down from behind a row begins lower."""
        begins_lower = self.is_continued and self.descending[0]
        return until if highest is None or begins_lower else and_(until, self.order[0] <= highest)

    def _since(self, reach: CTE | None) -> ColumnElement[bool]:
        """The condition of what has ended since."""
        first, ended = self.order[0], self.table.c[self._past.ends or ""] > AS_OF
        if reach is not None:
            last, highest = (select(each).scalar_subquery() for each in (reach.c.last, reach.c.highest))
            ended = self._up_to(highest, and_(ended, first >= last if self.descending[0] else first <= last))
        return ended

    def _reach(self, still: CTE, lowest: ColumnElement[Any], highest: ColumnElement[Any]) -> CTE:
        """How far the page goes at the most, by its first column: as far as what still holds would fill it.

        Else a bucket of which hardly anything held at the moment would be gone through to its end. A database finds
        it out once for all buckets, and the highest value, since it is a common table that several of them ask.
        """
        of_all, end = (func.min, lowest) if self.descending[0] else (func.max, highest)
        nth = select(case((func.count() == _number(self.reach), of_all(still.c[_FIRST])))).scalar_subquery()
        return select(func.coalesce(nth, end).label("last"), highest.label("highest")).cte()

    def _lowest(self, query: Select[Any]) -> ColumnElement[Any]:
        """What no row of the page lies below, by its first column."""
        since = self._limit(query, ge)
        if since is not None:
            return since
        return _BEFORE_ALL_TIMES if isinstance(self.order[0].type, Text) else _BEFORE_ALL_NUMBERS

    def _highest(self, query: Select[Any]) -> ColumnElement[Any] | None:
        """What no row of the page lies above, by its first column, where that is known."""
        bound, until = self._bound(), self._limit(query, lt)
        return bound if bound is None or until is None else case((until < bound, until), else_=bound)

    def _limit(self, query: Select[Any], compare: Callable[..., Any]) -> ColumnElement[Any] | None:
        """What the query wants the page's first column to be compared with in a certain way, if it does."""
        assert query.whereclause is not None
        for each in query.whereclause.get_children():
            if isinstance(each, BinaryExpression) and each.left is self.order[0] and each.operator is compare:
                return each.right
        return None

    def _part(self, query: Select[Any], until: ColumnElement[bool], rule: Rule | None) -> Select[Any]:
        """The versions that may be on the page and hold until then.

        PostgreSQL must be told how few are wanted, or it collects and sorts them all; SQLite would do so if it were.
        """
        table, conditions = self.table, query.whereclause
        assert conditions is not None
        seen = None if rule is None else rule(table)
        held = and_(table.c[self._past.begins] <= AS_OF, until, *(() if seen is None else (seen,)))
        order = list(self._sorted())
        told = Address(table).label(_ADDRESS), *(each.label(name) for name, each, _ in order)
        part = select(*told).where(conditions)
        if {*conditions._from_objects} != {table}:  # else what the query joins is only told of: the page joins it
            part = query.with_only_columns(*told, maintain_column_froms=True).limit(None).offset(None).order_by(None)
        part = part.order_by(*(each.desc() if down else each for _, each, down in order))
        part = of_past(part, table, lambda *_: held, rule)
        return select(part.suffix_with(text(f"LIMIT {self.reach}"), dialect="postgresql").subquery())

    def _in_order(self, parts: Q) -> Q:
        """Parts in the order of the page."""
        return parts.order_by(*(desc(name) if down else asc(name) for name, _, down in self._sorted()))

    def _sorted(self) -> Iterator[tuple[str, ColumnElement[Any], bool]]:
        """What a page is sorted by: the names in its parts, the expressions, and whether down; null comes last.

        A client may name a column by which the page is sorted in any case, so names are by place.
        """
        for place, (each, down) in enumerate(zip(self.order, self.descending, strict=True)):
            if not isinstance(each, Column) or each.nullable:
                yield f"is_unset_{place}", each.is_(None), False
            yield f"order_{place}", each, down

    def _bound(self) -> ColumnElement[Any] | None:
        """What the first column was at most at the moment, where that is known: more is what began after it."""
        first, table = self.order[0], self.table
        if isinstance(first, Column) and first.name == self._past.numbered:
            made = table.alias()
            later = select(made.c[first.name] - _number(1)).where(made.c.valid_from == made.c.created_position)
            later = later.where(made.c.created_position > AS_OF).order_by(made.c.created_position).limit(_number(1))
            return func.coalesce(later.scalar_subquery(), _BEHIND_ALL_NUMBERS)
        if isinstance(first, Column) and first.info.get("is_beginning"):
            return AS_OF
        if isinstance(first, Column) and first.info.get("is_event_time"):
            return AS_OF_TIME
        return None
