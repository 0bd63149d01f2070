"""A stage, a pipeline or nothing flows in, and out flows the place where a deal stands (wire reference 3.1)."""

from __future__ import annotations

from sqlalchemy import select

from aggregates.refusals import Refusal
from projections.rows import holding
from projections.stages import PIPELINES, STAGES
from service.commands import references
from service.ledger import Transaction


def of(tx: Transaction, stage_id: int | None = None, pipeline_id: int | None = None) -> dict[str, int]:
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


def _first_pipeline(tx: Transaction) -> int:
    first = (
        select(PIPELINES.c.pipeline_id)
        .where(PIPELINES.c.is_deleted.is_(False), holding(PIPELINES))
        .order_by(PIPELINES.c.order_nr, PIPELINES.c.pipeline_id)
        .limit(1)
    )
    pipeline_id: int | None = tx.connection.execute(first).scalar()
    if pipeline_id is None:
        raise Refusal("there is no pipeline yet; make one first")
    return pipeline_id


def _first_stage(tx: Transaction, pipeline_id: int) -> int:
    first = (
        select(STAGES.c.stage_id)
        .where(STAGES.c.pipeline_id == pipeline_id, STAGES.c.is_deleted.is_(False), holding(STAGES))
        .order_by(STAGES.c.order_nr, STAGES.c.stage_id)
        .limit(1)
    )
    stage_id: int | None = tx.connection.execute(first).scalar()
    if stage_id is None:
        raise Refusal(f"pipeline {pipeline_id} has no stages yet; make one first")
    return stage_id
