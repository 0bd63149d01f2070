"""Where a page begins flows in and becomes a condition on rows: keyset pages, which cost the same however far in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_


def page(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    *,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
) -> Select[Any]:
    """A query's rows in an order, from just behind the given values of it on, and one more than the limit.

    The one more tells whether there is a next page. The columns of the order are never null and end in one
    that tells any two rows apart.
    """
    if after is not None:
        begins = tuple_(*order)
        query = query.where(begins < tuple(after) if descending else begins > tuple(after))
    return query.order_by(*(column.desc() if descending else column for column in order)).limit(limit + 1)
