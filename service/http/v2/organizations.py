"""Organizations flow in and out here as version 2 of the wire has them (wire reference 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from marshmallow import Schema, fields

from projections import contact_counts
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.organizations import ORGANIZATIONS, find_organizations, organizations
from service.commands import organizations as commands
from service.http.answers import Deleted, Owner, found
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import LARGEST_ID, Id, IncludedFields, LongText, Page, QueryId, Text, Whole, in_order
from service.http.json import raw
from service.http.pipedrive import v2
from service.http.search import Search, SearchedFields, after, found_by_cursor, found_notes
from service.http.time_fields import Moment
from service.http.times import whole_seconds
from service.http.v2 import contacts, lists
from service.http.v2.deletion import readable
from service.http.v2.lists import ListQuery, Shown

_MISSING = "Organization not found"
_INCLUDABLE: dict[str, Any] = {**contacts.NONE_YET, **dict.fromkeys((*contacts.COUNTED_DEALS, "people_count"), 0)}


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


@in_order(
    "name",
    "owner_id",
    "visible_to",
    "address",
    "label_ids",
    "website",
    "linkedin",
    "industry",
    "annual_revenue",
    "employee_count",
    "custom_fields",
)
class OrganizationFacts(contacts.ContactFacts):
    """What a client may say of an organization, and may leave out."""

    name = Text()
    address = fields.Nested(Address, allow_none=True)
    website = Text(allow_none=True)
    linkedin = Text(allow_none=True)
    industry = Id(allow_none=True)
    annual_revenue = Whole(0, LARGEST_ID, allow_none=True)
    employee_count = Whole(0, LARGEST_ID, allow_none=True)


@in_order(
    "name",
    "owner_id",
    "added_at",
    "visible_to",
    "address",
    "label_ids",
    "website",
    "linkedin",
    "industry",
    "annual_revenue",
    "employee_count",
    "custom_fields",
)
class NewOrganization(OrganizationFacts):
    """An organization as a client adds it."""

    name = Text(required=True)
    added_at = Moment(data_key="add_time")


class OrganizationQuery(Shown):
    """What to show of an organization."""

    include_fields = IncludedFields(*_INCLUDABLE)


class OrganizationsQuery(OrganizationQuery, ListQuery):
    """Which organizations, in which order."""

    owner_id = QueryId()


class OrganizationSearch(Search, Page):
    """Which organizations to find."""

    searched = SearchedFields("address", "name", "notes")


class OrganizationAnswer(contacts.ContactAnswer):
    """An organization as version 2 shows it."""

    address = fields.Nested(Address, required=True, allow_none=True)
    website = fields.String(required=True, allow_none=True)
    linkedin = fields.String(required=True, allow_none=True)
    industry = fields.Integer(required=True, allow_none=True)
    annual_revenue = fields.Integer(required=True, allow_none=True)
    employee_count = fields.Integer(required=True, allow_none=True)


class FoundOrganization(Schema):
    """An organization as a search shows it."""

    id = fields.Integer(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    visible_to = fields.Integer(required=True)
    owner = fields.Nested(Owner, required=True)
    custom_fields = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)


ORGANIZATION = in_order(
    "id",
    "name",
    "owner_id",
    "add_time",
    "update_time",
    "is_deleted",
    "visible_to",
    "address",
    "label_ids",
    "website",
    "linkedin",
    "industry",
    "annual_revenue",
    "employee_count",
    "custom_fields",
    "labels",
    "next_activity_id",
    "last_activity_id",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "notes_count",
    "smart_bcc_email",
    "files_count",
    "followers_count",
    "email_messages_count",
    "open_deals_count",
    "closed_deals_count",
    "won_deals_count",
    "lost_deals_count",
    "related_open_deals_count",
    "related_closed_deals_count",
    "related_won_deals_count",
    "related_lost_deals_count",
    "people_count",
)(contacts.on_request(OrganizationAnswer, _INCLUDABLE))


@v2.route("GET", "/organizations", query=OrganizationsQuery, answer=ORGANIZATION, many=True, has_past=True)
def get_organizations(call: Call) -> Answer:
    """Organizations that are not deleted."""
    query = call.query
    only = [("owner_id", query["owner_id"])] if "owner_id" in query else []
    with call.reading() as reading:
        found = organizations(reading, lists.part(query, ORGANIZATIONS.c.organization_id, only))
        _include(reading, found, query)
    return lists.page(found, query, "organization_id", organization_answer)


@v2.route("GET", "/organizations/search", query=OrganizationSearch, answer=found(FoundOrganization), has_past=True)
def search_organization(call: Call) -> Answer:
    """Organizations that a term finds, the best match first."""
    query = call.query
    with call.reading() as reading:
        found = find_organizations(
            reading, query["sought"], after=after(query, "organization_id"), limit=query["limit"]
        )
    return found_by_cursor(found, query, _search_item, "organization_id")


@v2.route(
    "GET",
    "/organizations/<id:organization_id>",
    query=OrganizationQuery,
    missing=_MISSING,
    answer=ORGANIZATION,
    has_past=True,
)
def get_organization(call: Call, organization_id: int) -> Any:
    """One organization; a deleted one for a while, too."""
    with call.reading() as reading:
        row = readable(find(reading, ORGANIZATIONS, organization_id), call.now)
        _include(reading, [row], call.query)
    return organization_answer(row)


@v2.route("POST", "/organizations", body=NewOrganization, answer=ORGANIZATION)
def add_organization(call: Call) -> Any:
    """Let a company become known."""
    return organization_answer(call.execute(partial(commands.add, facts=call.body)))


@v2.route("PATCH", "/organizations/<id:organization_id>", body=OrganizationFacts, missing=_MISSING, answer=ORGANIZATION)
def update_organization(call: Call, organization_id: int) -> Any:
    """Correct what is known of an organization, or hand it to another owner."""
    command = partial(commands.edit, organization_id=organization_id, facts=call.body)
    return organization_answer(call.execute(command))


@v2.route("DELETE", "/organizations/<id:organization_id>", missing=_MISSING, answer=Deleted)
def delete_organization(call: Call, organization_id: int) -> Any:
    """Take an organization off the list of contacts."""
    call.execute(partial(commands.delete, organization_id=organization_id))
    return {"id": organization_id}


def _include(reading: Reading, rows: list[Row], query: Mapping[str, Any]) -> None:
    contacts.include(reading, rows, query, "organization_id", _INCLUDABLE, contact_counts.of_organizations)


def organization_answer(row: Row) -> dict[str, Any]:
    """An organization as version 2 shows it, with what the row has ``included``."""
    return {
        "id": row["organization_id"],
        "name": row["name"],
        "owner_id": row["owner_id"],
        "add_time": whole_seconds(row["add_time"]),
        "update_time": whole_seconds(row["update_time"]),
        "is_deleted": bool(row["is_deleted"]),
        "visible_to": row["visible_to"],
        "address": None if row["address"] is None else raw(row["address"]),
        "label_ids": raw(row["label_ids"]),
        "website": row["website"],
        "linkedin": row["linkedin"],
        "industry": row["industry"],
        "annual_revenue": row["annual_revenue"],
        "employee_count": row["employee_count"],
        "custom_fields": {},
        **row.get("included", {}),
    }


def _search_item(row: Row) -> dict[str, Any]:
    return {
        "id": row["organization_id"],
        "type": "organization",
        "name": row["name"],
        "address": None if row["address"] is None else json.loads(row["address"]).get("value"),
        "visible_to": row["visible_to"],
        "owner": {"id": row["owner_id"]},
        "custom_fields": [],
        "notes": found_notes(row),
    }
