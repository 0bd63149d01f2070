"""Shows what things refer to as objects, as version 1 does: looked up for all rows of an answer at once."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

import orjson
from marshmallow import Schema, fields
from marshmallow.fields import Field

from projections.engine.rows import Row, find_versions
from projections.kinds import KINDS
from projections.versions import Version, versions_of
from service.http.call import Call
from service.http.fields import Amount, Flag
from service.http.json import money, raw, render
from service.http.representation import Representation
from service.http.resource import Complete, as_stored
from service.http.v1_forms.forms import ACTIVE_FLAG, COMPANY_ID, TEXT_OR_NULL, cc_email
from service.http.wire_fields import Constant, WireField, always_null, schema, shown

_NO_WAY = raw('[{"value":"","primary":true}]')
"""How it is said that there is no way to reach a person: clients read the first of the list unguarded."""

_KINDS: Mapping[str, str] = {
    **{"owner_id": "user", "creator_id": "user", "person_id": "person", "organization_id": "organization"},
    **{"deal_id": "deal", "stage_id": "stage", "pipeline_id": "pipeline"},
}
"""The columns of rows that hold ids, and the kind of thing that each refers to."""


class WayAnswer(Schema):
    """One way to reach a person; where there is none, one with an empty value."""

    label = TEXT_OR_NULL
    value = fields.String(required=True)
    primary = Flag(required=True)


@dataclass(frozen=True, eq=False)
class Reference:
    """What something refers to, made once and kept; another version of it, or what is hidden, is another object.

    That is its id; what it is called, or None where the caller may not see it; as it is shown in place of the id, and
    beside all rows behind its id, which is JSON; and its row.
    """

    number: int
    name: str | None
    value: Any
    related: bytes
    row: Row


def ways(stored: str) -> Any:
    """The ways to reach a person, as they are stored."""
    return _NO_WAY if stored == "[]" else raw(stored)


WAYS = fields.List(fields.Nested(WayAnswer))
_REMARK = "; all but the id is null, or empty, where the caller may not see it"


def _columns(names: str, shows: Field[Any]) -> list[WireField]:
    return [WireField(name, shows=shows) for name in names.split()]


_NUMBER_OR_NULL = fields.Integer(allow_none=True)
_ACTIVE_FLAG = replace(ACTIVE_FLAG, shows=Flag(allow_none=True))
_SHAPES: dict[str, Sequence[WireField]] = {
    "user": (
        WireField("id", shows=fields.Integer(), source="user_id"),
        *_columns("name email", fields.String()),
        WireField("has_pic", shows=fields.Integer(), source=Constant(0)),
        always_null("pic_hash", fields.String),
        WireField("active_flag", shows=Flag(), source="is_active"),
    ),
    "person": (
        *(_ACTIVE_FLAG, *_columns("name", TEXT_OR_NULL)),
        *(WireField(name, shows=WAYS, source=f"{name}s", convert=ways) for name in ("email", "phone")),
        *(*_columns("owner_id", _NUMBER_OR_NULL), COMPANY_ID),
    ),
    "organization": (
        *_columns("name", TEXT_OR_NULL),
        *_columns("people_count owner_id", _NUMBER_OR_NULL),
        *_columns("owner_name", TEXT_OR_NULL),
        WireField("address", shows=TEXT_OR_NULL, convert=lambda stored: orjson.loads(stored).get("value")),
        _ACTIVE_FLAG,
        replace(cc_email("organization", "organization_id"), shows=TEXT_OR_NULL),
        WireField("label_ids", shows=fields.List(fields.Integer())),
    ),
    "deal": (
        *_columns("title status currency", fields.String()),
        *_columns("stage_id pipeline_id", fields.Integer()),
        WireField("value", shows=Amount(), source=lambda row: money(row["amount"], row["currency"]) or 0),
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


def as_object(field: WireField) -> WireField:
    """A field that holds an id, shown as an object of what it refers to; clients give the id."""
    shape = _SCHEMAS[_KINDS[field.column]]
    return replace(field, shows=fields.Nested(shape, allow_none=True), convert=attrgetter("value"))


def as_number(field: WireField) -> WireField:
    """A field that holds an id and is shown so, though rows have what it refers to in its place."""
    return replace(field, convert=attrgetter("number"))


def name_of(name: str, column: str) -> WireField:
    """What the thing is called that a column refers to."""
    return WireField(name, shows=TEXT_OR_NULL, source=column, convert=attrgetter("name"))


def says(column: str, name: str) -> Callable[[Row], Any]:
    """Tells what the row of the thing says that a column refers to, by that row's column of a name."""
    return lambda row: row[column].row[name]


NAMES = (
    *(name_of("deal_title", "deal_id"), name_of("person_name", "person_id")),
    *(name_of("org_name", "organization_id"), name_of("owner_name", "owner_id")),
)
"""What the things that most forms refer to are called."""


def is_hidden(name: str, column: str) -> WireField:
    """Whether the caller may not see the thing that a column refers to."""
    return WireField(name, shows=Flag(), source=lambda row: row[column] is not None and row[column].name is None)


def referring(
    *columns: str, complete: Complete = as_stored, needs: Sequence[str] = (), brought: str = ""
) -> dict[str, Any]:
    """How a form completes rows that refer to things by these columns, what it needs for that, and has beside them.

    In place of each id rows have a `Reference`, once ``complete`` has completed them, which ``needs`` other columns,
    and has ``brought`` one of these.
    """
    related = [column for column in columns if _KINDS[column] in _FACTS]

    def completed(call: Call, rows: list[Row]) -> list[Row]:
        return _with_references(call, complete(call, rows), columns)

    return {
        "complete": completed,
        "needs": (*needs, *(column for column in columns if column != brought)),
        "beside": partial(_related_objects, related) if related else None,
    }


def _with_references(call: Call, rows: list[Row], columns: Sequence[str]) -> list[Row]:
    wanted: dict[str, set[int]] = {_KINDS[column]: set() for column in columns}
    for column in columns:
        wanted[_KINDS[column]].update([row[column] for row in rows])
    found = _references(call, {kind: numbers - {None} for kind, numbers in wanted.items()})
    for column in columns:
        of_kind = found[_KINDS[column]].get
        for row in rows:
            row[column] = of_kind(row[column])
    return rows


def _references(call: Call, wanted: Mapping[str, set[int]]) -> dict[str, dict[int, Reference]]:
    """The things that have these numbers: what holds is looked up once for as long as the log stands still."""
    whose = call.user.viewer, None if call.then is None else call.then.position
    held = call.kept.held_at(call.standing, [(kind, *whose) for kind in wanted])
    found: dict[str, dict[int, Reference]] = dict(zip(wanted, held, strict=True))
    unknown = {kind: missing for kind, numbers in wanted.items() if (missing := numbers.difference(found[kind]))}
    if unknown:
        _find(call, unknown, found)
    return found


def _find(call: Call, wanted: Mapping[str, set[int]], found: dict[str, dict[int, Reference]]) -> None:
    """Look up which versions of things hold: what was made of them before is kept, and of others it is made now."""
    kept = call.kept
    with call.reading() as reading:
        versions = versions_of(reading, wanted)
        unmade: dict[str, dict[int, Version]] = {kind: {} for kind in wanted}
        for version, reference in zip(versions, kept.get_all(versions), strict=True):
            if reference is None:
                unmade[version[0]][version[1]] = version
            else:
                found[version[0]][version[1]] = reference
        for kind, those in unmade.items():
            begun = {number: version[2] for number, version in those.items()}
            for number, row in find_versions(reading, KINDS[kind].table, begun).items():
                made, size = _made(kind, number, row, *those[number][3:])
                found[kind][number] = kept.keep(those[number], made, size)
    for kind, numbers in wanted.items():
        for number in numbers.difference(found[kind]):
            hidden = kind, number
            found[kind][number] = kept.get(hidden) or kept.keep(hidden, *_made(kind, number))


def _made(kind: str, number: int, row: Row | None = None, *counted: Any) -> tuple[Reference, int]:
    """What has a row, or what the caller may not see, where there is none; and how many bytes it has.

    ``counted`` is what a `Version` tells beside.
    """
    told = _NOTHING if row is None else row | dict(zip(("people_count", "owner_name"), counted, strict=True))
    [facts] = _FACTS[kind].show([told], {}) if kind in _FACTS else [{}]
    value, related = render(facts | {"value": number}), b'"%d":%b' % (number, render({"id": number} | facts))
    name = None if row is None else row[KINDS[kind].title or ""]
    return Reference(number, name, raw(value), related, told), len(value) + len(related) + sys.getsizeof(told)


def _related_objects(columns: Sequence[str], rows: list[Row]) -> dict[str, Any]:
    """What stands beside rows in the envelope: all that they refer to by these columns, by its kind and its id."""
    referred: dict[str, dict[Reference | None, None]] = {_KINDS[column]: {} for column in columns}
    for column in columns:
        referred[_KINDS[column]].update(dict.fromkeys([row[column] for row in rows]))
    seen = {
        kind: [each.related for each in things if each is not None and each.name is not None]
        for kind, things in referred.items()
    }
    return {"related_objects": {kind: raw(b"{%b}" % b",".join(things)) for kind, things in seen.items() if things}}
