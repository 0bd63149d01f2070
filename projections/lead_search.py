"""Searches leads by title and notes, with the names of their persons and organizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.names import with_names
from projections.persons import PERSONS
from projections.places import PRESENT_LEADS
from projections.search import Sought, search


def search_leads(
    reading: Reading,
    sought: Sought,
    only: Mapping[str, Any],
    *,
    after: Sequence[Any] | None = None,
    start: int = 0,
    limit: int,
) -> list[Row]:
    """Leads that a term finds by ``title`` or ``notes``, archived ones too, with their contacts' names and ways to
    reach them.

    ``only`` says which values columns must have.
    """
    query = with_names(LEADS, (*LEADS.c.keys(), "person_name", "organization_name"))
    query = query.add_columns(PERSONS.c.emails, PERSONS.c.phones)
    query = query.where(holding(LEADS), LEADS.c.place.in_(PRESENT_LEADS))
    query = query.where(*(LEADS.c[name] == value for name, value in only.items()))
    columns, key, noted = {"title": LEADS.c.title_folded}, LEADS.c.created_position, LEADS.c.opportunity_id
    return search(reading, query, sought, columns, key, noted, after=after, start=start, limit=limit)
