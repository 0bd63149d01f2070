"""Events about activities flow in; what is to be done and what was done flows out, by any of its links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, ScalarSelect, select

from aggregates.activity import (
    ActivityAdded,
    ActivityAssigned,
    ActivityDeleted,
    ActivityDone,
    ActivityEdited,
    ActivityEvent,
    ActivityReopened,
)
from aggregates.event import Event
from projections.engine.erasing import PERSONAL_LIST, PERSONAL_OBJECT, PERSONAL_TEXT
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Word, holding, present_index, table_with_past

ACTIVITIES = table_with_past(
    "activities",
    Column("activity_id", Number, primary_key=True, autoincrement=False),
    Column("opportunity_id", Word),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("owner_id", Number, nullable=False),
    Column("creator_id", Number),
    Column("subject", Word, nullable=False, info=PERSONAL_TEXT),
    Column("type", Word, nullable=False),
    Column("due", Word, nullable=False),
    Column("due_date", Word),
    Column("due_time", Word),
    Column("duration", Word),
    Column("busy", Boolean, nullable=False),
    Column("note", Word, info=PERSONAL_TEXT),
    Column("public_description", Word, info=PERSONAL_TEXT),
    Column("location", Word, nullable=False, info=PERSONAL_OBJECT),
    Column("participants", Word, nullable=False),
    Column("attendees", Word, nullable=False, info=PERSONAL_LIST),
    Column("priority", Number),
    Column("is_done", Boolean, nullable=False),
    Column("done_time", Word, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("add_time", Word, nullable=False),
    Column("update_time", Word, nullable=False),
    indexes=[
        present_index("activities_by_id", "activity_id"),
        present_index("activities_by_due", "due", "activity_id"),
        present_index("activities_by_add_time", "add_time", "activity_id"),
        present_index("activities_by_update_time", "update_time", "activity_id"),
        present_index("activities_by_done", "is_done", "activity_id"),
        present_index("activities_by_done_and_due", "is_done", "due", "activity_id"),
        present_index("activities_by_owner", "owner_id", "activity_id"),
        present_index("activities_by_opportunity", "opportunity_id", "is_done", "due", "activity_id"),
        present_index("activities_by_person", "person_id", "is_done", "due", "activity_id"),
        present_index("activities_by_organization", "organization_id", "is_done", "due", "activity_id"),
    ],
    key=("activity_id",),
)
"""Every activity there ever was. ``person_id`` is its primary participant; ``due`` is what it is ordered by, see
`due`; ``done_time`` is "" while it is not done; ``location``, ``participants`` and ``attendees`` are JSON."""

_TOLD_AS_STORED = (
    "opportunity_id",
    "organization_id",
    "owner_id",
    "subject",
    "type",
    "due_date",
    "due_time",
    "duration",
    "busy",
    "note",
    "public_description",
    "priority",
)
_TOLD_AS_JSON = ("location", "participants", "attendees")


def due(due_date: str | None, due_time: str | None) -> str:
    """What activities are ordered by: without a time from the beginning of the day, without a date behind all."""
    return f"{due_date or '9999-12-31'}T{due_time or '00:00:00'}"


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about an activity change its row."""
    if isinstance(event, ActivityAdded):
        rows.insert(ACTIVITIES, position, _added(event))
    elif isinstance(event, ActivityEvent) and (before := rows.current(ACTIVITIES, event.activity_id)) is not None:
        columns = _changes(event, before)
        rows.change(ACTIVITIES, position, (event.activity_id,), update_time=event.at, **columns)


def _changes(event: ActivityEvent, before: Row) -> Row:
    match event:
        case ActivityEdited(changes=changes):
            columns = _columns(changes)
            return {**columns, "due": due(*({**before, **columns}[name] for name in ("due_date", "due_time")))}
        case ActivityAssigned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case ActivityDone():
            return {"is_done": True, "done_time": event.at}
        case ActivityReopened():
            return {"is_done": False, "done_time": ""}
        case ActivityDeleted():
            return {"is_deleted": True}
        case _:
            return {}


def _added(event: ActivityAdded) -> Row:
    return {
        **_columns({name: getattr(event, name) for name in (*_TOLD_AS_STORED, *_TOLD_AS_JSON)}),
        "activity_id": event.activity_id,
        "creator_id": event.by,
        "due": due(event.due_date, event.due_time),
        "is_done": False,
        "done_time": "",
        "is_deleted": False,
        "add_time": event.at,
        "update_time": event.at,
    }


def _columns(facts: Mapping[str, Any]) -> Row:
    columns: Row = {name: facts[name] for name in _TOLD_AS_STORED if name in facts}
    columns |= {name: json.dumps(facts[name], ensure_ascii=False) for name in _TOLD_AS_JSON if name in facts}
    if "participants" in facts:
        primary = (participant["person_id"] for participant in facts["participants"] if participant["primary"])
        columns["person_id"] = next(primary, None)
    return columns


PRESENT = (holding(ACTIVITIES), ACTIVITIES.c.is_deleted.is_(False))
"""The activities that are not deleted, as they are now."""


def activities(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all activities that are not deleted, and one more where more follow."""
    return _LISTED.rows(reading, part)


def next_activity(opportunity_id: ColumnElement[Any]) -> ScalarSelect[int]:
    """What is to be done next for the opportunity of each of a query's rows, to sort them by."""
    query = select(ACTIVITIES.c.activity_id).where(ACTIVITIES.c.opportunity_id == opportunity_id, *PRESENT)
    earliest = query.where(ACTIVITIES.c.is_done.is_(False)).order_by(ACTIVITIES.c.due, ACTIVITIES.c.activity_id)
    return earliest.limit(1).scalar_subquery()


def participants_of(row: Row) -> list[int]:
    """The persons who take part in an activity."""
    return [participant["person_id"] for participant in json.loads(row["participants"])]


_LISTED = Listing(select(ACTIVITIES).where(*PRESENT), ACTIVITIES)
