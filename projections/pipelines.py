"""The table of pipelines, how events change it, and how pipelines are listed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column

from aggregates.pipeline import PipelineEvent
from projections.engine.read_model import ReadModel
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText, record_table

PIPELINES = record_table(
    "pipelines",
    Column("pipeline_id", Number, primary_key=True, autoincrement=False),
    Column("name", SortableText, nullable=False),
    Column("order_nr", Number, nullable=False),
    Column("is_deal_probability_enabled", Boolean, nullable=False),
    key=("pipeline_id",),
)
"""Every pipeline there ever was; the one with the lowest ``order_nr`` is the default."""

READ_MODEL = ReadModel(PIPELINES, PipelineEvent)

pipelines = READ_MODEL.listed


def pipelines_in_order(reading: Reading) -> list[Row]:
    """All pipelines in their order, the default first."""
    return _IN_ORDER.rows(reading, {})


_IN_ORDER = Query(READ_MODEL.present().order_by(PIPELINES.c.order_nr, PIPELINES.c.pipeline_id))
