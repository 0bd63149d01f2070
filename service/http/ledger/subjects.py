"""The query fields that name one thing, and the subject that its timeline and its events are found under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.kinds import SUBJECTS
from projections.timeline import Subject, subject
from service.http.errors import NotFound
from service.http.fields import QueryId

NAMES = {f"{name}_id": kind for name, kind in SUBJECTS.items()}
"""The names by which a query may name a thing, and what it then is."""


class SubjectQuery(Schema):
    """A thing by its id: an opportunity by one of its two, a person or an organization."""

    lead_id = fields.UUID()
    deal_id = QueryId()
    person_id = QueryId()
    organization_id = QueryId()


def subject_of(reading: Reading, query: Mapping[str, Any]) -> Subject:
    """The subject of the thing that a query names; raises `NotFound` where there never was one."""
    name = next(name for name in NAMES if name in query)
    kind, key = NAMES[name], query[name]
    row = find(reading, kind.table, str(key) if isinstance(key, UUID) else key)
    if row is None:
        raise NotFound(f"there is no such {kind.name}")
    return subject(row, kind.name)
