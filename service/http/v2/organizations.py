"""Organizations in version 2 of the wire (wire reference 6)."""

from __future__ import annotations

import json

from marshmallow import Schema, fields

from projections import contact_counts
from projections.organizations import ORGANIZATIONS, find_organizations, organizations
from service.commands import organizations as commands
from service.http import found_fields
from service.http.fields import LARGEST_ID, Id, LongText, Page, Text, Whole
from service.http.followers import serve_followers
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import v2
from service.http.resource import Resource
from service.http.search import Search, SearchedFields
from service.http.v2 import contacts
from service.http.v2 import usual_fields as usual
from service.http.v2.lists import Finding, Shown, serve_list, serve_search
from service.http.wire_fields import WireField


class Address(Schema):
    """An address as people write it, and its parts."""

    value = LongText(required=True)
    country = Text(blank=True, allow_none=True)
    admin_area_level_1 = Text(blank=True, allow_none=True)
    admin_area_level_2 = Text(blank=True, allow_none=True)
    locality = Text(blank=True, allow_none=True)
    sublocality = Text(blank=True, allow_none=True)
    route = Text(blank=True, allow_none=True)
    street_number = Text(blank=True, allow_none=True)
    subpremise = Text(blank=True, allow_none=True)
    postal_code = Text(blank=True, allow_none=True)


class OrganizationSearch(Search, Page):
    """Which organizations to find."""

    searched = SearchedFields("address", "name", "notes")


ORGANIZATION = Resource(
    __name__,
    v2,
    noun="an organization",
    plural="organizations",
    missing="Organization not found",
    table=ORGANIZATIONS,
    wire_fields=(
        usual.id_of("organization_id"),
        WireField("name", Text(), needed=True),
        usual.OWNER_ID,
        contacts.ADD_TIME,
        usual.UPDATE_TIME,
        usual.IS_DELETED,
        usual.VISIBLE_TO,
        WireField("address", fields.Nested(Address, allow_none=True)),
        contacts.LABEL_IDS,
        WireField("website", Text(allow_none=True)),
        WireField("linkedin", Text(allow_none=True)),
        WireField("industry", Id(allow_none=True)),
        WireField("annual_revenue", Whole(0, LARGEST_ID, allow_none=True)),
        WireField("employee_count", Whole(0, LARGEST_ID, allow_none=True)),
        usual.CUSTOM_FIELDS,
        contacts.LABELS,
        *contacts.ON_REQUEST,
        *usual.numbers_on_request(["people_count"]),
    ),
    complete=contacts.counting("organization_id", contact_counts.of_organizations, ["people_count"]),
)
FOUND = (
    usual.id_of("organization_id"),
    found_fields.type_of("organization"),
    WireField("name", shows=fields.String()),
    WireField("address", shows=fields.String(allow_none=True), convert=lambda stored: json.loads(stored).get("value")),
    found_fields.VISIBLE_TO,
    found_fields.OWNER,
    found_fields.CUSTOM_FIELDS,
    found_fields.NOTES,
)

FINDING = Finding(
    "Organizations that a term finds, the best match first.",
    find_organizations,
    FOUND,
    OrganizationSearch,
    name="search_organization",
)

serve_list(ORGANIZATION, "Organizations that are not deleted.", organizations)
serve_search(ORGANIZATION, FINDING)
serve_get(ORGANIZATION, "One organization; a deleted one for a while, too.", Shown)
serve_add(ORGANIZATION, "Let a company become known.", commands.add)
serve_update(ORGANIZATION, "Correct what is known of an organization, or hand it to another owner.", commands.edit)
serve_delete(ORGANIZATION, "Take an organization off the list of contacts.", commands.delete)
serve_followers(ORGANIZATION, named="org_id")
