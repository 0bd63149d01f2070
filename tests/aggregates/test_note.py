"""What may happen to a note: it hangs on something, and is pinned only to what it hangs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.note import Note, NoteAdded, NoteDeleted, NoteEdited, NoteRepinned
from aggregates.refusals import Gone, Refusal
from tests.aggregates.given import Fact, fact, given, refused, then

OPPORTUNITY = "0b0e7d0c-6a5c-4f0e-9a55-1eadc0de1ed6"


def added(**facts: Any) -> Fact:
    known = {"opportunity_id": OPPORTUNITY, "content": "He called", "author_id": 1, "pinned_to": []}
    return fact(NoteAdded, **{**known, **facts})


def test_a_note_hangs_on_what_it_is_about() -> None:
    note = Note.add(3, person_id=5, content="He called", author_id=1)
    then(note, added(opportunity_id=None, person_id=5))
    assert note.note_id == 3


def test_a_note_about_nothing_is_refused() -> None:
    with pytest.raises(Refusal, match="must be linked"):
        Note.add(3, content="He called", author_id=1)


def test_a_note_is_pinned_to_some_of_its_links_from_the_start() -> None:
    links = {"opportunity_id": OPPORTUNITY, "organization_id": 2}
    note = Note.add(3, content="He called", author_id=1, pinned_to=["organization", "opportunity"], **links)
    then(note, added(**links, pinned_to=["opportunity", "organization"]))


@pytest.mark.parametrize("pin", ["person", "organization"])
def test_a_pin_without_its_link_is_refused(pin: str) -> None:
    with pytest.raises(Refusal, match=f"linked to no {pin}"):
        Note.add(3, opportunity_id=OPPORTUNITY, content="He called", author_id=1, pinned_to=[pin])
    note = given(Note, 3, added())
    with refused(note, Refusal, f"linked to no {pin}"):
        note.pin([pin])


def test_an_edit_tells_only_what_changed() -> None:
    note = given(Note, 3, added())
    note.edit({"content": "He wrote", "opportunity_id": OPPORTUNITY, "author_id": 1})
    note.edit({"content": "He wrote"})
    then(note, fact(NoteEdited, changes={"content": "He wrote"}))


def test_taking_the_last_link_away_is_refused() -> None:
    note = given(Note, 3, added(pinned_to=["opportunity"]))
    with refused(note, Refusal, "must be linked"):
        note.edit({"opportunity_id": None})


def test_a_pin_goes_with_its_link() -> None:
    note = given(Note, 3, added(person_id=5, pinned_to=["opportunity", "person"]))
    note.edit({"opportunity_id": None})
    then(note, fact(NoteRepinned, pinned_to=["person"]), fact(NoteEdited, changes={"opportunity_id": None}))


def test_pins_are_told_where_they_change() -> None:
    note = given(Note, 3, added(person_id=5))
    note.pin(["person", "opportunity"])
    note.pin({"opportunity", "person"})
    note.pin([])
    then(note, fact(NoteRepinned, pinned_to=["opportunity", "person"]), fact(NoteRepinned, pinned_to=[]))


COMMANDS: list[Callable[[Note], None]] = [
    lambda note: note.edit({"content": "x"}),
    lambda note: note.pin([]),
    lambda note: note.delete(),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_a_deleted_note(command: Callable[[Note], None]) -> None:
    note = given(Note, 3, added())
    note.delete()
    then(note, fact(NoteDeleted))
    with refused(note, Gone, "was deleted"):
        command(note)
