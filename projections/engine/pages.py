"""Lists by pages: one begins behind the values that the one before ended with, and costs the same however far in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Table,
    bindparam,
    false,
    literal_column,
    select,
    tuple_,
    union_all,
)

from projections.engine.past_pages import PastPage
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import COMPILED, Query
from projections.engine.validity import past_of

Compare = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]
"""How a column compares with a value, such as `operator.ge`."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which part of a list is asked for.

    ``only`` names columns and the value that each must have, or a list of values it may have; ``compared`` names
    columns and how each must compare with a value; ``updated_since`` belongs to the part and ``updated_until`` does not
    any more. ``order`` names columns as `page` takes them. Where ``descending`` tells of each column by itself, the
    part begins ``start`` rows in, which cost as much as those of the part, and what is null comes last.

    ``told`` names the columns that are wanted, unless it is all of them.
    """

    only: Sequence[tuple[str, Any]]
    compared: Sequence[tuple[str, Compare, Any]] = ()
    updated_since: str | None = None
    updated_until: str | None = None
    order: tuple[str, ...]
    descending: bool | tuple[bool, ...] = False
    after: Sequence[Any] | None = None
    start: int = 0
    limit: int
    told: tuple[str, ...] = ()


class Listing:
    """A query over one table of which clients ask for parts; each shape that a part can have is compiled once."""

    def __init__(self, query: Select[Any], table: FromClause) -> None:
        self.query = query
        self.table = table

    def rows(self, reading: Reading, part: Part, **given: Any) -> list[Row]:
        """The part that is asked for, and one row more where more follow; ``given`` is what the query binds."""
        only = [(name, value if isinstance(value, list) else [value]) for name, value in part.only]
        values: Row = dict(given)
        for place, (_, allowed) in enumerate(only):
            values |= {f"only_{place}_{number}": value for number, value in enumerate(allowed)}
        values |= {f"after_{place}": value for place, value in enumerate(part.after or ())}
        values |= {f"compared_{place}": value for place, (_, _, value) in enumerate(part.compared)}
        values |= {"updated_since": part.updated_since, "updated_until": part.updated_until, "start": part.start}
        shape = _Shape(
            only=tuple((name, len(allowed)) for name, allowed in only),
            compared=tuple((name, compare) for name, compare, _ in part.compared),
            has_beginning=part.updated_since is not None,
            has_end=part.updated_until is not None,
            order=part.order,
            descending=part.descending,
            continues=part.after is not None,
            limit=part.limit,
            reach=reach_of(part.start, part.limit),
            told=part.told,
        )
        return _statement(self, shape).rows(reading, values)


class _Shape(NamedTuple):
    """What two parts have in common that differ in their values only; ``only`` has how many a column may have."""

    only: tuple[tuple[str, int], ...]
    compared: tuple[tuple[str, Compare], ...]
    has_beginning: bool
    has_end: bool
    order: tuple[str, ...]
    descending: bool | tuple[bool, ...]
    continues: bool
    limit: int
    reach: int
    told: tuple[str, ...]


@lru_cache(COMPILED)
def _statement(listing: Listing, shape: _Shape) -> Query:
    columns = listing.table.c
    query = telling(listing.query, listing.table, shape.told)
    for place, (name, count) in enumerate(shape.only):
        allowed = [bindparam(f"only_{place}_{number}", type_=columns[name].type) for number in range(count)]
        query = query.where(columns[name].in_(allowed) if allowed else false())
    for place, (name, compare) in enumerate(shape.compared):
        query = query.where(compare(columns[name], bindparam(f"compared_{place}", type_=columns[name].type)))
    order = [columns[name] for name in shape.order]
    table = listing.table if isinstance(listing.table, Table) else None
    only = [name for name, _ in shape.only] + [name for name, compare in shape.compared if compare is eq]
    if isinstance(shape.descending, tuple):
        query = offset_page(query, order, shape.descending, shape.reach, shape.limit, table=table, only=only)
    else:
        after = [bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(order)]
        behind = after if shape.continues else None
        turned = shape.descending
        query = page(query, order, descending=turned, after=behind, limit=shape.limit, table=table, only=only)
    # behind what a page begins at: SQLite takes the first of several conditions to begin at
    if shape.has_beginning:
        query = query.where(columns.update_time >= bindparam("updated_since"))
    if shape.has_end:
        query = query.where(columns.update_time < bindparam("updated_until"))
    return Query(query)


def telling(query: Select[Any], table: FromClause, told: Sequence[str]) -> Select[Any]:
    """A query for rows of a table, of which only these columns are wanted, if any are named."""
    return query.with_only_columns(*(table.c[name] for name in told)) if told else query


def page(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    *,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
    table: Table | None = None,
    only: Collection[str] = (),
) -> Select[Any]:
    """A query's rows in an order, from just behind the given values of it on, and one more than the limit.

    The one more tells whether there is a next page. The columns of the order are never null and end in one
    that tells any two rows apart. ``table`` is the one that all the query's conditions and its order are about,
    where there is one: that lets a page of the past be found in its buckets. ``only`` names the columns of which the
    conditions want certain values.
    """
    if after is not None:
        begins, ended = tuple_(*order), tuple_(*after, types=[column.type for column in order])
        query = query.where(begins < ended if descending else begins > ended)
    query = limited(query.order_by(*(column.desc() if descending else column for column in order)), limit)
    if table is None:
        return query
    is_narrow = are_few(table, only)
    continued = after is not None
    return PastPage(table, order, [descending] * len(order), limit + 1, limit + 1, is_narrow, continued).marked(query)


def first_pages(
    query: Select[Any],
    each: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int,
) -> CompoundSelect[Any]:
    """For each of some conditions the first rows of a query about now, as `page` finds them; all in any order."""
    pages = [limited(query.where(one).order_by(*order), limit) for one in each]
    return union_all(*(select(one.subquery()) for one in pages))


def offset_page(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    descending: Sequence[bool],
    reach: int,
    limit: int,
    *,
    table: Table | None,
    only: Collection[str] = (),
) -> Select[Any]:
    """As `page`, but from so many rows on as the parameter ``start`` says, with the ``reach`` of that and the limit.

    What is null comes last, and each column goes up or down by itself.
    """
    query = limited(query.order_by(*map(directed, order, descending)), limit)
    start = bindparam("start", type_=Integer)
    query = query.offset(start)
    if table is None:
        return query
    return PastPage(table, order, descending, limit + 1, reach, are_few(table, only), start=start).marked(query)


def reach_of(start: int, limit: int) -> int:
    """How many rows a page by offset needs at most, and one more: few different numbers, so that few statements are."""
    return limit + 1 if start == 0 else 1 << (start + limit).bit_length()


def are_few(table: Table, only: Collection[str]) -> bool:
    """Whether certain values of these columns leave few rows: those of one thing's versions, or of what narrows."""
    past = past_of(table)
    return past is not None and (not past.narrowing.isdisjoint(only) or {*table.info["key"]} <= {*only})


def limited(query: Select[Any], limit: int) -> Select[Any]:
    """As many of a query's rows, and one more.

    The limit stands in the statement itself: PostgreSQL then knows that few rows are wanted, whatever the values,
    and keeps one plan for all of them; else it plans anew each time, which costs it more than the page.
    """
    return query.limit(literal_column(str(limit + 1)))


def directed(column: ColumnElement[Any], descends: bool) -> ColumnElement[Any]:
    """A column to order by, down or up; what is null comes last on either database.

    A column of a table that is never null is told apart, since saying where nulls come may cost its index.
    """
    ordered = column.desc() if descends else column
    return ordered if isinstance(column, Column) and not column.nullable else ordered.nulls_last()
