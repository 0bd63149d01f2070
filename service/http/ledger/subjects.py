"""The query fields that name one thing, and the subject that its timeline and its events are found under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import Table

from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.leads import LEADS
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.timeline import contact_subject
from service.http.errors import NotFound
from service.http.fields import QueryId

SUBJECTS: dict[str, Table] = {
    "lead_id": LEADS,
    "deal_id": DEALS,
    "person_id": PERSONS,
    "organization_id": ORGANIZATIONS,
}
"""The names by which a query may name a thing, and where such things are found."""


class SubjectQuery(Schema):
    """A thing by its id: an opportunity by one of its two, a person or an organization."""

    lead_id = fields.UUID()
    deal_id = QueryId()
    person_id = QueryId()
    organization_id = QueryId()


def subject_of(reading: Reading, query: Mapping[str, Any]) -> str:
    """The subject of the thing that a query names; raises `NotFound` where there never was one."""
    name = next(name for name in SUBJECTS if name in query)
    kind, number = name.removesuffix("_id"), query[name]
    row = find(reading, SUBJECTS[name], str(number) if kind == "lead" else number)
    if row is None:
        raise NotFound(f"there is no such {kind}")
    opportunity_id: str | None = row.get("opportunity_id")
    return opportunity_id or contact_subject(kind, number)
