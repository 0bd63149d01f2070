"""Where a page begins flows in and becomes a condition on rows: keyset pages, which cost the same however far in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, tuple_


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which part of a list is asked for.

    ``only`` names columns and the value that each must have, or a list of values it may have; ``updated_since``
    belongs to the part and ``updated_until`` does not any more. ``order`` names columns as `page` takes them.
    """

    only: Sequence[tuple[str, Any]]
    updated_since: str | None = None
    updated_until: str | None = None
    order: tuple[str, ...]
    descending: bool = False
    after: Sequence[Any] | None = None
    limit: int


def part_of(query: Select[Any], table: Table, part: Part) -> Select[Any]:
    """The part of a query's rows that is asked for, all conditions being on one table of it."""
    for name, value in part.only:
        column = table.c[name]
        query = query.where(column.in_(value) if isinstance(value, list) else column == value)
    if part.updated_since is not None:
        query = query.where(table.c.update_time >= part.updated_since)
    if part.updated_until is not None:
        query = query.where(table.c.update_time < part.updated_until)
    order = [table.c[name] for name in part.order]
    return page(query, order, descending=part.descending, after=part.after, limit=part.limit)


def page(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    *,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int | ColumnElement[int],
) -> Select[Any]:
    """A query's rows in an order, from just behind the given values of it on, and one more than the limit.

    The one more tells whether there is a next page. The columns of the order are never null and end in one
    that tells any two rows apart.
    """
    if after is not None:
        begins, ended = tuple_(*order), tuple_(*after, types=[column.type for column in order])
        query = query.where(begins < ended if descending else begins > ended)
    return query.order_by(*(column.desc() if descending else column for column in order)).limit(limit + 1)


def directed(column: ColumnElement[Any], descends: bool) -> ColumnElement[Any]:
    """A column to order by, down or up; what is null comes last on either database.

    A column of a table that is never null is told apart, since saying where nulls come may cost its index.
    """
    ordered = column.desc() if descends else column
    return ordered if isinstance(column, Column) and not column.nullable else ordered.nulls_last()
