"""People one sells to: their names, and how they are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from aggregates.event import Event, personal_changes
from aggregates.primary import with_one_primary
from aggregates.record import Added, Assigned, Deleted, Edited, OwnedRecord
from aggregates.refusals import Refusal


class PersonEvent(Event, abstract=True):
    """Something that happened to what is known of one person."""

    person_id: int


class PersonAdded(Added, PersonEvent, personal=("name", "first_name", "last_name", "emails", "phones")):
    """Somebody became known; ``added_at`` is when, where that was not the moment it was recorded.

    Each of ``emails`` and ``phones`` is ``{"value", "primary", "label"}``, and one of them is the primary one.
    """

    name: str
    first_name: str | None = None
    last_name: str | None = None
    owner_id: int
    organization_id: int | None = None
    emails: list[dict[str, Any]]
    phones: list[dict[str, Any]]
    label_ids: list[int]
    visible_to: int = 3
    marketing_status: str = "no_consent"
    added_at: str | None = None


class PersonEdited(Edited, PersonEvent, personal=personal_changes(PersonAdded)):
    """Somebody corrected what is known of the person; only what changed is told."""


class PersonAssigned(Assigned, PersonEvent):
    """The person was handed to another owner."""


class PersonDeleted(Deleted, PersonEvent):
    """The person was taken off the list of contacts."""


class PersonErasureStarted(PersonEvent, keeps_reason=True):
    """Whatever tells of the person became unreadable, for good; ``legal_basis`` says by which right or duty.

    Older versions recorded it, without naming the streams; newer ones record `ErasureStarted`.
    """

    legal_basis: str

    def apply(self, person: Person) -> None:
        person.is_deleted = True


class PersonErased(PersonEvent, keeps_reason=True, is_edit=False):
    """Nothing readable is left of the person: it was looked for.

    So many keys were destroyed, which that many events had been encrypted under; so many rows of read models were
    overwritten; and ``mentions`` is how many fields of the log still hold a name, an address or a number of the
    person's, which may be a namesake's. Older versions recorded it; newer ones record `ErasureConfirmed`.
    """

    keys: int
    events: int
    rows: int
    mentions: int


class Person(OwnedRecord):
    """A contact: somebody that leads and deals are linked to."""

    kind = "person"
    created = PersonAdded
    edited = PersonEdited
    assigned = PersonAssigned
    deleted = PersonDeleted

    person_id: int
    first_name: str | None
    last_name: str | None

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """Let somebody become known; what is left out of the name, the emails and the phones is derived."""
        facts = {"emails": [], "phones": [], "label_ids": [], **facts}
        return super().add(number, **{**facts, **named(facts), **reached(facts)})

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Correct what is known, the owner excepted; the parts of a name that are left out are derived."""
        self.check_present()
        wanted = {**wanted, **reached(wanted)}
        if not self.differing(wanted).keys().isdisjoint(NAMES):
            kept = {} if "name" in wanted else {"first_name": self.first_name, "last_name": self.last_name}
            wanted |= named(kept | wanted)
        super().edit(wanted)


NAMES = ("name", "first_name", "last_name")


def named(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The whole name and its two parts, what is not told derived from what is.

    The last word of a whole name is the last name. Raises `Refusal` where there is no name at all.
    """
    name, first, last = (facts.get(part) or None for part in NAMES)
    if name is None:
        name = " ".join(part for part in (first, last) if part)
    if not (words := name.split()):
        raise Refusal("a person must have a name")
    if first is None and last is None:
        *given, family = words
        first, last = (" ".join(given), family) if given else (family, None)
    elif first is not None and last is None:
        last = name.partition(first)[2].strip() or None
    elif first is None and last is not None:
        first = name.rpartition(last)[0].strip() or None
    return {"name": name, "first_name": first, "last_name": last}


def reached(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The emails and phones among the facts, with one primary of each and every label told."""
    return {ways: _labelled(with_one_primary(facts[ways])) for ways in ("emails", "phones") if ways in facts}


def _labelled(ways: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"value": way["value"], "primary": way["primary"], "label": way.get("label") or "work"} for way in ways]
