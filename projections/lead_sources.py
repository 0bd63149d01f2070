"""The table of sources that a company added, and the register of all sources that leads may come from."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Column

from aggregates.lead_source import ALSO_CALLED, LEAD_SOURCES, LeadSourceEvent
from projections.engine.folding import folded
from projections.engine.read_model import ReadModel
from projections.engine.reading import Reading
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText, record_table

ADDED_LEAD_SOURCES = record_table(
    "lead_sources",
    Column("lead_source_id", Number, primary_key=True, autoincrement=False),
    Column("name", SortableText, nullable=False),
    key=("lead_source_id",),
)
"""Every source that was ever added: a handful, so no index is needed. Those that every company has are no rows, since
no event tells of them: so they are in logs of any age, and at any moment of them."""

READ_MODEL = ReadModel(ADDED_LEAD_SOURCES, LeadSourceEvent)


class Source(NamedTuple):
    """A source that leads may come from; one that every company has is known by its name only."""

    lead_source_id: int | None
    name: str


_USUAL_SOURCES = [Source(None, name) for name in LEAD_SOURCES]
_USUAL = {
    folded(word): Source(None, name) for word, name in ({name: name for name in LEAD_SOURCES} | ALSO_CALLED).items()
}


def lead_sources(reading: Reading) -> list[Source]:
    """The whole register: the sources that every company has, and behind them those that were added."""
    return [*_USUAL_SOURCES, *_added(reading)]


def source_named(reading: Reading, word: str) -> Source | None:
    """The source that somebody means, whatever the case and blanks; None where there is none."""
    sought = folded(word)
    if sought in _USUAL:
        return _USUAL[sought]
    return next((source for source in _added(reading) if folded(source.name) == sought), None)


def _added(reading: Reading) -> list[Source]:
    return [Source(number, name) for number, name in _PRESENT.tuples(reading, {})]


_PRESENT = Query(
    READ_MODEL.present()
    .with_only_columns(ADDED_LEAD_SOURCES.c.lead_source_id, ADDED_LEAD_SOURCES.c.name)
    .order_by(ADDED_LEAD_SOURCES.c.lead_source_id)
)
