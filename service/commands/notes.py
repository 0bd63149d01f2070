"""The commands about notes: add, edit, pin, delete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aggregates.identity import stream_id
from aggregates.note import Note
from aggregates.refusals import Refusal
from projections.engine.rows import Row
from projections.notes import NOTES
from projections.opportunities import FORMS
from service.commands import links, references
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add a note; its author is the caller unless the facts name another. Answers its row. Raises `Refusal`."""
    references.check(tx, facts)
    told = links.with_opportunity_id(tx, {"author_id": tx.user_id, **facts})
    pins = told.pop("pins", {})
    pinned_to = _pinned(tx, pins, told.get("opportunity_id"), [])
    note = Note.add(tx.next_number("note"), pinned_to=pinned_to, **told)
    tx.save(note)
    return tx.row(NOTES, note.note_id)


def edit(tx: Transaction, note_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the note's row. Raises `Refusal`."""
    note = tx.load(Note, stream_id("note", note_id))
    note.check_present()
    references.check(tx, facts, note)
    wanted = links.with_opportunity_id(tx, facts, note.opportunity_id)
    pins = wanted.pop("pins", {})
    note.edit(wanted)
    note.pin(_pinned(tx, pins, note.opportunity_id, note.pinned_to))
    tx.save(note)
    return tx.row(NOTES, note_id)


def delete(tx: Transaction, note_id: int) -> None:
    """Delete a note."""
    note = tx.load(Note, stream_id("note", note_id))
    note.delete()
    tx.save(note)


def _pinned(
    tx: Transaction, pins: Mapping[str, bool], opportunity_id: str | None, pinned_to: Collection[str]
) -> set[str]:
    """What a note is pinned to when these pins were put in or taken out.

    A pin on a lead or a deal is one on the opportunity, which must be just that at present.
    """
    kind = None if FORMS.keys().isdisjoint(pins) else links.kind_of(tx, opportunity_id)
    after = set(pinned_to)
    for pin, is_pinned in pins.items():
        if pin in FORMS and pin != kind:
            if is_pinned:
                raise Refusal(f"a note can be pinned to a {pin} only where it is linked to one")
        else:
            link = {"opportunity"} if pin in FORMS else {pin}
            after = after | link if is_pinned else after - link
    return after
