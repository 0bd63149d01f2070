"""What version 1 shows of a deal only to whoever gets that one: the time in its stages, the last and next activity."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields

from projections.activities import ACTIVITIES
from projections.board import stages_of
from projections.deal_stages import seconds_in_stages
from projections.engine.rows import Row, find_all
from service.http.call import Call
from service.http.v1_forms.activities import ACTIVITY
from service.http.v1_forms.deals import DEAL
from service.http.v2.deals import DEAL as V2
from service.http.wire_fields import WireField


class StayInStages(Schema):
    """For how many seconds a deal stood open in each stage, and the stages of its pipeline up to its own."""

    times_in_stages = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    order_of_stages = fields.List(fields.Integer(), required=True)


def _completed(call: Call, rows: list[Row]) -> list[Row]:
    [row] = DEAL.complete(call, rows)
    which = ("next_activity", "last_activity")
    stage_id, pipeline_id = row["stage_id"].number, row["pipeline_id"].number
    with call.reading() as reading:
        stood = seconds_in_stages(reading, row["deal_id"], call.time.now())
        stages = [stage["stage_id"] for stage in stages_of(reading, pipeline_id)]
        activities = find_all(reading, ACTIVITIES, [row[f"{name}_id"] for name in which])
    passed = stages[: stages.index(stage_id) + 1] if stage_id in stages else stages
    times = {str(stage_id): seconds for stage_id, seconds in (dict.fromkeys(passed, 0) | stood).items()}
    shown = {each["id"]: each for each in ACTIVITY.show(call, [*activities.values()])}
    stay = {"times_in_stages": times, "order_of_stages": passed}
    row.update({name: shown.get(row[f"{name}_id"]) for name in which}, stay_in_pipeline_stages=stay)
    return [row]


IN_FULL = replace(
    DEAL,
    noun="a deal in full",
    wire_fields=(
        *DEAL.wire_fields,
        WireField("stay_in_pipeline_stages", shows=fields.Nested(StayInStages), convert=dict),
        *(
            WireField(name, shows=fields.Nested(ACTIVITY.answer, allow_none=True), convert=dict)
            for name in ("last_activity", "next_activity")
        ),
    ),
    complete=_completed,
    passes=True,
)


def _get(call: Call, deal_id: int) -> Any:
    return IN_FULL.answer_of(call, DEAL.row(call, deal_id))


_SUMMARY, _ = V2.ordinary["get"]
DEAL.serve("GET", DEAL.path_of_one, "get_deal", _SUMMARY, _get, answer=IN_FULL.answer)
