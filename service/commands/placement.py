"""A stage, a pipeline or nothing flows in, and out flows the place where a deal stands (wire reference 3.1)."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from aggregates.placement import Placement
from aggregates.refusals import Refusal
from projections.engine.rows import holding
from projections.engine.statements import Query
from projections.pipelines import PIPELINES
from projections.stages import STAGES
from service.commands import references
from service.ledger.ledger import Transaction


def of(tx: Transaction, stage_id: int | None = None, pipeline_id: int | None = None) -> Placement:
    """The pipeline and stage meant: a stage decides, a pipeline alone means its first stage, nothing the default's.

    Raises `UnknownReference` for what is not there and `Refusal` where a pipeline has no stage to stand in.
    """
    if stage_id is not None:
        stage = references.find(tx, STAGES, "stage", stage_id)
        return {"pipeline_id": stage["pipeline_id"], "stage_id": stage_id}
    if pipeline_id is None:
        pipeline_id = _first_pipeline(tx)
    else:
        references.find(tx, PIPELINES, "pipeline", pipeline_id)
    return {"pipeline_id": pipeline_id, "stage_id": _first_stage(tx, pipeline_id)}


def agreed(tx: Transaction, stage_id: int | None = None, pipeline_id: int | None = None) -> Placement:
    """As `of`, but a stage that stands in another pipeline than the one named is refused with a `Refusal`."""
    place = of(tx, stage_id, pipeline_id)
    if pipeline_id not in (None, place["pipeline_id"]):
        raise Refusal(f"stage {stage_id} stands in pipeline {place['pipeline_id']}, not in {pipeline_id}")
    return place


def _first_pipeline(tx: Transaction) -> int:
    found = _FIRST_PIPELINE.tuples(tx.reading, {})
    if not found:
        raise Refusal("there is no pipeline yet; make one first")
    return int(found[0][0])


def _first_stage(tx: Transaction, pipeline_id: int) -> int:
    found = _FIRST_STAGE.tuples(tx.reading, {"pipeline_id": pipeline_id})
    if not found:
        raise Refusal(f"pipeline {pipeline_id} has no stages yet; make one first")
    return int(found[0][0])


_FIRST_PIPELINE = Query(
    select(PIPELINES.c.pipeline_id)
    .where(PIPELINES.c.is_deleted.is_(False), holding(PIPELINES))
    .order_by(PIPELINES.c.order_nr, PIPELINES.c.pipeline_id)
    .limit(1)
)
_FIRST_STAGE = Query(
    select(STAGES.c.stage_id)
    .where(STAGES.c.pipeline_id == bindparam("pipeline_id"), STAGES.c.is_deleted.is_(False), holding(STAGES))
    .order_by(STAGES.c.order_nr, STAGES.c.stage_id)
    .limit(1)
)
