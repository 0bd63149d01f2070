"""Pipelines in version 1 of the wire (version 1's reference 8)."""

from __future__ import annotations

from operator import not_

from marshmallow import fields

from projections.engine.rows import Row
from projections.pipelines import pipelines_in_order
from service.http.call import Call
from service.http.fields import Flag, Refused
from service.http.v1_forms.forms import Body, form_of, older, serve_as
from service.http.v2 import pipelines as v2
from service.http.wire_fields import WireField

_GIVEN_UP = Refused("a pipeline is given up by DELETE, not by a field")


def _with_selection(call: Call, rows: list[Row]) -> list[Row]:
    """The rows, with whether each is the one that is shown first: the default, for everybody."""
    with call.reading() as reading:
        default, *_ = [row["pipeline_id"] for row in pipelines_in_order(reading)] or [None]
    return [{**row, "is_selected": row["pipeline_id"] == default} for row in rows]


PIPELINE = form_of(
    v2.PIPELINE,
    __name__,
    (
        "id name",
        WireField("url_title", shows=fields.String(), source="name", convert=lambda name: name.replace(" ", "-")),
        "order_nr",
        WireField("active", _GIVEN_UP, Flag(), source="is_deleted", convert=not_),
        older(v2.PIPELINE, "is_deal_probability_enabled", "deal_probability"),
        WireField("selected", shows=Flag(), source="is_selected"),
        "add_time update_time",
    ),
    complete=_with_selection,
    body=Body,
)

serve_as(PIPELINE, v2.PIPELINE)
