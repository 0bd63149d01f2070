"""Addresses in version 1 of the wire: text, with its parts beside it under names of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from marshmallow import fields

from projections.engine.rows import Row
from service.http.fields import Text
from service.http.loose_fields import AddressOrText
from service.http.v1_forms.forms import TEXT_OR_NULL
from service.http.v2.organizations import Address
from service.http.wire_fields import WireField

_PARTS = [name for name in Address().fields if name != "value"]


def address_fields(name: str) -> list[WireField]:
    """The fields of an address that a column of this name holds as JSON."""
    text = WireField(name, AddressOrText(fields.Nested(Address)), TEXT_OR_NULL, source=_part(name, "value"), fact=name)
    formatted = WireField(f"{name}_formatted_address", shows=TEXT_OR_NULL, source=_part(name, "value"))
    parts = [
        WireField(f"{name}_{part}", Text(blank=True, allow_none=True), TEXT_OR_NULL, source=_part(name, part))
        for part in _PARTS
    ]
    return [text, *parts, formatted]


def with_address(facts: dict[str, Any], name: str) -> dict[str, Any]:
    """The facts, with an address and its parts in one; parts without an address are the address."""
    given = {part: facts.pop(f"{name}_{part}") for part in _PARTS if f"{name}_{part}" in facts}
    parts = {part: value for part, value in given.items() if value}
    if not parts:
        return facts
    address = facts.get(name) or {"value": ", ".join(parts.values())}
    return {**facts, name: {**parts, **address}}


def _part(name: str, part: str) -> Callable[[Row], str | None]:
    """Reads a part of an address, which is empty where the address does not have it, and null where there is none."""
    default = None if part == "value" else ""
    return lambda row: address.get(part) or default if (address := orjson.loads(row[name] or "null")) else None
