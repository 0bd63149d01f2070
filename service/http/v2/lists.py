"""What clients ask of version 2's lists flows in and becomes the part of a list they get (wire reference 1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from projections.pages import Part
from service.http import cursors
from service.http.fields import Listed, Moment, Page, QueryFlag, QueryId


class IncludedFields(Listed):
    """Which fields to include that an answer has on request only."""

    def __init__(self, *names: str) -> None:
        super().__init__(fields.String(validate=validate.OneOf(names)), load_default=list)


class Shown(Schema):
    """How a deal, a person or an organization is shown; nothing has custom fields yet."""

    custom_fields = Listed(fields.String(), most=15)
    include_option_labels = QueryFlag()
    include_labels = QueryFlag(load_default=False)


class ListQuery(Shown, Page):
    """Which part of a list, in which order."""

    ids = Listed(QueryId(), most=100)
    updated_since = Moment()
    updated_until = Moment()
    sort_by = fields.String(load_default="id", validate=validate.OneOf(["id", "add_time", "update_time"]))
    sort_direction = fields.String(load_default="asc", validate=validate.OneOf(["asc", "desc"]))


def part(query: Mapping[str, Any], key: str, only: Mapping[str, Any]) -> Part:
    """The part of a list that a query asks for; ``key`` names the column of the id. Raises `BrokenCursor`."""
    sort_by, cursor = query["sort_by"], query["cursor"]
    order, kinds = ((key,), (int,)) if sort_by == "id" else ((sort_by, key), (str, int))
    return Part(
        only={key: query["ids"], **only} if "ids" in query else only,
        updated_since=query.get("updated_since"),
        updated_until=query.get("updated_until"),
        order=order,
        descending=query["sort_direction"] == "desc",
        after=None if cursor is None else cursors.decode(cursor, kinds),
        limit=query["limit"],
    )
