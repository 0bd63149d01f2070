"""What all lists of our own interface share: limit, cursor and the shape of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from marshmallow import Schema, fields, validate

from projections.engine.tables import Number
from service.http import cursors
from service.http.wire_fields import schema

R = TypeVar("R")

Name = tuple[str | int, ...]
"""What tells a list, in its order, from all others: a cursor goes on with the list that gave it out only."""


class Limited(Schema):
    """How much of a list: at most 500 items, 50 unless said otherwise."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=500))


class List(Limited):
    """Which page of a list; the cursor is the ``next_cursor`` of the page before."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=500))


def page_of(item: type[Schema]) -> type[Schema]:
    """What a page of such items looks like."""
    parts: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(required=True, allow_none=True),
    }
    return schema(f"{item.__name__}Page", item.__module__, "A page of a list.", parts)


def behind(cursor: str | None, name: Name, kinds: cursors.Kinds = (Number,)) -> list[Any] | None:
    """The values, of these kinds, that a page begins behind; None for a list's first page. Raises `BrokenCursor`."""
    return None if cursor is None else cursors.behind(cursor, name, kinds)


def page(
    found: Sequence[R], limit: int, name: Name, item: Callable[[R], Any], ends_at: Callable[[R], Sequence[Any]]
) -> dict[str, Any]:
    """A page of what was found, which is one more than the limit where more follow; there may be no item of some."""
    next_cursor = cursors.encode(*name, *ends_at(found[limit - 1])) if len(found) > limit else None
    return {"items": [each for each in map(item, found[:limit]) if each is not None], "next_cursor": next_cursor}
