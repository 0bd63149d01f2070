"""The search for leads in version 2 of the wire (wire reference 2.5)."""

from __future__ import annotations

from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Page
from service.http.found_leads import FOUND_LEADS, LeadSearch, found_leads, show_found_leads
from service.http.pipedrive import v2
from service.http.search import begins_behind, found_by_cursor


class LeadSearchByCursor(LeadSearch, Page):
    """What to look for in leads, and how much of what is found."""


@v2.route("GET", "/leads/search", query=LeadSearchByCursor, answer=FOUND_LEADS, has_past=True)
def search_leads(call: Call) -> Answer:
    """Leads that a term finds, archived ones too, the best match first."""
    query, key = call.query, "created_position"
    found = found_leads(call, after=begins_behind(query, key))
    return found_by_cursor(found, query, lambda rows: show_found_leads(rows, query), key)
