"""Persons in version 1 of the wire (version 1's reference 5)."""

from __future__ import annotations

import orjson
from marshmallow import Schema, fields

from projections.contact_counts import of_persons
from projections.engine.rows import Row
from projections.persons import persons
from service.commands import persons as commands
from service.http.fields import Flag, Text
from service.http.loose_fields import EmailOrNone, Loose, PhoneOrNone, Ways
from service.http.permitted_users import serve_permitted_users
from service.http.v1.bulk_deletes import serve_bulk_delete
from service.http.v1_forms import contact_fields as contacts
from service.http.v1_forms.forms import ACTIVE_FLAG, COMPANY_ID, cc_email, form_of, older, serve_as, serve_search_as
from service.http.v1_forms.offset_lists import plain, serve_offset_list
from service.http.v1_forms.references import WayAnswer, as_object, name_of, related_objects, ways
from service.http.v2 import persons as v2
from service.http.wire_fields import WireField

_REFERS = {"owner_id": "user", "organization_id": "organization"}
_WAYS = fields.List(fields.Nested(WayAnswer))


class Way(Schema):
    """One way to reach a person."""

    primary = Loose(Flag())
    label = Text(blank=True, allow_none=True)


class EmailWay(Way):
    """An address to write to; an empty one is none."""

    value = EmailOrNone(required=True)


class PhoneWay(Way):
    """A number to call; an empty one is none."""

    value = PhoneOrNone(required=True)


class PersonBody(contacts.ContactBody, v2.PersonBody):
    """What commands know in other words, and what is not taken of a person."""


def _primary_email(row: Row) -> str | None:
    return next((way["value"] for way in orjson.loads(row["emails"]) if way["primary"]), None)


PERSON = form_of(
    v2.PERSON,
    __name__,
    (
        "id",
        COMPANY_ID,
        as_object(older(v2.PERSON, "owner_id", is_filter=False), "user"),
        as_object(older(v2.PERSON, "org_id"), "organization"),
        "name first_name last_name",
        ACTIVE_FLAG,
        WireField("phone", Ways(fields.Nested(PhoneWay), PhoneOrNone()), _WAYS, source="phones", convert=ways),
        WireField("email", Ways(fields.Nested(EmailWay), EmailOrNone()), _WAYS, source="emails", convert=ways),
        WireField("primary_email", shows=fields.String(allow_none=True), source=_primary_email),
        contacts.FIRST_CHAR,
        "add_time update_time",
        contacts.DELETE_TIME,
        "visible_to picture_id",
        contacts.LABEL,
        "label_ids",
        *contacts.ALWAYS,
        "participant_open_deals_count participant_closed_deals_count",
        "last_incoming_mail_time last_outgoing_mail_time marketing_status",
        name_of("org_name", "organization_id"),
        name_of("owner_name", "owner_id"),
        cc_email("person", "person_id"),
    ),
    complete=contacts.counting("person_id", of_persons, _REFERS),
    needs=tuple(_REFERS),
    beside=related_objects(_REFERS),
    body=PersonBody,
)

serve_offset_list(PERSON, "Persons that are not deleted.", plain(persons), contacts.ContactsQuery, contacts.narrow)
serve_search_as(PERSON, v2.FINDING)
serve_as(PERSON, v2.PERSON, 201)
serve_permitted_users(PERSON)
serve_bulk_delete(PERSON, "Take persons off the list of contacts.", commands.delete)
