"""Events about organizations flow in; companies, where they are and how large they are flow out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Select, select

from aggregates.event import Event
from aggregates.organization import (
    OrganizationAdded,
    OrganizationAssigned,
    OrganizationDeleted,
    OrganizationEdited,
    OrganizationEvent,
)
from projections.engine.folding import folded
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Small, Word, current_index, holding, table_with_past
from projections.search import Sought, search

ORGANIZATIONS = table_with_past(
    "organizations",
    Column("organization_id", Number, primary_key=True, autoincrement=False),
    Column("name", Word, nullable=False),
    Column("name_folded", Word, nullable=False),
    Column("owner_id", Number, nullable=False),
    Column("address", Word),
    Column("address_folded", Word, nullable=False),
    Column("label_ids", Word, nullable=False),
    Column("visible_to", Small, nullable=False),
    Column("website", Word),
    Column("linkedin", Word),
    Column("industry", Number),
    Column("annual_revenue", Number),
    Column("employee_count", Number),
    Column("is_deleted", Boolean, nullable=False),
    Column("created_position", Number, nullable=False),
    Column("add_time", Word, nullable=False),
    Column("update_time", Word, nullable=False),
    indexes=[
        current_index("organizations_by_id", "is_deleted", "organization_id"),
        current_index("organizations_by_add_time", "is_deleted", "add_time", "organization_id"),
        current_index("organizations_by_update_time", "is_deleted", "update_time", "organization_id"),
        current_index("organizations_by_owner", "owner_id", "is_deleted", "organization_id"),
    ],
    key=("organization_id",),
)
"""Every company that ever was a contact. ``address`` is a JSON object, its ``value`` the address as people write
it; ``label_ids`` is a JSON list."""

_TOLD_AS_STORED = (
    "name",
    "owner_id",
    "visible_to",
    "website",
    "linkedin",
    "industry",
    "annual_revenue",
    "employee_count",
)


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about an organization change its row."""
    if isinstance(event, OrganizationAdded):
        rows.insert(ORGANIZATIONS, position, _added(event, position))
    elif isinstance(event, OrganizationEvent):
        rows.change(ORGANIZATIONS, position, (event.organization_id,), update_time=event.at, **_changes(event))


def _changes(event: OrganizationEvent) -> Row:
    match event:
        case OrganizationEdited(changes=changes):
            return _columns(changes)
        case OrganizationAssigned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case OrganizationDeleted():
            return {"is_deleted": True}
        case _:
            return {}


def _added(event: OrganizationAdded, position: int) -> Row:
    told = (*_TOLD_AS_STORED, "address", "label_ids")
    return {
        **_columns({name: getattr(event, name) for name in told}),
        "organization_id": event.organization_id,
        "is_deleted": False,
        "created_position": position,
        "add_time": event.added_at or event.at,
        "update_time": event.at,
    }


def _columns(facts: Mapping[str, Any]) -> Row:
    columns: Row = {name: facts[name] for name in _TOLD_AS_STORED if name in facts}
    if "name" in facts:
        columns["name_folded"] = folded(facts["name"])
    if "label_ids" in facts:
        columns["label_ids"] = json.dumps(facts["label_ids"])
    if "address" in facts:
        address = facts["address"]
        columns["address"] = None if address is None else json.dumps(address, ensure_ascii=False)
        columns["address_folded"] = "" if address is None else folded(address.get("value", ""))
    return columns


def organizations(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all organizations that are not deleted, and one more where more follow."""
    return _LISTED.rows(reading, part)


def find_organizations(
    reading: Reading, sought: Sought, *, after: Sequence[Any] | None = None, limit: int
) -> list[Row]:
    """Organizations that a term finds by ``name``, ``address`` or ``notes``."""
    columns = {"name": ORGANIZATIONS.c.name_folded, "address": ORGANIZATIONS.c.address_folded}
    key = ORGANIZATIONS.c.organization_id
    return search(reading, _present(), sought, columns, key, key, after=after, limit=limit)


def _present() -> Select[Any]:
    return select(ORGANIZATIONS).where(holding(ORGANIZATIONS), ORGANIZATIONS.c.is_deleted.is_(False))


_LISTED = Listing(_present(), ORGANIZATIONS)
