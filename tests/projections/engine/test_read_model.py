"""A read model of one kind of record: which columns its events fill, and what it refuses to leave out."""

from __future__ import annotations

import pytest
from sqlalchemy import Boolean, Column, MetaData, Table

from aggregates.lead_label import LeadLabelEvent
from aggregates.note import NoteEvent
from projections.engine.buckets import EVENT_TIME
from projections.engine.read_model import Derived, ReadModel
from projections.engine.tables import SortableText
from projections.lead_labels import LEAD_LABELS
from projections.notes import NOTES


def labels(*names: str) -> Table:
    """A table of lead labels with columns of these names beside those that every such table has."""
    texts = [Column(name, SortableText) for name in ("lead_label_id", "update_time", "valid_from", "valid_to", *names)]
    return Table("labels", MetaData(), Column("is_deleted", Boolean), *texts, info=LEAD_LABELS.info)


def test_a_fact_that_has_no_column_is_noticed_at_once() -> None:
    with pytest.raises(TypeError, match=r"labels has no column for what LeadLabelAdded tells: color$"):
        ReadModel(labels("name"), LeadLabelEvent)


def test_a_column_that_nothing_fills_is_noticed_at_once() -> None:
    with pytest.raises(TypeError, match=r"nothing fills what labels has columns for: shape$"):
        ReadModel(labels("name", "color", "shape"), LeadLabelEvent)


def test_records_that_an_event_dates_otherwise_are_not_dated_by_events() -> None:
    table = Table(
        "notes", MetaData(), Column("note_id", SortableText), Column("add_time", SortableText, info=EVENT_TIME)
    )
    table.info |= NOTES.info
    with pytest.raises(TypeError, match="notes are not dated by events: NoteAdded tells when one was added"):
        ReadModel(table, NoteEvent)


def test_a_column_is_filled_by_a_fact_or_by_a_function_of_facts_or_from_the_beginning() -> None:
    sign = Derived("{} in {}".format, "name", "color")
    model = ReadModel(
        labels("name", "color", "shape", "sign"), LeadLabelEvent, derived={"sign": sign}, initial={"shape": "round"}
    )
    assert model.table.name == "labels"
    assert sign.value({"color": "green"}, {"name": "Fair", "color": "pink"}) == "Fair in green"
