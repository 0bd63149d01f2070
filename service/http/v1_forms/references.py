"""Shows what things refer to as objects, as version 1 does: looked up for all rows of an answer at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from marshmallow import Schema, fields

from projections.contact_counts import people_of
from projections.deals import DEALS
from projections.engine.rows import Row, find_all
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.users import USERS
from service.http.call import Call
from service.http.fields import Flag
from service.http.json import money, raw
from service.http.wire_fields import WireField

_NO_WAY = raw('[{"value":"","primary":true}]')
"""How it is said that there is no way to reach a person: clients read the first of the list unguarded."""

Kinds = Mapping[str, str]
"""The columns of rows that hold ids, and the kind of thing that each refers to."""


class WayAnswer(Schema):
    """One way to reach a person; where there is none, one with an empty value."""

    label = fields.String(allow_none=True)
    value = fields.String(required=True)
    primary = Flag(required=True)


class UserReference(Schema):
    """A user to whom something refers."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    has_pic = fields.Integer(required=True)
    pic_hash = fields.String(required=True, allow_none=True)
    active_flag = Flag(required=True)
    value = fields.Integer(required=True)


class PersonReference(Schema):
    """A person to whom something refers; all but the id is null, or empty, where the caller may not see the person."""

    active_flag = Flag(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    email = fields.List(fields.Nested(WayAnswer), required=True)
    phone = fields.List(fields.Nested(WayAnswer), required=True)
    owner_id = fields.Integer(required=True, allow_none=True)
    company_id = fields.Integer(required=True)
    value = fields.Integer(required=True)


class OrganizationReference(Schema):
    """An organization to which something refers; all but the id is null, or empty, where the caller may not see it."""

    name = fields.String(required=True, allow_none=True)
    people_count = fields.Integer(required=True, allow_none=True)
    owner_id = fields.Integer(required=True, allow_none=True)
    owner_name = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    active_flag = Flag(required=True, allow_none=True)
    cc_email = fields.String(required=True, allow_none=True)
    label_ids = fields.List(fields.Integer(), required=True)
    value = fields.Integer(required=True)


class Reference(NamedTuple):
    """What something refers to: its kind, its id, what it is called (None where it is hidden), and what is shown."""

    kind: str
    number: int
    name: str | None
    facts: Mapping[str, Any]

    @property
    def value(self) -> dict[str, Any]:
        """As it is shown in place of the id."""
        return {**self.facts, "value": self.number}


_HIDDEN: Mapping[str, Mapping[str, Any]] = {
    "person": {
        **dict.fromkeys(("active_flag", "name", "owner_id")),
        **dict.fromkeys(("email", "phone"), _NO_WAY),
        "company_id": 1,
    },
    "organization": {
        **dict.fromkeys(("name", "people_count", "owner_id", "owner_name", "address", "active_flag", "cc_email")),
        "label_ids": (),
    },
    "deal": {},
}
"""What is shown of a thing that the caller may not see: clients go into these objects unguarded."""

_SHAPES = {"user": UserReference, "person": PersonReference, "organization": OrganizationReference}


def as_object(field: WireField, kind: str) -> WireField:
    """A field that holds an id, shown as an object of what it refers to; clients give the id."""
    return replace(field, shows=fields.Nested(_SHAPES[kind], allow_none=True), convert=attrgetter("value"))


def as_number(field: WireField) -> WireField:
    """A field that holds an id and is shown so, though rows have what it refers to in its place."""
    return replace(field, convert=attrgetter("number"))


def name_of(name: str, column: str) -> WireField:
    """What the thing is called that a column refers to."""
    return WireField(name, shows=fields.String(allow_none=True), source=column, convert=attrgetter("name"))


def is_hidden(name: str, column: str) -> WireField:
    """Whether the caller may not see the thing that a column refers to."""
    return WireField(name, shows=Flag(), source=lambda row: row[column] is not None and row[column].name is None)


def with_references(call: Call, rows: list[Row], kinds: Kinds) -> list[Row]:
    """The rows with a `Reference` in place of each id in these columns."""
    with call.reading() as reading:
        organizations = find_all(reading, ORGANIZATIONS, _ids(rows, kinds, "organization"))
        people = people_of(reading, [*organizations])
        owners = {row["owner_id"] for row in organizations.values()}
        users = find_all(reading, USERS, owners | _ids(rows, kinds, "user"))
        persons = find_all(reading, PERSONS, _ids(rows, kinds, "person"))
        deals = find_all(reading, DEALS, _ids(rows, kinds, "deal"))
    found = {
        "user": {number: Reference("user", number, row["name"], _user(row)) for number, row in users.items()},
        "person": {number: Reference("person", number, row["name"], _person(row)) for number, row in persons.items()},
        "organization": {
            number: Reference("organization", number, row["name"], _organization(row, people, users))
            for number, row in organizations.items()
        },
        "deal": {number: Reference("deal", number, row["title"], _deal(row)) for number, row in deals.items()},
    }

    def reference(kind: str, number: int | None) -> Reference | None:
        return None if number is None else found[kind].get(number) or Reference(kind, number, None, _HIDDEN[kind])

    return [{**row, **{column: reference(kind, row[column]) for column, kind in kinds.items()}} for row in rows]


def related_objects(kinds: Kinds) -> Callable[[list[Row]], dict[str, Any]]:
    """What stands beside rows in the envelope: all that they refer to, by its kind and its id."""

    def beside(rows: list[Row]) -> dict[str, Any]:
        related: dict[str, dict[str, Any]] = {}
        for reference in (row[column] for row in rows for column in kinds):
            if reference is not None and reference.name is not None:
                of_kind = related.setdefault(reference.kind, {})
                of_kind.setdefault(str(reference.number), {"id": reference.number, **reference.facts})
        return {"related_objects": related}

    return beside


def ways(stored: str) -> Any:
    """The ways to reach a person, as they are stored."""
    return _NO_WAY if stored == "[]" else raw(stored)


def address_of(stored: str | None) -> str | None:
    """The address as people write it."""
    return None if stored is None else orjson.loads(stored).get("value")


def _ids(rows: Iterable[Row], kinds: Kinds, kind: str) -> set[Any]:
    return {row[column] for row in rows for column, its_kind in kinds.items() if its_kind == kind}


def _user(row: Row) -> dict[str, Any]:
    shown = {"id": row["user_id"], "name": row["name"], "email": row["email"], "has_pic": 0, "pic_hash": None}
    return {**shown, "active_flag": row["is_active"]}


def _person(row: Row) -> dict[str, Any]:
    return {
        "active_flag": not row["is_deleted"],
        "name": row["name"],
        "email": ways(row["emails"]),
        "phone": ways(row["phones"]),
        "owner_id": row["owner_id"],
        "company_id": 1,
    }


def _organization(row: Row, people: Mapping[int, int], users: Mapping[int, Row]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "people_count": people.get(row["organization_id"], 0),
        "owner_id": row["owner_id"],
        "owner_name": users[row["owner_id"]]["name"],
        "address": address_of(row["address"]),
        "active_flag": not row["is_deleted"],
        "cc_email": cc_email("organization", row["organization_id"]),
        "label_ids": raw(row["label_ids"]),
    }


def cc_email(kind: str, number: int) -> str:
    """The address that mail about a thing could be copied to."""
    return f"{kind}+{number}@leadledger.invalid"


def _deal(row: Row) -> dict[str, Any]:
    same = {name: row[name] for name in ("title", "status", "currency", "stage_id", "pipeline_id")}
    return {**same, "value": money(row["amount"], row["currency"]) or 0}
