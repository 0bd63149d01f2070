"""Wire fields that searches show of what they find."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import fields

from projections.engine.rows import Row
from service.http.answers import Linked, Owner
from service.http.harmless import as_harmless_html
from service.http.wire_fields import Constant, WireField

VISIBLE_TO = WireField("visible_to", shows=fields.Integer())
OWNER = WireField("owner", shows=fields.Nested(Owner), source="owner_id", convert=lambda owner_id: {"id": owner_id})
CUSTOM_FIELDS = WireField("custom_fields", shows=fields.List(fields.String()), source=Constant([]))
NOTES = WireField(
    "notes",
    shows=fields.List(fields.String()),
    source="note",
    convert=lambda note: [] if note is None else [as_harmless_html(note)],
)
"""The note that holds the term, as HTML; nothing where no note does."""


def type_of(kind: str) -> WireField:
    """What kind of thing was found."""
    return WireField("type", shows=fields.String(), source=Constant(kind))


def ways(name: str) -> WireField:
    """The ways to reach a person by mail or by phone, as they are written."""

    def values(stored: str | None) -> list[str]:
        return [way["value"] for way in json.loads(stored or "[]")]

    return WireField(name, shows=fields.List(fields.String()), convert=values)


def linked(name: str, *, always: bool = False) -> WireField:
    """What a found thing points at, of which the row has the id and the name; null where it points at nothing."""
    number, called = f"{name}_id", f"{name}_name"

    def link(row: Row) -> dict[str, Any] | None:
        return None if row[number] is None else {"id": row[number], "name": row[called]}

    return WireField(name, shows=fields.Nested(Linked, allow_none=not always), source=link)
