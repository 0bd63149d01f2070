"""The table of persons, how events change it, and how persons are listed and searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, and_

from aggregates.person import PersonErased, PersonErasureStarted, PersonEvent
from projections.engine.erasing import PERSONAL_LINES, PERSONAL_LIST, PERSONAL_TEXT
from projections.engine.folding import folded, folded_start
from projections.engine.read_model import Derived, ReadModel, as_json
from projections.engine.tables import (
    Number,
    Restricted,
    Small,
    SortableText,
    current_index,
    ended_by,
    first_index,
    order_indexes,
    record_table,
)
from projections.engine.validity import holding
from projections.organizations import ORGANIZATIONS
from projections.search import TextSearch

PERSONS = record_table(
    "persons",
    Column("person_id", Number, primary_key=True, autoincrement=False),
    Column("name", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("name_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("name_start_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("first_name", SortableText, info=PERSONAL_TEXT),
    Column("last_name", SortableText, info=PERSONAL_TEXT),
    Column("owner_id", Number, nullable=False),
    Column("organization_id", Number),
    Column("emails", SortableText, nullable=False, info=PERSONAL_LIST),
    Column("emails_folded", SortableText, nullable=False, info=PERSONAL_LINES),
    Column("email_start_folded", SortableText, nullable=False, info=PERSONAL_LINES),
    Column("phones", SortableText, nullable=False, info=PERSONAL_LIST),
    Column("phones_folded", SortableText, nullable=False, info=PERSONAL_LINES),
    Column("label_ids", SortableText, nullable=False),
    Column("follower_ids", SortableText, nullable=False),
    Column("visible_to", Small, nullable=False),
    Column("marketing_status", SortableText, nullable=False),
    Column("created_position", Number, nullable=False),
    indexes=[
        *order_indexes("persons_by_id", ["is_deleted"], "person_id"),
        *order_indexes("persons_by_add_time", ["is_deleted"], "add_time", "person_id"),
        *order_indexes("persons_by_update_time", ["is_deleted"], "update_time", "person_id"),
        current_index("persons_by_name", "name_start_folded", "is_deleted", "person_id"),
        current_index("persons_by_email", "email_start_folded", "is_deleted", "person_id"),
        *order_indexes("persons_by_owner", ["owner_id", "is_deleted"], "person_id"),
        current_index("persons_by_organization", "organization_id", "is_deleted", "person_id"),
        first_index("persons_first", "person_id"),
    ],
    ended=[
        ended_by("persons_ended_by_organization", "organization_id"),
    ],
    key=("person_id",),
    restricted=Restricted({"person_id": "person_id"}),
)
"""Everybody who ever was a contact. ``emails``, ``phones``, ``label_ids`` and ``follower_ids`` are JSON lists; the
folded ways to reach a person stand on a line each. Those who may have a name or an address are found by its start,
which is `SEVERAL` where a person has more than one address."""

SEVERAL = "\n"


def _folded_values(ways: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(folded(way["value"]) for way in ways)


def _email_start(ways: Sequence[Mapping[str, Any]]) -> str:
    return SEVERAL if len(ways) > 1 else "".join(folded_start(way["value"]) for way in ways)


READ_MODEL = ReadModel(
    PERSONS,
    PersonEvent,
    derived={
        "name_folded": Derived(folded, "name"),
        "name_start_folded": Derived(folded_start, "name"),
        "emails": Derived(as_json, "emails"),
        "emails_folded": Derived(_folded_values, "emails"),
        "email_start_folded": Derived(_email_start, "emails"),
        "phones": Derived(as_json, "phones"),
        "phones_folded": Derived(_folded_values, "phones"),
        "label_ids": Derived(as_json, "label_ids"),
    },
    initial={"follower_ids": "[]"},
    effects={PersonErasureStarted: lambda _: {"is_deleted": True}, PersonErased: lambda _: {}},
)

persons = READ_MODEL.listed


_THEIRS = and_(ORGANIZATIONS.c.organization_id == PERSONS.c.organization_id, holding(ORGANIZATIONS))
find_persons = TextSearch(
    READ_MODEL.present()
    .select_from(PERSONS.outerjoin(ORGANIZATIONS, _THEIRS))
    .add_columns(ORGANIZATIONS.c.name.label("organization_name")),
    {"name": PERSONS.c.name_folded, "email": PERSONS.c.emails_folded, "phone": PERSONS.c.phones_folded},
    PERSONS.c.person_id,
    PERSONS.c.person_id,
).rows
"""Persons that a term finds by ``name``, ``email``, ``phone`` or ``notes``, each with its ``organization_name``."""
