"""Chooses the pipeline and the stage that a deal shall stand in (wire reference 3.1)."""

from __future__ import annotations

from aggregates.pipeline import PipelineEvent
from aggregates.placement import Placement
from aggregates.refusals import Refusal
from aggregates.stage import StageEvent
from projections.board import stages_of
from projections.engine.reading import Reading
from projections.pipelines import PIPELINES, pipelines_in_order
from projections.stages import STAGES
from service.commands import references
from service.ledger.ledger import Transaction


def stage_for(tx: Transaction, stage_id: int | None = None, pipeline_id: int | None = None) -> Placement:
    """The placement that is meant: a stage decides; a pipeline alone means its first stage; neither, the default's.

    Raises `UnknownReference` for what is not there and `Refusal` where a pipeline has no stage to stand in.
    """
    if stage_id is not None:
        stage = references.existing(tx, STAGES, "stage", stage_id)
        return {"pipeline_id": stage["pipeline_id"], "stage_id": stage_id}
    first_stages = tx.kept(_first_stages, PipelineEvent, StageEvent)
    if pipeline_id is None:
        if not first_stages:
            raise Refusal("there is no pipeline yet; make one first")
        pipeline_id = next(iter(first_stages))
    else:
        references.existing(tx, PIPELINES, "pipeline", pipeline_id)
    first = first_stages[pipeline_id]
    if first is None:
        raise Refusal(f"pipeline {pipeline_id} has no stages yet; make one first")
    return {"pipeline_id": pipeline_id, "stage_id": first}


def stage_for_strictly(tx: Transaction, stage_id: int | None = None, pipeline_id: int | None = None) -> Placement:
    """As `stage_for`, but a stage that stands in another pipeline than the one named is refused with a `Refusal`."""
    place = stage_for(tx, stage_id, pipeline_id)
    if pipeline_id not in (None, place["pipeline_id"]):
        raise Refusal(f"stage {stage_id} stands in pipeline {place['pipeline_id']}, not in {pipeline_id}")
    return place


def _first_stages(reading: Reading) -> dict[int, int | None]:
    """The first stage of each pipeline, where it has any; the default pipeline is the first."""
    numbers = [pipeline["pipeline_id"] for pipeline in pipelines_in_order(reading)]
    return {number: next((stage["stage_id"] for stage in stages_of(reading, number)), None) for number in numbers}
