"""The register of kinds of things: what those parts of the service know of each that treat several kinds alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table

from aggregates.activity import ActivityEvent
from aggregates.activity_type import ActivityTypeEvent
from aggregates.deal import DealEvent
from aggregates.event import EVENTS, Event
from aggregates.follower import FollowerEvent
from aggregates.identity import stream_id
from aggregates.lead import LeadEvent
from aggregates.lead_label import LeadLabelEvent
from aggregates.lead_source import LeadSourceEvent
from aggregates.note import NoteEvent
from aggregates.organization import OrganizationEvent
from aggregates.person import PersonEvent
from aggregates.pipeline import PipelineEvent
from aggregates.signal import SignalRecorded
from aggregates.stage import StageEvent
from aggregates.user import UserEvent
from projections.activities import ACTIVITIES
from projections.activity_types import ACTIVITY_TYPES
from projections.deals import DEALS
from projections.engine.rows import Row
from projections.engine.tables import key_columns
from projections.followers import FOLLOWERS
from projections.lead_labels import LEAD_LABELS
from projections.lead_sources import ADDED_LEAD_SOURCES
from projections.leads import LEADS
from projections.notes import NOTES
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.pipelines import PIPELINES
from projections.places import CONVERTED, PRESENT_DEALS, PRESENT_LEADS, REVERTED
from projections.signals import SIGNALS
from projections.stages import STAGES
from projections.users import USERS


@dataclass(frozen=True)
class Kind:
    """One kind of thing.

    ``title`` is the column with what people call one. The field ``<name>_id`` holds the id of one, in events as in
    rows, and so do those in ``also_named_by``. ``linked_to`` are the columns that say which opportunity and contacts
    one belongs to. A kind that ``is_subject`` has timelines and is compared between positions; one that
    ``is_about_people`` can be erased, and is with whomever it tells of. A thing is there while its row has one of
    ``places`` or, without places, until it is deleted; ``other_form`` is the place of a lead or a deal that is the
    other at present.
    """

    name: str
    table: Table
    events: type[Event]
    title: str | None = None
    also_named_by: Collection[str] = ()
    linked_to: Collection[str] = ()
    is_subject: bool = False
    is_about_people: bool = False
    places: Collection[str] = ()
    other_form: str | None = None

    @cached_property
    def key(self) -> Column[Any]:
        """The column of their ids."""
        (column,) = key_columns(self.table)
        return column

    def has(self, row: Row) -> bool:
        """Whether a row is of a thing that is there."""
        return row["place"] in self.places if self.places else not row["is_deleted"]

    def stream_of(self, key: int | str) -> UUID:
        """The stream of the thing with that id: a UUID is itself that of its stream."""
        return stream_id(self.name, key) if isinstance(key, int) else UUID(key)


_ABOUT: dict[str, Any] = {"linked_to": ("opportunity_id", "person_id", "organization_id"), "is_about_people": True}
_LEAD: dict[str, Any] = {**_ABOUT, "is_subject": True, "places": PRESENT_LEADS, "other_form": CONVERTED}
_DEAL: dict[str, Any] = {**_ABOUT, "is_subject": True, "places": PRESENT_DEALS, "other_form": REVERTED}

_ALL = (
    Kind("lead", LEADS, LeadEvent, "title", **_LEAD),
    Kind("deal", DEALS, DealEvent, "title", **_DEAL),
    Kind("person", PERSONS, PersonEvent, "name", is_subject=True, is_about_people=True),
    Kind("organization", ORGANIZATIONS, OrganizationEvent, "name", is_subject=True, is_about_people=True),
    Kind("note", NOTES, NoteEvent, **_ABOUT),
    Kind("activity", ACTIVITIES, ActivityEvent, "subject", **_ABOUT),
    Kind("signal", SIGNALS, SignalRecorded, linked_to=("opportunity_id",), is_about_people=True),
    Kind("follower", FOLLOWERS, FollowerEvent, linked_to=_ABOUT["linked_to"]),
    Kind("user", USERS, UserEvent, "name", also_named_by=("owner_id", "author_id"), is_about_people=True),
    Kind("pipeline", PIPELINES, PipelineEvent, "name"),
    Kind("stage", STAGES, StageEvent, "name"),
    Kind("activity_type", ACTIVITY_TYPES, ActivityTypeEvent, "name"),
    Kind("lead_label", LEAD_LABELS, LeadLabelEvent, "name"),
    Kind("lead_source", ADDED_LEAD_SOURCES, LeadSourceEvent, "name"),
)

KINDS = {kind.name: kind for kind in _ALL}
"""Every kind by its name."""

SUBJECTS = {name: kind for name, kind in KINDS.items() if kind.is_subject}
"""Those that have timelines."""

NAMED_BY = {field: kind for kind in _ALL for field in (f"{kind.name}_id", *kind.also_named_by)}
"""Of what kind a thing is whose id a field holds."""

KIND_OF = {name: kind for name, event in EVENTS.items() for kind in _ALL if issubclass(event, kind.events)}
"""To what kind of thing an event happens, by the event's name; policies and reviews of the inbox are of none."""
