"""Suggests the pipeline and stage where a ready lead should stand as a deal."""

from __future__ import annotations

from aggregates.placement import Placement
from aggregates.policy import READY
from projections.board import stages_of
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.pipelines import pipelines_in_order
from projections.stages import STAGES
from service.readiness.judging import CompiledPolicy, Judgement
from service.readiness.rules import FirstStage


def suggestion(reading: Reading, policy: CompiledPolicy, judgement: Judgement) -> Placement | None:
    """The stage that a rule admits the lead to, else the first stage of the pipeline it is ready for.

    None where the lead is not ready, or where that pipeline has no stage.
    """
    if judgement.verdict != READY:
        return None
    for finding in judgement.findings:
        if finding.met and isinstance(finding.rule, FirstStage) and finding.rule.stage_id is not None:
            stage = find(reading, STAGES, finding.rule.stage_id)
            return None if stage is None else {"pipeline_id": stage["pipeline_id"], "stage_id": stage["stage_id"]}
    if judgement.pipeline_id is not None:
        return _first_stage(reading, judgement.pipeline_id)
    numbers = [pipeline["pipeline_id"] for pipeline in pipelines_in_order(reading)]
    return next((_first_stage(reading, number) for number in numbers if number not in policy.pipelines), None)


def _first_stage(reading: Reading, pipeline_id: int) -> Placement | None:
    stages = stages_of(reading, pipeline_id)
    return {"pipeline_id": pipeline_id, "stage_id": stages[0]["stage_id"]} if stages else None
