"""The commands about pipelines: add, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aggregates.identity import stream_id
from aggregates.pipeline import Pipeline
from aggregates.refusals import Refusal
from projections.board import stages_of
from projections.engine.rows import Row
from projections.pipelines import PIPELINES, pipelines_in_order
from service.commands import policy, stages
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add a pipeline, last in order. Answers its row."""
    order_nr = stages.next_order_nr(pipelines_in_order(tx.reading))
    pipeline = Pipeline.add(tx.next_number("pipeline"), order_nr=order_nr, **facts)
    tx.save(pipeline)
    return tx.row(PIPELINES, pipeline.pipeline_id)


def edit(tx: Transaction, pipeline_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the pipeline's row."""
    pipeline = tx.load(Pipeline, stream_id("pipeline", pipeline_id))
    pipeline.edit(facts)
    tx.save(pipeline)
    return tx.row(PIPELINES, pipeline_id)


def put_in_order(tx: Transaction, pipeline_ids: Sequence[int]) -> None:
    """Let the pipelines stand in that order, the first as the default. Raises `Refusal`, as `stages.check_order`."""
    stages.check_order(pipeline_ids, [row["pipeline_id"] for row in pipelines_in_order(tx.reading)])
    pipelines = [tx.load(Pipeline, stream_id("pipeline", pipeline_id)) for pipeline_id in pipeline_ids]
    for order_nr, pipeline in enumerate(pipelines, 1):
        pipeline.edit({"order_nr": order_nr})
    tx.save(*pipelines)


def delete(tx: Transaction, pipeline_id: int) -> None:
    """Delete a pipeline with its stages. Raises `Refusal` for the last one, and where open deals stand in it."""
    pipeline = tx.load(Pipeline, stream_id("pipeline", pipeline_id))
    pipeline.delete()
    if any(rules["pipeline_id"] == pipeline_id for rules in policy.current(tx)["pipelines"]):
        raise Refusal(f"the conversion policy has rules of its own for pipeline {pipeline_id}; adopt one without first")
    if len(pipelines_in_order(tx.reading)) == 1:
        raise Refusal("this is the last pipeline; make another one first")
    stages_deleted = [stages.deleted(tx, row["stage_id"]) for row in stages_of(tx.reading, pipeline_id)]
    tx.save(*stages_deleted, pipeline)
