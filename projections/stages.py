"""The table of stages, how events change it, and how stages are listed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column

from aggregates.stage import StageEvent
from projections.engine.read_model import ReadModel
from projections.engine.tables import Number, Small, SortableText, current_index, table_with_past

STAGES = table_with_past(
    "stages",
    Column("stage_id", Number, primary_key=True, autoincrement=False),
    Column("pipeline_id", Number, nullable=False),
    Column("name", SortableText, nullable=False),
    Column("order_nr", Number, nullable=False),
    Column("deal_probability", Small, nullable=False),
    Column("is_deal_rot_enabled", Boolean, nullable=False),
    Column("days_to_rotten", Number),
    Column("is_deleted", Boolean, nullable=False),
    Column("edited_position", Number, nullable=False),
    Column("add_time", SortableText, nullable=False),
    Column("update_time", SortableText, nullable=False),
    indexes=[current_index("stages_by_pipeline", "pipeline_id")],
    key=("stage_id",),
)
"""Every stage there ever was, in the order of its pipeline by ``order_nr``."""

READ_MODEL = ReadModel(STAGES, StageEvent)

stages = READ_MODEL.listed
