"""Routes that put pipelines, and the stages of one, in another order."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from service.commands import pipelines, stages
from service.http.call import Call
from service.http.fields import Id
from service.http.problem_details import ledger

_MOST = 500
_MISSING = "there is no such pipeline"


class PipelineOrder(Schema):
    """Each pipeline once, in order; the first is the default."""

    pipeline_ids = fields.List(Id(), required=True, validate=validate.Length(1, _MOST))


class StageOrder(Schema):
    """Each stage of the pipeline once, in order."""

    stage_ids = fields.List(Id(), required=True, validate=validate.Length(1, _MOST))


@ledger.route("PUT", "/pipelines/order", body=PipelineOrder, answer=PipelineOrder, is_for_administrators=True)
def put_pipelines_in_order(call: Call) -> Any:
    """Put the pipelines in another order; 409 where it does not name each of them once."""
    wanted = call.body["pipeline_ids"]
    return call.execute(partial(pipelines.put_in_order, pipeline_ids=wanted), lambda *_: {"pipeline_ids": wanted})


@ledger.route(
    "PUT",
    "/pipelines/<id:pipeline_id>/stages/order",
    body=StageOrder,
    answer=StageOrder,
    missing=_MISSING,
    is_for_administrators=True,
)
def put_stages_in_order(call: Call, pipeline_id: int) -> Any:
    """Put the stages of a pipeline in another order; 409 where it does not name each of them once."""
    wanted = call.body["stage_ids"]
    command = partial(stages.put_in_order, pipeline_id=pipeline_id, stage_ids=wanted)
    return call.execute(command, lambda *_: {"stage_ids": wanted})
