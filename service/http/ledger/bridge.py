"""Route of the bridge: how a pipeline's sums went from one moment to another, and by which events."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from projections.board_changes import CHANGES, lines
from projections.engine.statements import at_one_moment
from projections.engine.tables import Number, SortableText
from projections.pipelines import PIPELINES
from service.http import cursors
from service.http.call import Call
from service.http.fields import Amount
from service.http.ledger.bridge_pages import MISSING, shown_lines, totals_of
from service.http.ledger.causes import Cause
from service.http.ledger.changed_fields import ChangedField
from service.http.ledger.stretches import Stretch, going_on, named, positions
from service.http.problem_details import ledger
from service.log.moments import moment

_ORDER = (Number, Number, SortableText)
"""What a cursor holds of the line that a page ends with."""


class Summed(Schema):
    """So many deals, and what they add up to; null where they name no currency."""

    count = fields.Integer(required=True)
    sum = Amount(required=True, allow_none=True)


class SummedChange(Summed):
    """What all changes of one sort add up to."""

    change = fields.String(required=True, validate=validate.OneOf(CHANGES))


class BridgedTotal(Schema):
    """What a stage's open deals of one currency (null: without a value) added up to at either moment, and by which
    changes it became so: opening and changes make the closing, exactly."""

    currency = fields.String(required=True, allow_none=True)
    opening = fields.Nested(Summed, required=True)
    changes = fields.List(fields.Nested(SummedChange), required=True)
    closing = fields.Nested(Summed, required=True)


class BridgedStage(Schema):
    """A stage by what it is called in the end, and its totals; those are left out in which nothing ever was."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    totals = fields.List(fields.Nested(BridgedTotal), required=True)


class BridgedDeal(Schema):
    """A deal by what it is called in the end."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class BridgeLine(Cause):
    """By how many deals and by how much an event changed what a stage adds up to, and what it changed in the deal.

    A deal that goes from one stage or currency to another is a line in either.
    """

    change = fields.String(required=True, validate=validate.OneOf(CHANGES))
    stage_id = fields.Integer(required=True)
    currency = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True)
    sum = Amount(required=True, allow_none=True)
    deal = fields.Nested(BridgedDeal, required=True)
    fields_ = fields.List(fields.Nested(ChangedField), required=True, data_key="fields")


class Bridge(Schema):
    """A pipeline's totals at two positions, whole on every page, and a page of the lines that explain them."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    since = fields.Integer(required=True, data_key="from")
    until = fields.Integer(required=True, data_key="to")
    stages = fields.List(fields.Nested(BridgedStage), required=True)
    items = fields.List(fields.Nested(BridgeLine), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@ledger.route(
    "GET",
    "/pipelines/<id:pipeline_id>/bridge",
    query=Stretch,
    answer=Bridge,
    missing=MISSING,
    no_past="it leads from one moment to another, which from and to name",
)
def get_bridge(call: Call, pipeline_id: int) -> dict[str, Any]:
    """What a pipeline's stages added up to at two moments, per currency, and each change in between: by what, by whom,
    when and why. What the caller may not see is in none of it, as on the board."""
    query, limit = call.query, call.query["limit"]
    name = ("bridge", pipeline_id, named(query["since"]), named(query["until"]))
    with call.reading() as reading:
        since, until, *after = going_on(reading, query["cursor"], name, _ORDER) or positions(reading, call, _as_of)
        with at_one_moment(reading, PIPELINES):
            totals = totals_of(reading, pipeline_id, since, until)
            found = lines(reading, pipeline_id, since, until, after=after, limit=limit)
        items = shown_lines(call.ledger, reading.at(until), found[:limit])
    more = len(found) > limit
    next_cursor = cursors.encode(*name, since, until, *found[limit - 1].place) if more else None
    return {**totals, "items": items, "next_cursor": next_cursor}


def _as_of(*asked: Any) -> int:
    """The position of a moment, as the board's ``as_of`` means it."""
    return moment(*asked).position
