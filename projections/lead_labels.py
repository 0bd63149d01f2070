"""Events about lead labels flow in; the labels that leads can be sorted by flow out."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, select

from aggregates.event import Event
from aggregates.lead_label import LeadLabelAdded, LeadLabelDeleted, LeadLabelEdited
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Word, current_index, holding, table_with_past
from projections.engine.statements import Query

LEAD_LABELS = table_with_past(
    "lead_labels",
    Column("lead_label_id", Word, primary_key=True),
    Column("name", Word, nullable=False),
    Column("color", Word, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("created_position", Number, nullable=False),
    Column("add_time", Word, nullable=False),
    Column("update_time", Word, nullable=False),
    indexes=[current_index("lead_labels_by_creation", "is_deleted", "created_position")],
    key=("lead_label_id",),
)
"""Every label there ever was to sort leads by."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a lead label change its row."""
    match event:
        case LeadLabelAdded():
            rows.insert(LEAD_LABELS, position, _added(event, position))
        case LeadLabelEdited(changes=changes):
            rows.change(LEAD_LABELS, position, (event.lead_label_id,), update_time=event.at, **changes)
        case LeadLabelDeleted():
            rows.change(LEAD_LABELS, position, (event.lead_label_id,), update_time=event.at, is_deleted=True)


def _added(event: LeadLabelAdded, position: int) -> Row:
    return {
        "lead_label_id": event.lead_label_id,
        "name": event.name,
        "color": event.color,
        "is_deleted": False,
        "created_position": position,
        "add_time": event.at,
        "update_time": event.at,
    }


def lead_labels(reading: Reading) -> list[Row]:
    """All labels that are not deleted, in the order they were made."""
    return [dict(zip(LEAD_LABELS.c.keys(), row, strict=True)) for row in _PRESENT.tuples(reading, {})]


_PRESENT = Query(
    select(LEAD_LABELS)
    .where(holding(LEAD_LABELS), LEAD_LABELS.c.is_deleted.is_(False))
    .order_by(LEAD_LABELS.c.created_position)
)
