"""Rows of activities flow through here into what version 2 of the wire shows (wire reference 7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.opportunities import Form, forms_of
from service.http.call import Call
from service.http.fields import Flag, in_order
from service.http.harmless import as_harmless_html
from service.http.json import raw
from service.http.time_fields import Day, Moment
from service.http.times import whole_seconds
from service.http.v2.organizations import Address

_NONE_YET = ("project_id", "conference_meeting_client", "conference_meeting_url", "conference_meeting_id")


class ParticipantAnswer(Schema):
    """A person who takes part."""

    person_id = fields.Integer(required=True)
    primary = Flag(required=True)


class AttendeeAnswer(Schema):
    """Somebody who is invited."""

    email = fields.String(required=True)
    name = fields.String(allow_none=True)
    status = fields.String(allow_none=True)
    is_organizer = Flag(allow_none=True)
    person_id = fields.Integer(allow_none=True)
    user_id = fields.Integer(allow_none=True)


@in_order(
    "id",
    "subject",
    "type",
    "owner_id",
    "creator_user_id",
    "is_deleted",
    "add_time",
    "update_time",
    "deal_id",
    "lead_id",
    "person_id",
    "org_id",
    "due_date",
    "due_time",
    "duration",
    "busy",
    "done",
    "marked_as_done_time",
    "location",
    "participants",
    "public_description",
    "priority",
    "note",
    "project_id",
    "conference_meeting_client",
    "conference_meeting_url",
    "conference_meeting_id",
    "attendees",
)
class ActivityAnswer(Schema):
    """An activity as version 2 shows it; it hangs on a lead or a deal according to the form its opportunity has now."""

    id = fields.Integer(required=True)
    subject = fields.String(required=True)
    type = fields.String(required=True)
    owner_id = fields.Integer(required=True)
    creator_user_id = fields.Integer(required=True, allow_none=True)
    is_deleted = Flag(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)
    deal_id = fields.Integer(required=True, allow_none=True)
    lead_id = fields.UUID(required=True, allow_none=True)
    person_id = fields.Integer(required=True, allow_none=True)
    org_id = fields.Integer(required=True, allow_none=True)
    project_id = fields.Integer(required=True, allow_none=True)
    due_date = Day(required=True, allow_none=True)
    due_time = fields.String(required=True, allow_none=True)
    duration = fields.String(required=True, allow_none=True)
    busy = Flag(required=True)
    done = Flag(required=True)
    marked_as_done_time = Moment(required=True, allow_none=True)
    location = fields.Nested(Address, required=True, allow_none=True)
    participants = fields.List(fields.Nested(ParticipantAnswer), required=True)
    attendees = fields.List(fields.Nested(AttendeeAnswer))
    conference_meeting_client = fields.String(required=True, allow_none=True)
    conference_meeting_url = fields.String(required=True, allow_none=True)
    conference_meeting_id = fields.String(required=True, allow_none=True)
    public_description = fields.String(required=True, allow_none=True)
    priority = fields.Integer(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


def activity_answers(reading: Reading, rows: Sequence[Row], call: Call) -> list[dict[str, Any]]:
    """Activities as version 2 shows them, their opportunities' forms looked up for all of them at once."""
    forms = forms_of(reading, (row["opportunity_id"] for row in rows))
    included = call.query.get("include_fields", ())
    return [_activity(row, forms[row["opportunity_id"]]) | {name: raw(row[name]) for name in included} for row in rows]


def _activity(row: Row, form: Form) -> dict[str, Any]:
    return {
        "id": row["activity_id"],
        "subject": row["subject"],
        "type": row["type"],
        "owner_id": row["owner_id"],
        "creator_user_id": row["creator_id"],
        "is_deleted": bool(row["is_deleted"]),
        "add_time": whole_seconds(row["add_time"]),
        "update_time": whole_seconds(row["update_time"]),
        "deal_id": form.deal_id,
        "lead_id": form.lead_id,
        "person_id": row["person_id"],
        "org_id": row["organization_id"],
        "due_date": row["due_date"],
        "due_time": row["due_time"],
        "duration": row["duration"],
        "busy": bool(row["busy"]),
        "done": bool(row["is_done"]),
        "marked_as_done_time": whole_seconds(row["done_time"]),
        "location": raw(row["location"]),
        "participants": raw(row["participants"]),
        "public_description": row["public_description"],
        "priority": row["priority"],
        "note": None if row["note"] is None else as_harmless_html(row["note"]),
        **dict.fromkeys(_NONE_YET),
    }
