"""The table of lead labels, how events change it, and how labels are listed."""

from __future__ import annotations

from sqlalchemy import Column

from aggregates.lead_label import LeadLabelEvent
from projections.engine.read_model import ReadModel
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText, current_index, record_table

LEAD_LABELS = record_table(
    "lead_labels",
    Column("lead_label_id", SortableText, primary_key=True),
    Column("name", SortableText, nullable=False),
    Column("color", SortableText, nullable=False),
    Column("created_position", Number, nullable=False),
    indexes=[current_index("lead_labels_by_creation", "is_deleted", "created_position")],
    key=("lead_label_id",),
)
"""Every label there ever was to sort leads by."""

READ_MODEL = ReadModel(LEAD_LABELS, LeadLabelEvent)


def lead_labels(reading: Reading) -> list[Row]:
    """All labels that are not deleted, in the order they were made."""
    return _PRESENT.rows(reading, {})


_PRESENT = Query(READ_MODEL.present().order_by(LEAD_LABELS.c.created_position))
