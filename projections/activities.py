"""The table of activities, how events change it, and how activities are listed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, ScalarSelect, and_, select

from aggregates.activity import ActivityDone, ActivityEvent, ActivityReopened
from projections.engine.erasing import PERSONAL_LINES, PERSONAL_LIST, PERSONAL_OBJECT, PERSONAL_TEXT
from projections.engine.folding import folded
from projections.engine.read_model import Derived, ReadModel, as_json
from projections.engine.tables import (
    LINKED,
    NOT_DELETED,
    Number,
    SortableText,
    ended_by,
    first_index,
    order_indexes,
    present_index,
    record_table,
)
from projections.engine.validity import Validity, holding

ACTIVITIES = record_table(
    "activities",
    Column("activity_id", Number, primary_key=True, autoincrement=False),
    Column("opportunity_id", SortableText),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("owner_id", Number, nullable=False),
    Column("creator_id", Number),
    Column("subject", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("type", SortableText, nullable=False),
    Column("due", SortableText, nullable=False),
    Column("due_date", SortableText),
    Column("due_time", SortableText),
    Column("duration", SortableText),
    Column("busy", Boolean, nullable=False),
    Column("note", SortableText, info=PERSONAL_TEXT),
    Column("public_description", SortableText, info=PERSONAL_TEXT),
    Column("location", SortableText, nullable=False, info=PERSONAL_OBJECT),
    Column("participants", SortableText, nullable=False),
    Column("attendees", SortableText, nullable=False, info=PERSONAL_LIST),
    Column("attendees_folded", SortableText, nullable=False, info=PERSONAL_LINES),
    Column("priority", Number),
    Column("is_done", Boolean, nullable=False),
    Column("done_time", SortableText, nullable=False),
    Column("created_position", Number, nullable=False),
    indexes=[
        *order_indexes("activities_by_id", [], "activity_id", only=NOT_DELETED),
        *order_indexes("activities_by_due", [], "due", "activity_id", only=NOT_DELETED),
        *order_indexes("activities_by_add_time", [], "add_time", "activity_id", only=NOT_DELETED),
        *order_indexes("activities_by_update_time", [], "update_time", "activity_id", only=NOT_DELETED),
        present_index("activities_by_done", "is_done", "activity_id"),
        present_index("activities_by_done_and_due", "is_done", "due", "activity_id"),
        *order_indexes("activities_by_owner", ["owner_id"], "activity_id", only=NOT_DELETED),
        present_index("activities_by_opportunity", "opportunity_id", "is_done", "due", "activity_id"),
        present_index("activities_by_person", "person_id", "is_done", "due", "activity_id"),
        present_index("activities_by_organization", "organization_id", "is_done", "due", "activity_id"),
        first_index("activities_first", "activity_id"),
    ],
    ended=[
        ended_by("activities_ended_by_opportunity", "opportunity_id"),
        ended_by("activities_ended_by_person", "person_id"),
        ended_by("activities_ended_by_organization", "organization_id"),
    ],
    key=("activity_id",),
    restricted=LINKED,
    is_dated_by_events=True,
)
"""Every activity there ever was. ``person_id`` is its primary participant; ``due`` is what it is ordered by, see
`due`; ``done_time`` is "" while it is not done; ``location``, ``participants`` and ``attendees`` are JSON; the
attendees' folded addresses stand on a line each."""


def due(due_date: str | None, due_time: str | None) -> str:
    """What activities are ordered by: without a time from the beginning of the day, without a date behind all."""
    return f"{due_date or '9999-12-31'}T{due_time or '00:00:00'}"


def _primary(participants: Sequence[Mapping[str, Any]]) -> int | None:
    return next((participant["person_id"] for participant in participants if participant["primary"]), None)


def _folded_addresses(attendees: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(folded(attendee.get("email") or "") for attendee in attendees)


READ_MODEL = ReadModel(
    ACTIVITIES,
    ActivityEvent,
    derived={
        "due": Derived(due, "due_date", "due_time"),
        "person_id": Derived(_primary, "participants"),
        "location": Derived(as_json, "location"),
        "participants": Derived(as_json, "participants"),
        "attendees": Derived(as_json, "attendees"),
        "attendees_folded": Derived(_folded_addresses, "attendees"),
    },
    initial={"is_done": False, "done_time": ""},
    effects={
        ActivityDone: lambda event: {"is_done": True, "done_time": event.at},
        ActivityReopened: lambda _: {"is_done": False, "done_time": ""},
    },
)

activities = READ_MODEL.listed


def present(by: ColumnElement[bool] | None = None) -> tuple[Validity, ColumnElement[bool]]:
    """The activities that are not deleted, as they are at the moment; ``by`` is as `holding` has it."""
    is_there = ACTIVITIES.c.is_deleted.is_(False)
    return holding(ACTIVITIES, is_there if by is None else and_(by, is_there)), is_there


def next_activity(opportunity_id: ColumnElement[Any]) -> ScalarSelect[int]:
    """What is to be done next for the opportunity of each of a query's rows, to sort them by."""
    query = select(ACTIVITIES.c.activity_id).where(*present(by=ACTIVITIES.c.opportunity_id == opportunity_id))
    earliest = query.where(ACTIVITIES.c.is_done.is_(False)).order_by(ACTIVITIES.c.due, ACTIVITIES.c.activity_id)
    return earliest.limit(1).scalar_subquery()


def participants_of(participants: str) -> list[int]:
    """The persons who take part in an activity, of the column that tells of them."""
    return [participant["person_id"] for participant in json.loads(participants)]
