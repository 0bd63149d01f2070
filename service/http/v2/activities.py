"""Activities flow in and out here as version 2 of the wire has them (wire reference 7.1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from projections.activities import ACTIVITIES, activities
from projections.engine.rows import Row, find
from service.commands import activities as commands
from service.http.answers import Deleted
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import (
    Email,
    Flag,
    Html,
    Id,
    IncludedFields,
    LongText,
    QueryFlag,
    QueryId,
    Refused,
    Text,
    in_order,
)
from service.http.links import LinkQuery, Links, only
from service.http.pipedrive import v2
from service.http.time_fields import Day, TimeOfDay
from service.http.v2 import lists
from service.http.v2.deletion import readable
from service.http.v2.lists import SORTED_BY, FilteredPage
from service.http.v2.organizations import Address
from service.http.v2.shown_activities import ActivityAnswer, activity_answers

_MISSING = "Activity not found"
_MOST = validate.Length(max=100)
_LONGEST_DESCRIPTION = 20_000


class Participant(Schema):
    """A person who takes part."""

    person_id = Id(required=True)
    primary = Flag()


class Attendee(Schema):
    """Somebody who is invited, known to us or not."""

    email = Email(required=True)
    name = Text(blank=True, allow_none=True)
    status = Text(blank=True, allow_none=True)
    is_organizer = Flag(allow_none=True)
    person_id = Id(allow_none=True)
    user_id = Id(allow_none=True)


@in_order(
    "subject",
    "type",
    "owner_id",
    "deal_id",
    "lead_id",
    "organization_id",
    "due_date",
    "due_time",
    "duration",
    "busy",
    "is_done",
    "location",
    "participants",
    "public_description",
    "priority",
    "note",
    "attendees",
    "project_id",
    "person_id",
)
class ActivityFacts(Links):
    """What a client may say of an activity, and may leave out."""

    subject = Text()
    type = Text()
    owner_id = Id()
    person_id = Refused("it is the primary one of the participants; send participants instead")
    due_date = Day(allow_none=True)
    due_time = TimeOfDay(allow_none=True)
    duration = TimeOfDay(allow_none=True)
    busy = Flag()
    is_done = Flag(data_key="done")
    location = fields.Nested(Address, allow_none=True)
    participants = fields.List(fields.Nested(Participant), validate=_MOST)
    attendees = fields.List(fields.Nested(Attendee), validate=_MOST)
    public_description = LongText(_LONGEST_DESCRIPTION, blank=True, allow_none=True)
    priority = Id(allow_none=True)
    note = Html(blank=True, allow_none=True)


@in_order(
    "subject",
    "type",
    "owner_id",
    "deal_id",
    "lead_id",
    "organization_id",
    "due_date",
    "due_time",
    "duration",
    "busy",
    "is_done",
    "location",
    "participants",
    "public_description",
    "priority",
    "note",
    "attendees",
    "project_id",
    "person_id",
)
class NewActivity(ActivityFacts):
    """An activity as a client adds it."""


class ActivityQuery(Schema):
    """What to show of an activity."""

    include_fields = IncludedFields("attendees")


class ActivitiesQuery(ActivityQuery, LinkQuery, FilteredPage):
    """Which activities, in which order."""

    owner_id = QueryId()
    done = QueryFlag()
    sort_by = fields.String(load_default="id", validate=validate.OneOf([*SORTED_BY, "due_date"]))


@v2.route("GET", "/activities", query=ActivitiesQuery, answer=ActivityAnswer, many=True, has_past=True)
def get_activities(call: Call) -> Answer:
    """Activities that are not deleted, done or not."""
    query = call.query
    named = {"owner_id": "owner_id", "done": "is_done"}
    wanted = [(column, query[name]) for name, column in named.items() if name in query]
    with call.reading() as reading:
        part = lists.part(query, ACTIVITIES.c.activity_id, [*wanted, *only(reading, query)])
        page = lists.page(activities(reading, part), query, "activity_id", dict)
        return Answer(activity_answers(reading, page.data, call), page.beside)


@v2.route(
    "GET", "/activities/<id:activity_id>", query=ActivityQuery, missing=_MISSING, answer=ActivityAnswer, has_past=True
)
def get_activity(call: Call, activity_id: int) -> Any:
    """One activity; a deleted one for a while, too."""
    with call.reading() as reading:
        row = find(reading, ACTIVITIES, activity_id)
    return _shown(call, readable(row, call.now))


@v2.route("POST", "/activities", body=NewActivity, answer=ActivityAnswer)
def add_activity(call: Call) -> Any:
    """Plan something, about a lead, a deal, persons, an organization, or nothing of all that."""
    return _shown(call, call.execute(partial(commands.add, facts=call.body)))


@v2.route("PATCH", "/activities/<id:activity_id>", body=ActivityFacts, missing=_MISSING, answer=ActivityAnswer)
def update_activity(call: Call, activity_id: int) -> Any:
    """Plan an activity otherwise, hand it over, mark it as done or as still to be done."""
    return _shown(call, call.execute(partial(commands.edit, activity_id=activity_id, facts=call.body)))


@v2.route("DELETE", "/activities/<id:activity_id>", missing=_MISSING, answer=Deleted)
def delete_activity(call: Call, activity_id: int) -> Any:
    """Throw an activity away."""
    call.execute(partial(commands.delete, activity_id=activity_id))
    return {"id": activity_id}


def _shown(call: Call, row: Row) -> dict[str, Any]:
    with call.reading() as reading:
        return activity_answers(reading, [row], call)[0]
