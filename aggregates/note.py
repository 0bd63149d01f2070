"""What somebody writes down about an opportunity or a contact, and where it is pinned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Self

from aggregates.event import Event, personal_changes
from aggregates.record import Added, Deleted, Edited, NumberedRecord
from aggregates.refusals import Refusal


class NoteEvent(Event, abstract=True):
    """Something that happened to one note."""

    note_id: int


class NoteAdded(Added, NoteEvent, personal=("content",)):
    """Somebody wrote a note; ``added_at`` is when, where that was not the moment it was recorded.

    It hangs on an opportunity, whatever its form, on a person, on an organization, or on several of them.
    ``content`` is what was written, in which HTML may stand, and is made harmless where it is shown; ``pinned_to``
    lists on which of its links it stands on top: opportunity, person, organization.
    """

    opportunity_id: str | None = None
    person_id: int | None = None
    organization_id: int | None = None
    content: str
    author_id: int
    pinned_to: list[str]
    added_at: str | None = None


class NoteEdited(Edited, NoteEvent, personal=personal_changes(NoteAdded)):
    """Somebody wrote the note anew, or hung it on something else; only what changed is told."""


class NoteRepinned(NoteEvent):
    """It was chosen anew on which of its links the note stands on top."""

    pinned_to: list[str]

    def apply(self, note: Note) -> None:
        note.pinned_to = self.pinned_to


class NoteDeleted(Deleted, NoteEvent):
    """The note was thrown away."""


LINKS = {"opportunity": "opportunity_id", "person": "person_id", "organization": "organization_id"}
"""What a note can hang on and be pinned to, and the field that says which one."""


class Note(NumberedRecord):
    """Something written down; it goes along with its opportunity through any change of form."""

    kind = "note"
    created = NoteAdded
    edited = NoteEdited
    deleted = NoteDeleted

    note_id: int
    opportunity_id: str | None
    pinned_to: list[str]

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """Write a note that hangs on something. Raises `Refusal`."""
        _check_linked(facts)
        pinned_to = _in_order(facts.get("pinned_to", ()))
        _check_pinned(facts, pinned_to)
        return super().add(number, **{**facts, "pinned_to": pinned_to})

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Write it anew or hang it on something else (all but the pins); a pin goes with its link."""
        self.check_present()
        after = {**self.links(), **wanted}
        _check_linked(after)
        self.pin([pin for pin in self.pinned_to if after[LINKS[pin]] is not None])
        super().edit(wanted)

    def pin(self, pins: Collection[str]) -> None:
        """Pin the note to these of its links and to no others. Raises `Refusal` for what is no link of it."""
        self.check_present()
        pinned_to = _in_order(pins)
        _check_pinned(self.links(), pinned_to)
        if pinned_to != self.pinned_to:
            self.record(NoteRepinned, pinned_to=pinned_to)

    def links(self) -> dict[str, Any]:
        """What the note hangs on; None for each that it does not."""
        return {name: getattr(self, name) for name in LINKS.values()}


def _check_linked(links: Mapping[str, Any]) -> None:
    if all(links.get(name) is None for name in LINKS.values()):
        raise Refusal("a note must be linked to a lead, a deal, a person or an organization")


def _check_pinned(links: Mapping[str, Any], pinned_to: list[str]) -> None:
    for pin in pinned_to:
        if links.get(LINKS[pin]) is None:
            raise Refusal(f"the note can be pinned only to what it is linked to, and it is linked to no {pin}")


def _in_order(pins: Collection[str]) -> list[str]:
    return [pin for pin in LINKS if pin in pins]
