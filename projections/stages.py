"""The table of stages, how events change it, and how stages are listed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column

from aggregates.stage import StageEvent
from projections.engine.read_model import ReadModel
from projections.engine.tables import Number, Small, SortableText, current_index, record_table

STAGES = record_table(
    "stages",
    Column("stage_id", Number, primary_key=True, autoincrement=False),
    Column("pipeline_id", Number, nullable=False),
    Column("name", SortableText, nullable=False),
    Column("order_nr", Number, nullable=False),
    Column("deal_probability", Small, nullable=False),
    Column("is_deal_rot_enabled", Boolean, nullable=False),
    Column("days_to_rotten", Number),
    indexes=[current_index("stages_by_pipeline", "pipeline_id")],
    key=("stage_id",),
)
"""Every stage there ever was, in the order of its pipeline by ``order_nr``."""

READ_MODEL = ReadModel(STAGES, StageEvent)

stages = READ_MODEL.listed
