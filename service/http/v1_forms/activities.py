"""Activities in version 1 of the wire (version 1's reference 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import eq, ge, le
from typing import Any

import orjson
from marshmallow import ValidationError, fields, post_load, validate

from projections.activity_types import type_names
from projections.engine.rows import Row
from service.clock import EXAMPLE, parsed
from service.http import links
from service.http.call import Call
from service.http.fields import Email, Flag, Id, Listed, Offset, Refused, Text
from service.http.loose_fields import Loose
from service.http.representation import Representation
from service.http.time_fields import Day
from service.http.v1_forms.addresses import address_fields, with_address
from service.http.v1_forms.forms import TEXT_OR_NULL, Body, form_of, older, serve_as
from service.http.v1_forms.offset_lists import Compared
from service.http.v1_forms.references import NAMES, as_number, referring
from service.http.v2.activities import ACTIVITY as V2
from service.http.wire_fields import Constant, WireField, all_null, always_null, schema, shown, taken

_MOST = validate.Length(max=100)
_EVERYBODY = 0
_ID_OR_NULL = Loose(Id(allow_none=True))

_PARTICIPANT = (
    WireField("person_id", Loose(Id()), fields.Integer(), needed=True),
    WireField("primary_flag", Loose(Flag()), Flag(), source="primary"),
)
_ATTENDEE = (
    WireField("email_address", Email(), fields.String(), source="email", needed=True),
    WireField("name", Text(blank=True, allow_none=True)),
    WireField("status", Text(blank=True, allow_none=True)),
    WireField("is_organizer", Loose(Flag(allow_none=True)), fields.Integer(allow_none=True), convert=int),
    *(WireField(name, _ID_OR_NULL, fields.Integer(allow_none=True)) for name in ("person_id", "user_id")),
)


def _each(name: str, singular: str, says: str, told: Sequence[WireField]) -> WireField:
    """People of an activity, told each by these fields; a column has them as JSON, and null is shown for nobody."""
    taken_as = schema(singular, __name__, f"{says}.", taken(told, "new"))
    shown_as = schema(f"{singular}Answer", __name__, f"{says}.", shown(told))
    nothing, representation = dict.fromkeys(field.column for field in told), Representation(told)

    def people(stored: str) -> list[dict[str, Any]] | None:
        return representation.show([nothing | each for each in orjson.loads(stored)], {}) or None

    takes = fields.List(fields.Nested(taken_as), validate=_MOST)
    return WireField(name, takes, fields.List(fields.Nested(shown_as), allow_none=True), convert=people)


class ActivityBody(links.LinkedBody, Body):
    """What commands know in other words."""

    @post_load
    def in_our_words(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with the location in one; who is the only person is the only one to take part."""
        facts = with_address(facts, "location")
        person_id = facts.pop("person_id", _EVERYBODY)
        if person_id != _EVERYBODY and "participants" not in facts:
            facts["participants"] = [] if person_id is None else [{"person_id": person_id, "primary": True}]
        return facts


class DayOfTime(Day):
    """A date, or a time of which the day counts."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        day = super()._deserialize(value[: len("2026-12-31")], attr, data, **options)
        try:
            if value != day:
                parsed(value)
        except ValueError:
            raise ValidationError(f"it must be a date, or a time such as {EXAMPLE}") from None
        return day


class ActivitiesQuery(Offset):
    """Which activities: the caller's, unless it says whose, and 0 is everybody."""

    filter_id = Refused("there are no filters yet")
    user_id = fields.Integer(validate=validate.Range(min=_EVERYBODY, max=2**53 - 1))
    start_date = DayOfTime()
    end_date = DayOfTime()


def _narrow(call: Call) -> Sequence[Compared]:
    query = call.query
    owner_id = query.get("user_id", call.user.user_id)
    compared: list[Compared] = [] if owner_id == _EVERYBODY else [("owner_id", eq, owner_id)]
    bounds = (("start_date", ge), ("end_date", le))
    return [*compared, *(("due_date", compare, query[name]) for name, compare in bounds if name in query)]


def _completed(call: Call, rows: list[Row]) -> list[Row]:
    with call.reading() as reading:
        types = type_names(reading)
    rows = links.with_forms(call, rows)
    for row in rows:
        row["type_name"] = types.get(row["type"], row["type"])
    return rows


def _minutes(name: str) -> WireField:
    """A time of day, without its seconds; empty where there is none."""
    return replace(
        older(V2, name), shows=fields.String(), source=lambda row: (row[name] or "")[:5], sorts="", fact=name
    )


ACTIVITY = form_of(
    V2,
    __name__,
    (
        "id company_id",
        as_number(older(V2, "owner_id", "user_id", is_filter=False)),
        as_number(WireField("assigned_to_user_id", shows=fields.Integer(), source="owner_id")),
        as_number(older(V2, "creator_user_id", "created_by_user_id")),
        "done subject",
        replace(older(V2, "type"), filters=Listed(Text())),
        WireField("type_name", shows=fields.String()),
        "due_date",
        _minutes("due_time"),
        _minutes("duration"),
        older(V2, "busy", "busy_flag"),
        "add_time update_time",
        replace(older(V2, "marked_as_done_time"), shows=fields.String(), sorts=""),
        "active_flag",
        as_number(older(V2, "deal_id")),
        "lead_id",
        as_number(WireField("person_id", _ID_OR_NULL, fields.Integer(allow_none=True))),
        as_number(older(V2, "org_id")),
        "project_id deal_title person_name org_name owner_name",
        WireField("lead_title", shows=TEXT_OR_NULL, source=lambda row: row["lead_id"] and row["title"]),
        always_null("project_title", fields.String),
        "note public_description",
        *address_fields("location"),
        _each("participants", "Participant", "A person who takes part", _PARTICIPANT),
        _each("attendees", "Attendee", "Somebody who is invited, known to us or not", _ATTENDEE),
        "conference_meeting_client conference_meeting_url conference_meeting_id",
        *all_null("person_dropbox_bcc deal_dropbox_bcc lead reference_type last_notification_time", fields.String),
        *all_null("calendar_sync_include_context source_timezone rec_rule rec_rule_extension", fields.String),
        *all_null("original_start_time series file", fields.String),
        *all_null("update_user_id reference_id last_notification_user_id notification_language_id", fields.Integer),
        always_null("rec_master_activity_id", fields.Integer),
        always_null("is_recurring", Flag),
        WireField("private", shows=Flag(), source=Constant(False)),
    ),
    NAMES,
    **referring(
        *("owner_id", "creator_id", "deal_id", "person_id", "organization_id"),
        complete=_completed,
        needs=(*V2.needs, "type"),
        brought="deal_id",
    ),
    body=ActivityBody,
)

serve_as(
    ACTIVITY,
    V2,
    ActivitiesQuery,
    _narrow,
    status=201,
    list="The caller's activities, or somebody else's, done or not.",
    add="Plan something.",
    update="Plan an activity otherwise, hand it over, mark it as done.",
    delete_many="Throw activities away.",
)
