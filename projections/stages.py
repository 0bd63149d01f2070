"""The table of stages, how events change it, and how stages are listed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Select, select

from aggregates.event import Event
from aggregates.stage import StageAdded, StageDeleted, StageEdited, StageMovedToPipeline
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Small, Word, current_index, holding, table_with_past

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

_COPIED = (
    "stage_id",
    "pipeline_id",
    "name",
    "order_nr",
    "deal_probability",
    "is_deal_rot_enabled",
    "days_to_rotten",
)


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a stage change its row."""
    match event:
        case StageAdded():
            facts = {name: getattr(event, name) for name in _COPIED}
            times = {"add_time": event.at, "update_time": event.at}
            rows.insert(STAGES, position, {**facts, **times, "is_deleted": False})
        case StageEdited(changes=changes):
            rows.change(STAGES, position, (event.stage_id,), update_time=event.at, **changes)
        case StageMovedToPipeline(pipeline_id=pipeline_id, order_nr=order_nr):
            placed = {"pipeline_id": pipeline_id, "order_nr": order_nr}
            rows.change(STAGES, position, (event.stage_id,), update_time=event.at, **placed)
        case StageDeleted():
            rows.change(STAGES, position, (event.stage_id,), update_time=event.at, is_deleted=True)


def stages(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all stages that are not deleted, and one more where more follow."""
    return _LISTED.rows(reading, part)


def _present() -> Select[Any]:
    return select(STAGES).where(holding(STAGES), STAGES.c.is_deleted.is_(False))


_LISTED = Listing(_present(), STAGES)
