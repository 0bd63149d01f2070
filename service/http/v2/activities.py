"""Activities in version 2 of the wire (wire reference 7.1)."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from projections.activities import ACTIVITIES, activities
from service.commands import activities as commands
from service.http import links
from service.http.fields import Email, Flag, Html, Id, LongText, QueryFlag, Refused, Text
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import v2
from service.http.resource import Resource
from service.http.time_fields import Day, Moment, TimeOfDay
from service.http.v2 import usual_fields as usual
from service.http.v2.lists import FilteredPage, serve_list
from service.http.v2.organizations import Address
from service.http.wire_fields import WireField, always_null

_MOST = validate.Length(max=100)
_LONGEST_DESCRIPTION = 20_000
_GIVEN_PERSON = Refused("it is the primary one of the participants; send participants instead")


class Participant(Schema):
    """A person who takes part."""

    person_id = Id(required=True)
    primary = Flag()


class ParticipantAnswer(Schema):
    """A person who takes part."""

    person_id = fields.Integer(required=True)
    primary = Flag(required=True)


class Attendee(Schema):
    """Somebody who is invited, known to us or not."""

    email = Email(required=True)
    name = Text(blank=True, allow_none=True)
    status = Text(blank=True, allow_none=True)
    is_organizer = Flag(allow_none=True)
    person_id = Id(allow_none=True)
    user_id = Id(allow_none=True)


class AttendeeAnswer(Schema):
    """Somebody who is invited."""

    email = fields.String(required=True)
    name = fields.String(allow_none=True)
    status = fields.String(allow_none=True)
    is_organizer = Flag(allow_none=True)
    person_id = fields.Integer(allow_none=True)
    user_id = fields.Integer(allow_none=True)


class ActivitiesQuery(links.LinkQuery, FilteredPage):
    """Which activities, in which order."""


ACTIVITY = Resource(
    __name__,
    v2,
    noun="an activity",
    plural="activities",
    missing="Activity not found",
    table=ACTIVITIES,
    wire_fields=(
        usual.id_of("activity_id"),
        WireField("subject", Text()),
        WireField("type", Text()),
        usual.OWNER_ID,
        WireField("creator_user_id", shows=fields.Integer(allow_none=True), source="creator_id"),
        usual.IS_DELETED,
        usual.ADD_TIME,
        usual.UPDATE_TIME,
        links.DEAL_ID,
        links.LEAD_ID,
        WireField("person_id", _GIVEN_PERSON, fields.Integer(allow_none=True)),
        links.ORG_ID,
        WireField("due_date", Day(allow_none=True), sorts="due"),
        WireField("due_time", TimeOfDay(allow_none=True), fields.String(allow_none=True)),
        WireField("duration", TimeOfDay(allow_none=True), fields.String(allow_none=True)),
        WireField("busy", Flag()),
        WireField("done", Flag(), source="is_done", filters=QueryFlag()),
        WireField("marked_as_done_time", shows=Moment(allow_none=True), source="done_time"),
        WireField("location", fields.Nested(Address, allow_none=True)),
        WireField(
            "participants",
            fields.List(fields.Nested(Participant), validate=_MOST),
            fields.List(fields.Nested(ParticipantAnswer)),
        ),
        WireField("public_description", LongText(_LONGEST_DESCRIPTION, blank=True, allow_none=True)),
        WireField("priority", Id(allow_none=True)),
        WireField("note", Html(blank=True, allow_none=True)),
        links.PROJECT_ID,
        always_null("conference_meeting_client", fields.String),
        always_null("conference_meeting_url", fields.String),
        always_null("conference_meeting_id", fields.String),
        WireField(
            "attendees",
            fields.List(fields.Nested(Attendee), validate=_MOST),
            fields.List(fields.Nested(AttendeeAnswer)),
            on_request="attendees",
        ),
    ),
    complete=links.with_forms,
    needs=links.NEEDS,
    body=links.LinkedBody,
    remark=f"; {links.REMARK}",
)

serve_list(ACTIVITY, "Activities that are not deleted, done or not.", activities, ActivitiesQuery, links.only)
serve_get(ACTIVITY, "One activity; a deleted one for a while, too.")
serve_add(
    ACTIVITY, "Plan something, about a lead, a deal, persons, an organization, or nothing of all that.", commands.add
)
serve_update(
    ACTIVITY, "Plan an activity otherwise, hand it over, mark it as done or as still to be done.", commands.edit
)
serve_delete(ACTIVITY, "Throw an activity away.", commands.delete)
