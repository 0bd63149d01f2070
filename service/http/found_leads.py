"""Leads that a term finds, for both versions of the wire, which page them each in its own way (wire reference 2.5)."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, fields

from projections.engine.rows import Row
from projections.lead_search import search_leads
from service.http.answers import Linked, Owner, found
from service.http.call import Call
from service.http.fields import Amount, Flag, IncludedFields, QueryId
from service.http.json import money
from service.http.search import Search, SearchedFields, found_notes, linked


class LeadSearch(Search):
    """What to look for in leads."""

    searched = SearchedFields("notes", "title")
    person_id = QueryId()
    organization_id = QueryId()
    include_fields = IncludedFields("lead.was_seen")


class FoundLead(Schema):
    """A lead as a search shows it."""

    id = fields.UUID(required=True)
    type = fields.String(required=True)
    title = fields.String(required=True)
    owner = fields.Nested(Owner, required=True)
    person = fields.Nested(Linked, required=True, allow_none=True)
    organization = fields.Nested(Linked, required=True, allow_none=True)
    phones = fields.List(fields.String(), required=True)
    emails = fields.List(fields.String(), required=True)
    custom_fields = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)
    value = Amount(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    visible_to = fields.Integer(required=True)
    is_archived = Flag(required=True)
    was_seen = Flag()


FOUND_LEADS = found(FoundLead)


def found_leads(call: Call, **begins: Any) -> list[Row]:
    """The leads that a call asks for, from where the page begins, and one more where more follow."""
    query = call.query
    only = {name: query[name] for name in ("person_id", "organization_id") if name in query}
    with call.reading() as reading:
        return search_leads(reading, query["sought"], only, limit=query["limit"], **begins)


def found_lead(row: Row, call: Call) -> dict[str, Any]:
    """A lead as a search shows it; its value is a number here, beside its currency."""
    item = {
        "id": row["lead_id"],
        "type": "lead",
        "title": row["title"],
        "owner": {"id": row["owner_id"]},
        "person": linked(row["person_id"], row["person_name"]),
        "organization": linked(row["organization_id"], row["organization_name"]),
        "phones": _values(row["phones"]),
        "emails": _values(row["emails"]),
        "custom_fields": [],
        "notes": found_notes(row),
        "value": money(row["amount"], row["currency"]),
        "currency": row["currency"],
        "visible_to": row["visible_to"],
        "is_archived": row["place"] == "archive",
    }
    if call.query["include_fields"]:
        item["was_seen"] = bool(row["was_seen"])
    return item


def _values(ways: str | None) -> list[str]:
    return [way["value"] for way in json.loads(ways or "[]")]
