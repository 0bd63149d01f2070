"""A term flows in and the rows that hold it flow out, the best match first: the one rule of every search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, false, literal, or_

from projections.folding import folded
from projections.pages import page
from projections.rows import Row, rows_of

_LINE = literal("\n")


@dataclass(frozen=True)
class Sought:
    """What somebody looks for: a term, in which fields, and whether a whole value has to be it."""

    term: str
    fields: frozenset[str]
    exactly: bool = False


def search(
    connection: Connection,
    query: Select[Any],
    sought: Sought,
    columns: Mapping[str, ColumnElement[Any]],
    key: ColumnElement[int],
    *,
    after: Sequence[Any] | None = None,
    start: int = 0,
    limit: int,
) -> list[Row]:
    """Those of a query's rows that hold a term, both folded, and one more than the limit where more follow.

    ``columns`` says where a field's text stands, folded; a column may hold several values, one a line, and a
    field without a column holds nothing. The rows come with their ``rank`` (0 where a value is the term, 1 where
    one begins with it, 2 otherwise), ordered by it and then by ``key``; a page begins behind the values ``after``
    of both, or ``start`` rows in.
    """
    searched = [_LINE + columns[name] + _LINE for name in sorted(sought.fields) if name in columns]
    term = folded(sought.term)
    is_whole = _any(searched, f"\n{term}\n")
    begins = _any(searched, f"\n{term}")
    rank = case((is_whole, 0), (begins, 1), else_=2)
    query = query.add_columns(rank.label("rank")).where(is_whole if sought.exactly else _any(searched, term))
    return rows_of(connection, page(query, (rank, key), descending=False, after=after, limit=limit).offset(start))


def _any(columns: Sequence[ColumnElement[str]], text: str) -> ColumnElement[bool]:
    return or_(false(), *(column.contains(text, autoescape=True) for column in columns))
