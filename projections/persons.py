"""Events about persons flow in; people, how they are reached and where they work flow out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Select, and_, select

from aggregates.event import Event
from aggregates.person import (
    PersonAdded,
    PersonAssigned,
    PersonDeleted,
    PersonEdited,
    PersonErasureStarted,
    PersonEvent,
)
from projections.engine.erasing import PERSONAL_LINES, PERSONAL_LIST, PERSONAL_TEXT
from projections.engine.folding import folded
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Small, Word, current_index, holding, table_with_past
from projections.organizations import ORGANIZATIONS
from projections.search import Sought, search

PERSONS = table_with_past(
    "persons",
    Column("person_id", Number, primary_key=True, autoincrement=False),
    Column("name", Word, nullable=False, info=PERSONAL_TEXT),
    Column("name_folded", Word, nullable=False, info=PERSONAL_TEXT),
    Column("first_name", Word, info=PERSONAL_TEXT),
    Column("last_name", Word, info=PERSONAL_TEXT),
    Column("owner_id", Number, nullable=False),
    Column("organization_id", Number),
    Column("emails", Word, nullable=False, info=PERSONAL_LIST),
    Column("emails_folded", Word, nullable=False, info=PERSONAL_LINES),
    Column("phones", Word, nullable=False, info=PERSONAL_LIST),
    Column("phones_folded", Word, nullable=False, info=PERSONAL_LINES),
    Column("label_ids", Word, nullable=False),
    Column("visible_to", Small, nullable=False),
    Column("marketing_status", Word, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("created_position", Number, nullable=False),
    Column("add_time", Word, nullable=False),
    Column("update_time", Word, nullable=False),
    indexes=[
        current_index("persons_by_id", "is_deleted", "person_id"),
        current_index("persons_by_add_time", "is_deleted", "add_time", "person_id"),
        current_index("persons_by_update_time", "is_deleted", "update_time", "person_id"),
        current_index("persons_by_owner", "owner_id", "is_deleted", "person_id"),
        current_index("persons_by_organization", "organization_id", "is_deleted", "person_id"),
    ],
    key=("person_id",),
)
"""Everybody who ever was a contact. ``emails``, ``phones`` and ``label_ids`` are JSON lists; the folded ways to
reach a person stand on a line each."""

_TOLD_AS_STORED = (
    "name",
    "first_name",
    "last_name",
    "owner_id",
    "organization_id",
    "visible_to",
    "marketing_status",
)


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a person change the person's row."""
    if isinstance(event, PersonAdded):
        rows.insert(PERSONS, position, _added(event, position))
    elif isinstance(event, PersonEvent):
        rows.change(PERSONS, position, (event.person_id,), update_time=event.at, **_changes(event))


def _changes(event: PersonEvent) -> Row:
    match event:
        case PersonEdited(changes=changes):
            return _columns(changes)
        case PersonAssigned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case PersonDeleted() | PersonErasureStarted():
            return {"is_deleted": True}
        case _:
            return {}


def _added(event: PersonAdded, position: int) -> Row:
    told = (*_TOLD_AS_STORED, "emails", "phones", "label_ids")
    return {
        **_columns({name: getattr(event, name) for name in told}),
        "person_id": event.person_id,
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
    for ways in ("emails", "phones"):
        if ways in facts:
            columns[ways] = json.dumps(facts[ways], ensure_ascii=False)
            columns[f"{ways}_folded"] = "\n".join(folded(way["value"]) for way in facts[ways])
    return columns


def persons(reading: Reading, part: Part) -> list[Row]:
    """The part that is asked for of all persons that are not deleted, and one more where more follow."""
    return _LISTED.rows(reading, part)


def find_persons(
    reading: Reading,
    sought: Sought,
    *,
    organization_id: int | None = None,
    after: Sequence[Any] | None = None,
    limit: int,
) -> list[Row]:
    """Persons that a term finds by ``name``, ``email``, ``phone`` or ``notes``, each with its ``organization_name``."""
    theirs = and_(ORGANIZATIONS.c.organization_id == PERSONS.c.organization_id, holding(ORGANIZATIONS))
    query = _present().outerjoin(ORGANIZATIONS, theirs).add_columns(ORGANIZATIONS.c.name.label("organization_name"))
    if organization_id is not None:
        query = query.where(PERSONS.c.organization_id == organization_id)
    columns = {"name": PERSONS.c.name_folded, "email": PERSONS.c.emails_folded, "phone": PERSONS.c.phones_folded}
    key = PERSONS.c.person_id
    return search(reading, query, sought, columns, key, key, after=after, limit=limit)


def _present() -> Select[Any]:
    return select(PERSONS).where(holding(PERSONS), PERSONS.c.is_deleted.is_(False))


_LISTED = Listing(_present(), PERSONS)
