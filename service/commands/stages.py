"""The commands about stages: add, edit, move to a pipeline, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aggregates.identity import stream_id
from aggregates.pipeline import Pipeline
from aggregates.refusals import Refusal
from aggregates.stage import Stage
from projections.board import stages_of
from projections.board_totals import totals
from projections.deal_lists import has_deals
from projections.engine.rows import Row
from projections.pipelines import PIPELINES
from projections.stages import STAGES
from service.commands import policy, references
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add a stage, last in its pipeline. Answers its row."""
    order_nr = _place_in(tx, facts["pipeline_id"])
    stage = Stage.add(tx.next_number("stage"), order_nr=order_nr, **facts)
    tx.save(stage)
    return tx.row(STAGES, stage.stage_id)


def edit(tx: Transaction, stage_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else; in another pipeline the stage comes last. Answers its row."""
    stage = tx.load(Stage, stream_id("stage", stage_id))
    stage.check_present()
    wanted = dict(facts)
    pipeline_id = wanted.pop("pipeline_id", stage.pipeline_id)
    if pipeline_id != stage.pipeline_id:
        order_nr = _place_in(tx, pipeline_id)
        if has_deals(tx.reading, stage_id):
            raise Refusal(f"there are deals in stage {stage_id}; move them to other stages first")
        stage.move(pipeline_id=pipeline_id, order_nr=order_nr)
    stage.edit(wanted)
    tx.save(stage)
    return tx.row(STAGES, stage_id)


def put_in_order(tx: Transaction, pipeline_id: int, stage_ids: Sequence[int]) -> None:
    """Let the stages of a pipeline stand in that order. Raises `Refusal` where it does not name each of them once."""
    tx.load(Pipeline, stream_id("pipeline", pipeline_id)).check_present()
    check_order(stage_ids, [row["stage_id"] for row in stages_of(tx.reading, pipeline_id)])
    stages = [tx.load(Stage, stream_id("stage", stage_id)) for stage_id in stage_ids]
    for order_nr, stage in enumerate(stages, 1):
        stage.edit({"order_nr": order_nr})
    tx.save(*stages)


def delete(tx: Transaction, stage_id: int) -> None:
    """Delete a stage. Raises `Refusal` where open deals stand in it."""
    tx.save(deleted(tx, stage_id))


def deleted(tx: Transaction, stage_id: int) -> Stage:
    """A deleted stage, not yet saved. Raises `Refusal` where open deals stand in it."""
    stage = tx.load(Stage, stream_id("stage", stage_id))
    stage.delete()
    if stage_id in policy.stages_named(policy.current(tx)):
        raise Refusal(f"the conversion policy names stage {stage_id}; adopt one that does not first")
    if any(total.stage_id == stage_id for total in totals(tx.reading, stage.pipeline_id)):
        raise Refusal(f"there are open deals in stage {stage_id}; move them to other stages first")
    return stage


def _place_in(tx: Transaction, pipeline_id: int) -> int:
    references.existing(tx, PIPELINES, "pipeline", pipeline_id)
    return next_order_nr(stages_of(tx.reading, pipeline_id))


def next_order_nr(others: Sequence[Row]) -> int:
    """The ``order_nr`` that comes behind those of others, which are in order."""
    return int(others[-1]["order_nr"]) + 1 if others else 1


def check_order(given: Sequence[int], present: Sequence[int]) -> None:
    """Raise `Refusal` where an order does not name each of the present things once."""
    if sorted(given) != sorted(present):
        raise Refusal(f"an order names each of them once, and there are {', '.join(map(str, present)) or 'none'}")
