"""Pipelines flow in and out here as version 2 of the wire has them (wire reference 5)."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields

from projections.engine.rows import Row, find
from projections.pipelines import PIPELINES, pipelines
from service.commands import pipelines as commands
from service.http.answers import Deleted
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Flag, Refused, Text
from service.http.pipedrive import v2
from service.http.time_fields import Moment
from service.http.times import whole_seconds
from service.http.v2 import lists
from service.http.v2.deletion import readable
from service.http.v2.lists import SortedPage

_MISSING = "Pipeline not found"


class PipelineFacts(Schema):
    """What a client may say of a pipeline, and may leave out."""

    name = Text()
    is_deal_probability_enabled = Flag()
    order_nr = Refused("it is given by us: a new pipeline comes behind the others")


class NewPipeline(PipelineFacts):
    """A pipeline as a client adds it."""

    name = Text(required=True)


class PipelineAnswer(Schema):
    """A pipeline as version 2 shows it."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    order_nr = fields.Integer(required=True)
    is_deleted = Flag(required=True)
    is_deal_probability_enabled = Flag(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)


@v2.route("GET", "/pipelines", query=SortedPage, answer=PipelineAnswer, many=True, has_past=True)
def get_pipelines(call: Call) -> Answer:
    """Pipelines that are not deleted."""
    with call.reading() as reading:
        found = pipelines(reading, lists.part(call.query, PIPELINES.c.pipeline_id, []))
    return lists.page(found, call.query, "pipeline_id", pipeline_answer)


@v2.route("GET", "/pipelines/<id:pipeline_id>", missing=_MISSING, answer=PipelineAnswer, has_past=True)
def get_pipeline(call: Call, pipeline_id: int) -> Any:
    """One pipeline; one that was deleted, for a while."""
    with call.reading() as reading:
        row = find(reading, PIPELINES, pipeline_id)
    return pipeline_answer(readable(row, call.now))


@v2.route("POST", "/pipelines", body=NewPipeline, is_for_administrators=True, answer=PipelineAnswer)
def add_pipeline(call: Call) -> Any:
    """Lay out a way of selling, behind the others."""
    return pipeline_answer(call.execute(partial(commands.add, facts=call.body)))


@v2.route(
    "PATCH",
    "/pipelines/<id:pipeline_id>",
    body=PipelineFacts,
    missing=_MISSING,
    is_for_administrators=True,
    answer=PipelineAnswer,
)
def update_pipeline(call: Call, pipeline_id: int) -> Any:
    """Rename a pipeline, or change whether its deals' own probabilities count."""
    return pipeline_answer(call.execute(partial(commands.edit, pipeline_id=pipeline_id, facts=call.body)))


@v2.route("DELETE", "/pipelines/<id:pipeline_id>", missing=_MISSING, is_for_administrators=True, answer=Deleted)
def delete_pipeline(call: Call, pipeline_id: int) -> Any:
    """Give a pipeline up with all its stages."""
    call.execute(partial(commands.delete, pipeline_id=pipeline_id))
    return {"id": pipeline_id}


def pipeline_answer(row: Row) -> dict[str, Any]:
    """A pipeline as version 2 shows it."""
    return {
        "id": row["pipeline_id"],
        "name": row["name"],
        "order_nr": row["order_nr"],
        "is_deleted": bool(row["is_deleted"]),
        "is_deal_probability_enabled": bool(row["is_deal_probability_enabled"]),
        "add_time": whole_seconds(row["add_time"]),
        "update_time": whole_seconds(row["update_time"]),
    }
