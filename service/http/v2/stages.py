"""Stages flow in and out here as version 2 of the wire has them (wire reference 5)."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from projections.engine.rows import Row, find
from projections.stages import STAGES, stages
from service.commands import stages as commands
from service.http.answers import Deleted
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Flag, Id, QueryId, Refused, Text, Whole, in_order
from service.http.pipedrive import v2
from service.http.time_fields import Moment
from service.http.times import whole_seconds
from service.http.v2 import lists
from service.http.v2.deletion import readable
from service.http.v2.lists import SORTED_BY, SortedPage

_MISSING = "Stage not found"
_LONGEST_PATIENCE = 36_500


@in_order("name", "deal_probability", "pipeline_id", "is_deal_rot_enabled", "days_to_rotten", "order_nr")
class StageFacts(Schema):
    """What a client may say of a stage, and may leave out."""

    name = Text()
    pipeline_id = Id()
    deal_probability = Whole(0, 100)
    is_deal_rot_enabled = Flag()
    days_to_rotten = Whole(1, _LONGEST_PATIENCE, allow_none=True)
    order_nr = Refused("it is given by us: a new stage comes behind the others")


@in_order("name", "deal_probability", "pipeline_id", "is_deal_rot_enabled", "days_to_rotten", "order_nr")
class NewStage(StageFacts):
    """A stage as a client adds it."""

    name = Text(required=True)
    pipeline_id = Id(required=True)


class StagesQuery(SortedPage):
    """Which stages, in which order."""

    pipeline_id = QueryId()
    sort_by = fields.String(load_default="id", validate=validate.OneOf([*SORTED_BY, "order_nr"]))


class StageAnswer(Schema):
    """A stage as version 2 shows it."""

    id = fields.Integer(required=True)
    order_nr = fields.Integer(required=True)
    name = fields.String(required=True)
    is_deleted = Flag(required=True)
    deal_probability = fields.Integer(required=True)
    pipeline_id = fields.Integer(required=True)
    is_deal_rot_enabled = Flag(required=True)
    days_to_rotten = fields.Integer(required=True, allow_none=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)


@v2.route("GET", "/stages", query=StagesQuery, answer=StageAnswer, many=True, has_past=True)
def get_stages(call: Call) -> Answer:
    """Stages that are not deleted, of one pipeline or of all."""
    query = call.query
    only = [("pipeline_id", query["pipeline_id"])] if "pipeline_id" in query else []
    with call.reading() as reading:
        found = stages(reading, lists.part(query, STAGES.c.stage_id, only))
    return lists.page(found, query, "stage_id", stage_answer)


@v2.route("GET", "/stages/<id:stage_id>", missing=_MISSING, answer=StageAnswer, has_past=True)
def get_stage(call: Call, stage_id: int) -> Any:
    """One stage; one that was deleted, for a while."""
    with call.reading() as reading:
        row = find(reading, STAGES, stage_id)
    return stage_answer(readable(row, call.now))


@v2.route("POST", "/stages", body=NewStage, is_for_administrators=True, answer=StageAnswer)
def add_stage(call: Call) -> Any:
    """Add a stage behind the others of its pipeline."""
    return stage_answer(call.execute(partial(commands.add, facts=call.body)))


@v2.route(
    "PATCH", "/stages/<id:stage_id>", body=StageFacts, missing=_MISSING, is_for_administrators=True, answer=StageAnswer
)
def update_stage(call: Call, stage_id: int) -> Any:
    """Correct a stage, or move it over to another pipeline."""
    return stage_answer(call.execute(partial(commands.edit, stage_id=stage_id, facts=call.body)))


@v2.route("DELETE", "/stages/<id:stage_id>", missing=_MISSING, is_for_administrators=True, answer=Deleted)
def delete_stage(call: Call, stage_id: int) -> Any:
    """Give a stage up in which no open deals stand."""
    call.execute(partial(commands.delete, stage_id=stage_id))
    return {"id": stage_id}


def stage_answer(row: Row) -> dict[str, Any]:
    """A stage as version 2 shows it."""
    return {
        "id": row["stage_id"],
        "order_nr": row["order_nr"],
        "name": row["name"],
        "is_deleted": bool(row["is_deleted"]),
        "deal_probability": row["deal_probability"],
        "pipeline_id": row["pipeline_id"],
        "is_deal_rot_enabled": bool(row["is_deal_rot_enabled"]),
        "days_to_rotten": row["days_to_rotten"],
        "add_time": whole_seconds(row["add_time"]),
        "update_time": whole_seconds(row["update_time"]),
    }
