"""Persons in version 2 of the wire (wire reference 6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from projections import contact_counts
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.persons import PERSONS, find_persons, persons
from service.commands import persons as commands
from service.http import found_fields
from service.http.answers import Linked
from service.http.errors import Forbidden
from service.http.fields import Id, Page, QueryId, Text
from service.http.followers import serve_followers
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import v2
from service.http.resource import Resource
from service.http.search import Search, SearchedFields
from service.http.v2 import contacts
from service.http.v2 import usual_fields as usual
from service.http.v2.lists import Finding, ListQuery, Shown, serve_list, serve_search
from service.http.ways import MOST_WAYS, EmailWay, PhoneWay
from service.http.wire_fields import Constant, WireField, always_null

_SYNCED = frozenset({"postal_address", "notes", "im", "birthday", "job_title"})
_MARKETING_STATUS = fields.String(validate=validate.OneOf(["no_consent", "unsubscribed", "subscribed", "archived"]))


class PersonBody(Schema):
    """What is not taken of a person."""

    @pre_load
    def check_synced(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Raise `Forbidden` for what only contact sync may tell."""
        if synced := sorted(_SYNCED & facts.keys()):
            raise Forbidden(f"{', '.join(synced)} can only be given while contact sync is on, and it is off")
        return facts


class PersonsQuery(ListQuery):
    """Which persons, in which order."""

    deal_id = QueryId()


class PersonSearch(Search, Page):
    """Which persons to find."""

    searched = SearchedFields("email", "name", "notes", "phone")
    organization_id = QueryId()


PERSON = Resource(
    __name__,
    v2,
    noun="a person",
    plural="persons",
    missing="Person not found",
    table=PERSONS,
    wire_fields=(
        usual.id_of("person_id"),
        WireField("name", Text(), needed=True),
        WireField("first_name", shows=fields.String(allow_none=True)),
        WireField("last_name", shows=fields.String(allow_none=True)),
        usual.OWNER_ID,
        WireField("org_id", Id(allow_none=True), source="organization_id", filters=QueryId()),
        contacts.ADD_TIME,
        usual.UPDATE_TIME,
        WireField("emails", fields.List(fields.Nested(EmailWay), validate=MOST_WAYS)),
        WireField("phones", fields.List(fields.Nested(PhoneWay), validate=MOST_WAYS)),
        usual.IS_DELETED,
        usual.VISIBLE_TO,
        contacts.LABEL_IDS,
        always_null("picture_id", fields.Integer),
        usual.CUSTOM_FIELDS,
        contacts.LABELS,
        *contacts.ON_REQUEST,
        *usual.numbers_on_request(("participant_open_deals_count", "participant_closed_deals_count"), Constant(0)),
        *usual.nothing_on_request("last_incoming_mail_time", "last_outgoing_mail_time"),
        WireField("marketing_status", _MARKETING_STATUS, fields.String(allow_none=True), on_request="marketing_status"),
        *usual.nothing_on_request("doi_status"),
    ),
    complete=contacts.counting("person_id", contact_counts.of_persons),
    body=PersonBody,
)


FOUND = (
    usual.id_of("person_id"),
    found_fields.type_of("person"),
    WireField("name", shows=fields.String()),
    found_fields.ways("phones"),
    found_fields.ways("emails"),
    found_fields.VISIBLE_TO,
    found_fields.OWNER,
    found_fields.linked("organization"),
    found_fields.CUSTOM_FIELDS,
    found_fields.NOTES,
    always_null("picture", partial(fields.Nested, Linked), on_request="person.picture"),
)


def _of_deal(reading: Reading, query: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if "deal_id" not in query:
        return []
    deal = find(reading, DEALS, query["deal_id"])
    return [("person_id", None if deal is None else deal["person_id"])]


FINDING = Finding(
    "Persons that a term finds, the best match first.",
    find_persons,
    FOUND,
    PersonSearch,
    narrowed_by=["organization_id"],
)

serve_list(PERSON, "Persons that are not deleted.", persons, PersonsQuery, _of_deal)
serve_search(PERSON, FINDING)
serve_get(PERSON, "One person; a deleted one for a while, too.", Shown)
serve_add(PERSON, "Let somebody become known.", commands.add)
serve_update(PERSON, "Correct what is known of a person, or hand the person to another owner.", commands.edit)
serve_delete(PERSON, "Take a person off the list of contacts.", commands.delete)
serve_followers(PERSON, named="person_id")
