"""Stages in version 1 of the wire (version 1's reference 8)."""

from __future__ import annotations

from marshmallow import fields

from projections.engine.rows import Row, find_all
from projections.pipelines import PIPELINES
from projections.stages import stages
from service.commands import stages as commands
from service.http.call import Call
from service.http.fields import Flag
from service.http.v1.bulk_deletes import serve_bulk_delete
from service.http.v1_forms.forms import ACTIVE_FLAG, Body, form_of, older, serve_as
from service.http.v1_forms.offset_lists import plain, serve_offset_list
from service.http.v2 import stages as v2
from service.http.wire_fields import WireField


def _with_pipelines(call: Call, rows: list[Row]) -> list[Row]:
    """The rows, with what their pipelines are called and whether these have probabilities."""
    with call.reading() as reading:
        found = find_all(reading, PIPELINES, (row["pipeline_id"] for row in rows))
    return [
        {
            **row,
            "pipeline_name": found[row["pipeline_id"]]["name"],
            "has_probability": found[row["pipeline_id"]]["is_deal_probability_enabled"],
        }
        for row in rows
    ]


STAGE = form_of(
    v2.STAGE,
    __name__,
    (
        "id order_nr name",
        ACTIVE_FLAG,
        "deal_probability pipeline_id",
        older(v2.STAGE, "is_deal_rot_enabled", "rotten_flag"),
        older(v2.STAGE, "days_to_rotten", "rotten_days"),
        "add_time update_time",
        WireField("pipeline_name", shows=fields.String()),
        WireField("pipeline_deal_probability", shows=Flag(), source="has_probability"),
    ),
    complete=_with_pipelines,
    needs=("pipeline_id",),
    body=Body,
)

serve_offset_list(STAGE, "Stages that are not deleted, of one pipeline or of all.", plain(stages))
serve_as(STAGE, v2.STAGE)
serve_bulk_delete(STAGE, "Give stages up in which no open deals stand.", commands.delete)
