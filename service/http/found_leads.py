"""Leads that a term finds, for both versions of the wire, which page them each in its own way (wire reference 2.5)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from projections.engine.rows import Row
from projections.lead_search import search_leads
from projections.places import ARCHIVE
from service.http import found_fields
from service.http.answers import found
from service.http.call import Call
from service.http.fields import Amount, Flag, IncludedFields, QueryId
from service.http.json import money
from service.http.representation import Representation
from service.http.search import Search, SearchedFields
from service.http.wire_fields import WireField, schema, shown


class LeadSearch(Search):
    """What to look for in leads."""

    searched = SearchedFields("notes", "title")
    person_id = QueryId()
    organization_id = QueryId()
    include_fields = IncludedFields("lead.was_seen")


_FIELDS = (
    WireField("id", shows=fields.UUID(), source="lead_id"),
    found_fields.type_of("lead"),
    WireField("title", shows=fields.String()),
    found_fields.OWNER,
    found_fields.linked("person"),
    found_fields.linked("organization"),
    found_fields.ways("phones"),
    found_fields.ways("emails"),
    found_fields.CUSTOM_FIELDS,
    found_fields.NOTES,
    WireField("value", shows=Amount(allow_none=True), source=lambda row: money(row["amount"], row["currency"])),
    WireField("currency", shows=fields.String(allow_none=True)),
    found_fields.VISIBLE_TO,
    WireField("is_archived", shows=Flag(), source=lambda row: row["place"] == ARCHIVE),
    WireField("was_seen", shows=Flag(), on_request="lead.was_seen"),
)
FOUND_LEADS = found(schema("FoundLead", __name__, "A lead as a search shows it.", shown(_FIELDS)))
show_found_leads = Representation(_FIELDS).show


def found_leads(call: Call, **begins: Any) -> list[Row]:
    """The leads that a call asks for, from where the page begins, and one more where more follow."""
    query = call.query
    only = {name: query[name] for name in ("person_id", "organization_id") if name in query}
    with call.reading() as reading:
        return search_leads(reading, query["sought"], limit=query["limit"], **begins, **only)
