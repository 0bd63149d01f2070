"""Shows what things refer to as objects, as version 1 does: looked up for all rows of an answer at once."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import orjson
from marshmallow import Schema, fields

from projections.engine.rows import Row, find_versions
from projections.kinds import KINDS
from projections.versions import Version, versions_of
from service.http.call import Call
from service.http.fields import Amount, Flag
from service.http.json import money, raw, render
from service.http.representation import Representation
from service.http.v1_forms.forms import ACTIVE_FLAG, COMPANY_ID, cc_email
from service.http.wire_fields import Constant, WireField, always_null, schema, shown

_NO_WAY = raw('[{"value":"","primary":true}]')
"""How it is said that there is no way to reach a person: clients read the first of the list unguarded."""

Kinds = Mapping[str, str]
"""The columns of rows that hold ids, and the kind of thing that each refers to."""


class WayAnswer(Schema):
    """One way to reach a person; where there is none, one with an empty value."""

    label = fields.String(allow_none=True)
    value = fields.String(required=True)
    primary = Flag(required=True)


@dataclass(frozen=True, eq=False)
class Reference:
    """What something refers to, made once and kept; another version of it, or what is hidden, is another object.

    That is its id; what it is called, or None where the caller may not see it; as it is shown in place of the id, and
    beside all rows, which is JSON; and its row.
    """

    number: int
    name: str | None
    value: Any
    related: Any
    row: Row


def ways(stored: str) -> Any:
    """The ways to reach a person, as they are stored."""
    return _NO_WAY if stored == "[]" else raw(stored)


def _address(stored: str | None) -> str | None:
    return None if stored is None else orjson.loads(stored).get("value")


def _worth(row: Row) -> Any:
    return money(row["amount"], row["currency"]) or 0


_WAYS = fields.List(fields.Nested(WayAnswer))
_REMARK = "; all but the id is null, or empty, where the caller may not see it"
_NAME = WireField("name", shows=fields.String(allow_none=True))
_OWNER_ID = WireField("owner_id", shows=fields.Integer(allow_none=True))
_ACTIVE_FLAG = replace(ACTIVE_FLAG, shows=Flag(allow_none=True))
_SHAPES: dict[str, Sequence[WireField]] = {
    "user": (
        WireField("id", shows=fields.Integer(), source="user_id"),
        WireField("name", shows=fields.String()),
        WireField("email", shows=fields.String()),
        WireField("has_pic", shows=fields.Integer(), source=Constant(0)),
        always_null("pic_hash", fields.String),
        WireField("active_flag", shows=Flag(), source="is_active"),
    ),
    "person": (
        _ACTIVE_FLAG,
        _NAME,
        WireField("email", shows=_WAYS, source="emails", convert=ways),
        WireField("phone", shows=_WAYS, source="phones", convert=ways),
        _OWNER_ID,
        COMPANY_ID,
    ),
    "organization": (
        _NAME,
        WireField("people_count", shows=fields.Integer(allow_none=True)),
        _OWNER_ID,
        WireField("owner_name", shows=fields.String(allow_none=True)),
        WireField("address", shows=fields.String(allow_none=True), convert=_address),
        _ACTIVE_FLAG,
        replace(cc_email("organization", "organization_id"), shows=fields.String(allow_none=True)),
        WireField("label_ids", shows=fields.List(fields.Integer())),
    ),
    "deal": (
        WireField("title", shows=fields.String()),
        *(WireField(name, shows=fields.String()) for name in ("status", "currency")),
        *(WireField(name, shows=fields.Integer()) for name in ("stage_id", "pipeline_id")),
        WireField("value", shows=Amount(), source=_worth),
    ),
}
"""What is shown of things, by their kind."""

_FACTS = {kind: Representation(told) for kind, told in _SHAPES.items()}
_NOTHING: Row = defaultdict(lambda: None, dict[str, Any].fromkeys(("emails", "phones", "label_ids"), "[]"))
"""The row of a thing that the caller may not see: clients go into the objects that stand for it unguarded."""


_SCHEMAS = {
    kind: schema(f"{kind.capitalize()}Reference", __name__, f"The {kind} that something refers to{remark}.", told)
    for kind, remark in (("user", ""), ("person", _REMARK), ("organization", _REMARK))
    for told in [shown((*_SHAPES[kind], WireField("value", shows=fields.Integer())))]
}


def as_object(field: WireField, kind: str) -> WireField:
    """A field that holds an id, shown as an object of what it refers to; clients give the id."""
    return replace(field, shows=fields.Nested(_SCHEMAS[kind], allow_none=True), convert=attrgetter("value"))


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
    wanted: dict[str, set[int]] = {kind: set() for kind in kinds.values()}
    for column, kind in kinds.items():
        wanted[kind].update([row[column] for row in rows if row[column] is not None])
    found = _references(call, wanted)
    for column, kind in kinds.items():
        of_kind = found[kind]
        for row in rows:
            row[column] = of_kind.get(row[column])
    return rows


def _references(call: Call, wanted: Mapping[str, Collection[int]]) -> dict[str, dict[int, Reference]]:
    """The things that have these numbers: as they were made of the versions that hold, or are made now."""
    kept = call.kept
    found: dict[str, dict[int, Reference]] = {kind: {} for kind in wanted}
    missing: dict[str, dict[int, Version]] = {kind: {} for kind in wanted}
    with call.reading() as reading:
        for version in versions_of(reading, wanted):
            kind, number, *_ = version
            if (reference := kept.get(version)) is None:
                missing[kind][number] = version
            else:
                found[kind][number] = reference
        for kind, versions in missing.items():
            begun = {number: version[2] for number, version in versions.items()}
            for number, row in find_versions(reading, KINDS[kind].table, begun).items():
                made, size = _made(kind, number, row, *versions[number][3:])
                found[kind][number] = kept.keep(versions[number], made, size)
    for kind, numbers in wanted.items():
        for number in numbers - found[kind].keys():
            hidden = kind, number
            found[kind][number] = kept.get(hidden) or kept.keep(hidden, *_made(kind, number))
    return found


def _made(kind: str, number: int, row: Row | None = None, *counted: Any) -> tuple[Reference, int]:
    """What has a row, or what the caller may not see, where there is none; and how many bytes it has.

    ``counted`` is what a `Version` tells beside.
    """
    told = _NOTHING if row is None else row | dict(zip(("people_count", "owner_name"), counted, strict=True))
    [facts] = _FACTS[kind].show([told], {}) if kind in _FACTS else [{}]
    value, related = render(facts | {"value": number}), render({"id": number} | facts)
    name = None if row is None else row[KINDS[kind].title or ""]
    return Reference(number, name, raw(value), raw(related), told), len(value) + len(related) + sys.getsizeof(told)


def related_objects(kinds: Kinds) -> Callable[[list[Row]], dict[str, Any]]:
    """What stands beside rows in the envelope: all that they refer to, by its kind and its id."""

    def beside(rows: list[Row]) -> dict[str, Any]:
        related: dict[str, dict[str, Any]] = {}
        for column, kind in kinds.items():
            referred = dict.fromkeys([row[column] for row in rows])
            if seen := {
                str(each.number): each.related for each in referred if each is not None and each.name is not None
            }:
                related.setdefault(kind, {}).update(seen)
        return {"related_objects": related}

    return beside
