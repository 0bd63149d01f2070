"""The table of organizations, how events change it, and how organizations are listed and searched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column

from aggregates.event import ERASED
from aggregates.organization import OrganizationEvent
from projections.engine.erasing import PERSONAL_LINES, PERSONAL_OBJECT, PERSONAL_TEXT
from projections.engine.folding import folded, start
from projections.engine.read_model import Derived, ReadModel, as_json
from projections.engine.tables import (
    Number,
    Restricted,
    Small,
    SortableText,
    current_index,
    first_index,
    order_indexes,
    record_table,
)
from projections.legal_forms import without_legal_form
from projections.search import TextSearch


def _name_start(name: str) -> str:
    return start(without_legal_form(name))


ORGANIZATIONS = record_table(
    "organizations",
    Column("organization_id", Number, primary_key=True, autoincrement=False),
    Column("name", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("name_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("name_start_folded", SortableText, nullable=False, info={**PERSONAL_TEXT, "erased": _name_start(ERASED)}),
    Column("owner_id", Number, nullable=False),
    Column("address", SortableText, info=PERSONAL_OBJECT),
    Column("address_folded", SortableText, nullable=False, info=PERSONAL_LINES),
    Column("label_ids", SortableText, nullable=False),
    Column("follower_ids", SortableText, nullable=False),
    Column("visible_to", Small, nullable=False),
    Column("website", SortableText, info=PERSONAL_TEXT),
    Column("linkedin", SortableText, info=PERSONAL_TEXT),
    Column("industry", Number),
    Column("annual_revenue", Number),
    Column("employee_count", Number),
    Column("created_position", Number, nullable=False),
    indexes=[
        *order_indexes("organizations_by_id", ["is_deleted"], "organization_id"),
        *order_indexes("organizations_by_add_time", ["is_deleted"], "add_time", "organization_id"),
        *order_indexes("organizations_by_update_time", ["is_deleted"], "update_time", "organization_id"),
        current_index("organizations_by_name", "name_start_folded", "is_deleted", "organization_id"),
        *order_indexes("organizations_by_owner", ["owner_id", "is_deleted"], "organization_id"),
        first_index("organizations_first", "organization_id"),
    ],
    key=("organization_id",),
    restricted=Restricted({"organization_id": "organization_id"}),
)
"""Every company that ever was a contact. ``address`` is a JSON object, its ``value`` the address as people write
it; ``label_ids`` and ``follower_ids`` are JSON lists. Those that may have a name are found by its start,
without a legal form."""


def _address(address: dict[str, Any] | None) -> str | None:
    return None if address is None else as_json(address)


def _folded_address(address: dict[str, Any] | None) -> str:
    return "" if address is None else folded(address.get("value", ""))


READ_MODEL = ReadModel(
    ORGANIZATIONS,
    OrganizationEvent,
    derived={
        "name_folded": Derived(folded, "name"),
        "name_start_folded": Derived(_name_start, "name"),
        "address": Derived(_address, "address"),
        "address_folded": Derived(_folded_address, "address"),
        "label_ids": Derived(as_json, "label_ids"),
    },
    initial={"follower_ids": "[]"},
)

organizations = READ_MODEL.listed

find_organizations = TextSearch(
    READ_MODEL.present(),
    {"name": ORGANIZATIONS.c.name_folded, "address": ORGANIZATIONS.c.address_folded},
    ORGANIZATIONS.c.organization_id,
    ORGANIZATIONS.c.organization_id,
).rows
"""Organizations that a term finds by ``name``, ``address`` or ``notes``."""
