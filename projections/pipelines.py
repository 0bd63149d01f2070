"""The table of pipelines, how events change it, and how pipelines are listed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Select, select

from aggregates.event import Event
from aggregates.pipeline import PipelineAdded, PipelineDeleted, PipelineEdited
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Word, holding, rows_of, table_with_past

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

_COPIED = ("pipeline_id", "name", "order_nr", "is_deal_probability_enabled")


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a pipeline change its row."""
    match event:
        case PipelineAdded():
            facts = {name: getattr(event, name) for name in _COPIED}
            times = {"add_time": event.at, "update_time": event.at}
            rows.insert(PIPELINES, position, {**facts, **times, "is_deleted": False})
        case PipelineEdited(changes=changes):
            rows.change(PIPELINES, position, (event.pipeline_id,), update_time=event.at, **changes)
        case PipelineDeleted():
            rows.change(PIPELINES, position, (event.pipeline_id,), update_time=event.at, is_deleted=True)


def pipelines(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all pipelines that are not deleted, and one more where more follow."""
    return _LISTED.rows(reading, part)


def pipelines_in_order(reading: Reading) -> list[Row]:
    """All pipelines in their order, the default first."""
    return rows_of(reading, _present().order_by(PIPELINES.c.order_nr, PIPELINES.c.pipeline_id))


def _present() -> Select[Any]:
    return select(PIPELINES).where(holding(PIPELINES), PIPELINES.c.is_deleted.is_(False))


_LISTED = Listing(_present(), PIPELINES)
