"""What clients ask of version 2's lists flows in and becomes the part of a list they get (wire reference 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import Column

from projections.engine.pages import Part
from projections.engine.rows import Row
from service.http import cursors
from service.http.family import Answer
from service.http.fields import Listed, Page, QueryFlag, QueryId, Refused
from service.http.pipedrive import cursor_page
from service.http.time_fields import Moment

SORTED_BY = ("id", "add_time", "update_time")
_COLUMNS = {"due_date": "due"}
"""Where the column is called otherwise."""


class Shown(Schema):
    """How a deal, a person or an organization is shown; nothing has custom fields yet."""

    custom_fields = Listed(fields.String(validate=validate.Regexp(r"[0-9a-f]{40}\Z")), most=15)
    include_option_labels = QueryFlag()
    include_labels = QueryFlag(load_default=False)


class SortedPage(Page):
    """How much of a list, in which order."""

    sort_by = fields.String(load_default="id", validate=validate.OneOf(SORTED_BY))
    sort_direction = fields.String(load_default="asc", validate=validate.OneOf(["asc", "desc"]))


class FilteredPage(SortedPage):
    """Which part of a list, in which order."""

    filter_id = Refused("there are no filters yet")
    ids = Listed(QueryId(), most=100)
    updated_since = Moment()
    updated_until = Moment()


class ListQuery(Shown, FilteredPage):
    """Which part of a list, in which order, and how it is shown."""


def part(query: Mapping[str, Any], key: Column[int], only: Sequence[tuple[str, Any]]) -> Part:
    """The part of a list that a query asks for; ``key`` is the column of the id. Raises `BrokenCursor`."""
    cursor, order = query["cursor"], _order(query, key.name)
    kinds = [key.table.c[name].type for name in order]
    return Part(
        only=[*only, (key.name, query["ids"])] if "ids" in query else only,
        updated_since=query.get("updated_since"),
        updated_until=query.get("updated_until"),
        order=order,
        descending=query["sort_direction"] == "desc",
        after=None if cursor is None else cursors.behind(cursor, _listed(query, key.name), kinds),
        limit=query["limit"],
    )


def page(found: list[Row], query: Mapping[str, Any], key: str, answer: Callable[[Row], Any]) -> Answer:
    """The page that the rows of a part make."""
    return cursor_page(found, query, answer, *_order(query, key), listed=_listed(query, key))


def _order(query: Mapping[str, Any], key: str) -> tuple[str, ...]:
    column = query["sort_by"]
    return (key,) if column == "id" else (_COLUMNS.get(column, column), key)


def _listed(query: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return (key, query["sort_by"], query["sort_direction"])
