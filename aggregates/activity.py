"""What is to be done for an opportunity or a contact: calls, meetings, deadlines, until they are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Gone


class ActivityEvent(Event, abstract=True):
    """Something that happened to one activity."""

    activity_id: int


class ActivityAdded(ActivityEvent, personal=("subject", "note", "public_description", "location", "attendees")):
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

    def apply(self, activity: Activity) -> None:
        activity.activity_id = self.activity_id
        activity.subject = self.subject
        activity.type = self.type
        activity.owner_id = self.owner_id
        activity.opportunity_id = self.opportunity_id
        activity.organization_id = self.organization_id
        activity.due_date = self.due_date
        activity.due_time = self.due_time
        activity.duration = self.duration
        activity.busy = self.busy
        activity.note = self.note
        activity.public_description = self.public_description
        activity.location = self.location
        activity.participants = self.participants
        activity.attendees = self.attendees
        activity.priority = self.priority


class ActivityEdited(
    ActivityEvent,
    personal=(
        "changes.subject",
        "changes.note",
        "changes.public_description",
        "changes.location",
        "changes.attendees",
    ),
):
    """Somebody planned it otherwise, or hung it on something else; only what changed is told."""

    changes: dict[str, Any]

    def apply(self, activity: Activity) -> None:
        for name, value in self.changes.items():
            setattr(activity, name, value)


class ActivityAssigned(ActivityEvent):
    """The activity was handed to another owner."""

    owner_id: int

    def apply(self, activity: Activity) -> None:
        activity.owner_id = self.owner_id


class ActivityDone(ActivityEvent):
    """What was to be done is done."""

    def apply(self, activity: Activity) -> None:
        activity.is_done = True


class ActivityReopened(ActivityEvent):
    """What had been marked as done is still to be done."""

    def apply(self, activity: Activity) -> None:
        activity.is_done = False


class ActivityDeleted(ActivityEvent):
    """The activity was thrown away."""

    def apply(self, activity: Activity) -> None:
        activity.is_deleted = True


class Activity(Numbered):
    """Something to do; it goes along with its opportunity through any change of form."""

    kind = "activity"
    created = ActivityAdded

    activity_id: int
    subject: str
    type: str
    owner_id: int
    opportunity_id: str | None
    organization_id: int | None
    due_date: str | None
    due_time: str | None
    duration: str | None
    busy: bool
    note: str | None
    public_description: str | None
    location: dict[str, Any] | None
    participants: list[dict[str, Any]]
    attendees: list[dict[str, Any]]
    priority: int | None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_done = False
        self.is_deleted = False

    @classmethod
    def add(cls, activity_id: int, **facts: Any) -> Activity:
        """Plan something; of the participants one is the primary one, the first unless another claims it."""
        activity = cls.numbered(activity_id)
        activity.record(ActivityAdded, **_led({"participants": [], "attendees": [], **facts}))
        return activity

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Plan it otherwise (all but owner and done); nothing is told where nothing would change."""
        self.check_present()
        if changes := self.differing(_led(wanted)):
            self.record(ActivityEdited, changes=changes)

    def assign(self, owner_id: int) -> None:
        """Hand the activity to an owner."""
        self.check_present()
        if owner_id != self.owner_id:
            self.record(ActivityAssigned, owner_id=owner_id)

    def mark(self, is_done: bool) -> None:
        """Note that it is done, or that it is not after all."""
        self.check_present()
        if is_done != self.is_done:
            self.record(ActivityDone if is_done else ActivityReopened)

    def delete(self) -> None:
        """Throw the activity away."""
        self.check_present()
        self.record(ActivityDeleted)

    def check_present(self) -> None:
        """Raise `Gone` where the activity was deleted."""
        if self.is_deleted:
            raise Gone("the activity was deleted")


def _led(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, with one primary participant where participants are among them."""
    led = dict(facts)
    if "participants" in facts:
        led["participants"] = with_one_primary(facts["participants"])
    return led


def with_one_primary(participants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Everybody once; the first who claims to be primary is, and the very first where nobody does."""
    claims: dict[int, bool] = {}
    for participant in participants:
        person_id = participant["person_id"]
        claims[person_id] = claims.get(person_id, False) or bool(participant.get("primary"))
    primary = next((person_id for person_id, claimed in claims.items() if claimed), next(iter(claims), None))
    return [{"person_id": person_id, "primary": person_id == primary} for person_id in claims]
