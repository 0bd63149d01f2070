"""Persons in version 1 of the wire (version 1's reference 5)."""

from __future__ import annotations

import orjson
from marshmallow import Schema, fields

from projections.contact_counts import of_persons
from projections.engine.rows import Row
from service.http.fields import Flag, Text
from service.http.loose_fields import EmailOrNone, Loose, PhoneOrNone, Ways
from service.http.v1_forms import contact_fields as contacts
from service.http.v1_forms.forms import TEXT_OR_NULL, form_of, older
from service.http.v1_forms.references import NAMES, WAYS, as_object, referring, ways
from service.http.v2 import persons as v2
from service.http.wire_fields import WireField


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
        "id company_id",
        as_object(older(v2.PERSON, "owner_id", is_filter=False)),
        as_object(older(v2.PERSON, "org_id")),
        "name first_name last_name active_flag",
        WireField("phone", Ways(fields.Nested(PhoneWay), PhoneOrNone()), WAYS, source="phones", convert=ways),
        WireField("email", Ways(fields.Nested(EmailWay), EmailOrNone()), WAYS, source="emails", convert=ways),
        WireField("primary_email", shows=TEXT_OR_NULL, source=_primary_email),
        "first_char add_time update_time delete_time visible_to picture_id label label_ids",
        *contacts.ALWAYS,
        "participant_open_deals_count participant_closed_deals_count",
        "last_incoming_mail_time last_outgoing_mail_time marketing_status",
        "org_name owner_name cc_email",
    ),
    (*NAMES, *contacts.FIELDS),
    **referring("owner_id", "organization_id", complete=contacts.counting("person_id", of_persons)),
    body=PersonBody,
)

contacts.serve_contacts(PERSON, v2.PERSON, delete_many="Take persons off the list of contacts.")
