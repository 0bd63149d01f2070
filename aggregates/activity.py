"""What is to be done for an opportunity or a contact: calls, meetings, deadlines, until they are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from aggregates.event import Event, personal_changes
from aggregates.primary import with_one_primary
from aggregates.record import Added, Assigned, Deleted, Edited, OwnedRecord


class ActivityEvent(Event, abstract=True):
    """Something that happened to one activity."""

    activity_id: int


class ActivityAdded(Added, ActivityEvent, personal=("subject", "note", "public_description", "location", "attendees")):
    """Somebody planned to do something; it hangs on an opportunity, whatever its form, where it is about one.

    ``type`` is an activity type's key, ``due_date`` an ISO date, ``due_time`` and ``duration`` are ``HH:MM:SS``.
    Each of ``participants`` is ``{"person_id", "primary"}``, and one of them is the primary one; each of
    ``attendees`` is ``{"email", "name", "status", "is_organizer", "person_id", "user_id"}``. ``note`` is what was
    written, in which HTML may stand, and is made harmless where it is shown.
    """

    subject: str
    type: str
    owner_id: int
    opportunity_id: str | None = None
    organization_id: int | None = None
    due_date: str | None = None
    due_time: str | None = None
    duration: str | None = None
    busy: bool = False
    note: str | None = None
    public_description: str | None = None
    location: dict[str, Any] | None = None
    participants: list[dict[str, Any]]
    attendees: list[dict[str, Any]]
    priority: int | None = None


class ActivityEdited(Edited, ActivityEvent, personal=personal_changes(ActivityAdded)):
    """Somebody planned it otherwise, or hung it on something else; only what changed is told."""


class ActivityAssigned(Assigned, ActivityEvent):
    """The activity was handed to another owner."""


class ActivityDone(ActivityEvent):
    """What was to be done is done."""

    def apply(self, activity: Activity) -> None:
        activity.is_done = True


class ActivityReopened(ActivityEvent):
    """What had been marked as done is still to be done."""

    def apply(self, activity: Activity) -> None:
        activity.is_done = False


class ActivityDeleted(Deleted, ActivityEvent):
    """The activity was thrown away."""


class Activity(OwnedRecord):
    """Something to do; it goes along with its opportunity through any change of form."""

    kind = "activity"
    created = ActivityAdded
    edited = ActivityEdited
    assigned = ActivityAssigned
    deleted = ActivityDeleted

    activity_id: int
    subject: str
    type: str
    opportunity_id: str | None
    participants: list[dict[str, Any]]
    attendees: list[dict[str, Any]]

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_done = False

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """Plan something; of the participants one is the primary one, the first unless another claims it."""
        return super().add(number, **_led({"participants": [], "attendees": [], **facts}))

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Plan it otherwise, owner and done excepted; of the participants one stays the primary one."""
        super().edit(_led(wanted))

    def mark(self, is_done: bool) -> None:
        """Note that it is done, or that it is not after all."""
        self.check_present()
        if is_done != self.is_done:
            self.record(ActivityDone if is_done else ActivityReopened)


def _led(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, with one primary participant where participants are among them."""
    led = dict(facts)
    if "participants" in facts:
        led["participants"] = everybody_once(facts["participants"])
    return led


def everybody_once(participants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each person once, and one of them primary; who is named twice claims to be if either entry does."""
    claims: dict[int, bool] = {}
    for participant in participants:
        person_id = participant["person_id"]
        claims[person_id] = claims.get(person_id, False) or bool(participant.get("primary"))
    return with_one_primary([{"person_id": person_id, "primary": claimed} for person_id, claimed in claims.items()])
