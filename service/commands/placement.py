"""Chooses the pipeline and the stage that a deal shall stand in (wire reference 3.1)."""

from __future__ import annotations

from aggregates.placement import Placement
from aggregates.refusals import Refusal
from projections.board import stages_of
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
    if pipeline_id is None:
        pipeline_id = _first_pipeline(tx)
    else:
        references.existing(tx, PIPELINES, "pipeline", pipeline_id)
    return {"pipeline_id": pipeline_id, "stage_id": _first_stage(tx, pipeline_id)}


def stage_for_strictly(tx: Transaction, stage_id: int | None = None, pipeline_id: int | None = None) -> Placement:
    """As `stage_for`, but a stage that stands in another pipeline than the one named is refused with a `Refusal`."""
    place = stage_for(tx, stage_id, pipeline_id)
    if pipeline_id not in (None, place["pipeline_id"]):
        raise Refusal(f"stage {stage_id} stands in pipeline {place['pipeline_id']}, not in {pipeline_id}")
    return place


def _first_pipeline(tx: Transaction) -> int:
    for pipeline in pipelines_in_order(tx.reading):
        return int(pipeline["pipeline_id"])
    raise Refusal("there is no pipeline yet; make one first")


def _first_stage(tx: Transaction, pipeline_id: int) -> int:
    for stage in stages_of(tx.reading, pipeline_id):
        return int(stage["stage_id"])
    raise Refusal(f"pipeline {pipeline_id} has no stages yet; make one first")
