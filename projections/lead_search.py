"""Searches leads by title and notes, with the names of their persons and organizations."""

from __future__ import annotations

from projections.engine.validity import holding
from projections.leads import LEADS
from projections.names import with_names
from projections.persons import PERSONS
from projections.places import PRESENT_LEADS
from projections.search import TextSearch

_FOUND = (
    with_names(LEADS, (*LEADS.c.keys(), "person_name", "organization_name"))
    .add_columns(PERSONS.c.emails, PERSONS.c.phones)
    .where(holding(LEADS), LEADS.c.place.in_(PRESENT_LEADS))
)
search_leads = TextSearch(
    _FOUND, {"title": LEADS.c.title_folded}, LEADS.c.created_position, LEADS.c.opportunity_id
).rows
"""Leads that a term finds by ``title`` or ``notes``, archived ones too, with their contacts' names and ways to reach
them."""
