"""The search for leads in version 1 of the wire (wire reference 2.5)."""

from __future__ import annotations

from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Offset
from service.http.found_leads import FOUND_LEADS, LeadSearch, found_leads, show_found_leads
from service.http.pipedrive import v1
from service.http.search import found_by_offset


class LeadSearchByOffset(LeadSearch, Offset):
    """What to look for in leads, and how much of what is found."""


@v1.route("GET", "/leads/search", query=LeadSearchByOffset, answer=FOUND_LEADS, has_past=True)
def search_leads(call: Call) -> Answer:
    """Leads that a term finds, archived ones too, the best match first."""
    query = call.query
    return found_by_offset(found_leads(call, start=query["start"]), query, lambda rows: show_found_leads(rows, query))
