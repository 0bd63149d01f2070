"""The commands about the sources of leads: add, edit, delete; and the check that one is in the register."""

from __future__ import annotations

from collections.abc import Iterable

from aggregates.identity import stream_id
from aggregates.lead_source import LeadSource
from aggregates.refusals import Refusal, UnknownReference
from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.lead_sources import ADDED_LEAD_SOURCES, Source, lead_sources, source_named
from service.ledger.ledger import Transaction

MOST_SOURCES = 200
"""The register is shown as a whole, and named in refusals."""


def add(tx: Transaction, name: str) -> Row:
    """Add a source to the register. Answers its row; raises `Refusal` for one that is there already."""
    _check_new(tx, name)
    if len(lead_sources(tx.reading)) >= MOST_SOURCES:
        raise Refusal(f"there are {MOST_SOURCES} sources of leads already; delete one first")
    source = LeadSource.add(tx.next_number("lead_source"), name=name)
    tx.save(source)
    return tx.row(ADDED_LEAD_SOURCES, source.lead_source_id)


def edit(tx: Transaction, lead_source_id: int, name: str) -> Row:
    """Edit a source that was added: leads that came from it keep the name it had. Answers its row."""
    source = tx.load(LeadSource, stream_id("lead_source", lead_source_id))
    if folded(name) != folded(source.name):
        _check_new(tx, name)
    source.edit({"name": name})
    tx.save(source)
    return tx.row(ADDED_LEAD_SOURCES, lead_source_id)


def delete(tx: Transaction, lead_source_id: int) -> None:
    """Delete a source that was added; leads that came from it keep its name."""
    source = tx.load(LeadSource, stream_id("lead_source", lead_source_id))
    source.delete()
    tx.save(source)


def existing(reading: Reading, word: str) -> Source:
    """The source that somebody means. Raises `UnknownReference`, which names all there are."""
    if (source := source_named(reading, word)) is None:
        raise _unknown(reading, word)
    return source


def check_names(reading: Reading, names: Iterable[str]) -> None:
    """Raise `UnknownReference` for a name that no source has, letter by letter."""
    known = {source.name for source in lead_sources(reading)}
    for name in names:
        if name not in known:
            raise _unknown(reading, name)


def _check_new(tx: Transaction, name: str) -> None:
    if (known := source_named(tx.reading, name)) is not None:
        raise Refusal(f"leads can come from {known.name} already")


def _unknown(reading: Reading, word: str) -> UnknownReference:
    names = ", ".join(source.name for source in lead_sources(reading))
    return UnknownReference(f"leads do not come from {word!r}; the register of sources has {names}")
