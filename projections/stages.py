"""Events about pipelines and stages flow in; the ways of selling, and their steps in order, flow out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Select, Table, select

from aggregates.event import Event
from aggregates.pipeline import PipelineAdded, PipelineDeleted, PipelineEdited
from aggregates.stage import StageAdded, StageDeleted, StageEdited, StageMovedToPipeline
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Small, Word, current_index, holding, rows_of, table_with_past

PIPELINES = table_with_past(
    "pipelines",
    Column("pipeline_id", Number, primary_key=True, autoincrement=False),
    Column("name", Word, nullable=False),
    Column("order_nr", Number, nullable=False),
    Column("is_deal_probability_enabled", Boolean, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("add_time", Word, nullable=False),
    Column("update_time", Word, nullable=False),
    key=("pipeline_id",),
)
"""Every pipeline there ever was; the one with the lowest ``order_nr`` is the default."""

STAGES = table_with_past(
    "stages",
    Column("stage_id", Number, primary_key=True, autoincrement=False),
    Column("pipeline_id", Number, nullable=False),
    Column("name", Word, nullable=False),
    Column("order_nr", Number, nullable=False),
    Column("deal_probability", Small, nullable=False),
    Column("is_deal_rot_enabled", Boolean, nullable=False),
    Column("days_to_rotten", Number),
    Column("is_deleted", Boolean, nullable=False),
    Column("add_time", Word, nullable=False),
    Column("update_time", Word, nullable=False),
    indexes=[current_index("stages_by_pipeline", "pipeline_id")],
    key=("stage_id",),
)
"""Every stage there ever was, in the order of its pipeline by ``order_nr``."""

_TOLD_OF_PIPELINES = ("pipeline_id", "name", "order_nr", "is_deal_probability_enabled")
_TOLD_OF_STAGES = (
    "stage_id",
    "pipeline_id",
    "name",
    "order_nr",
    "deal_probability",
    "is_deal_rot_enabled",
    "days_to_rotten",
)


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a pipeline or a stage change its row."""
    match event:
        case PipelineAdded():
            rows.insert(PIPELINES, position, _begun(event, _TOLD_OF_PIPELINES))
        case PipelineEdited(changes=changes):
            rows.change(PIPELINES, position, (event.pipeline_id,), update_time=event.at, **changes)
        case PipelineDeleted():
            rows.change(PIPELINES, position, (event.pipeline_id,), update_time=event.at, is_deleted=True)
        case StageAdded():
            rows.insert(STAGES, position, _begun(event, _TOLD_OF_STAGES))
        case StageEdited(changes=changes):
            rows.change(STAGES, position, (event.stage_id,), update_time=event.at, **changes)
        case StageMovedToPipeline(pipeline_id=pipeline_id, order_nr=order_nr):
            placed = {"pipeline_id": pipeline_id, "order_nr": order_nr}
            rows.change(STAGES, position, (event.stage_id,), update_time=event.at, **placed)
        case StageDeleted():
            rows.change(STAGES, position, (event.stage_id,), update_time=event.at, is_deleted=True)


def pipelines(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all pipelines that are not deleted, and one more where more follow."""
    return _PIPELINES.rows(reading, part)


def stages(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all stages that are not deleted, and one more where more follow."""
    return _STAGES.rows(reading, part)


def pipelines_in_order(reading: Reading) -> list[Row]:
    """All pipelines in their order, the default first."""
    return rows_of(reading, _present(PIPELINES).order_by(PIPELINES.c.order_nr, PIPELINES.c.pipeline_id))


def _present(table: Table) -> Select[Any]:
    return select(table).where(holding(table), table.c.is_deleted.is_(False))


def _begun(event: PipelineAdded | StageAdded, told: tuple[str, ...]) -> Row:
    facts = {name: getattr(event, name) for name in told}
    return {**facts, "is_deleted": False, "add_time": event.at, "update_time": event.at}


_PIPELINES = Listing(_present(PIPELINES), PIPELINES)
_STAGES = Listing(_present(STAGES), STAGES)
