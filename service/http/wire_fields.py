"""The fields that a kind of thing has on the wire, and the schemas that are made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from marshmallow import Schema, fields
from marshmallow.fields import Field

from projections.engine.rows import Row
from service.http.fields import Text, Whole

T = TypeVar("T")
Body = Literal["new", "changed"]

_UNCHECKED: Mapping[type[Field[Any]], type[Field[Any]]] = {Text: fields.String, Whole: fields.Integer}
"""What describes a value that is shown without the bounds of the field that takes it."""


@dataclass(frozen=True)
class Constant:
    """A value that is the same for every row."""

    value: Any


@dataclass(frozen=True)
class WireField:
    """One field of a kind of thing.

    ``takes``: the field that checks what clients give; None where they cannot give it.
    ``shows``: the field that describes what they are shown; like what is taken, unless it is given.
    ``source``: where in a row the shown value comes from: a column, unless it is called like the field; a function of
    the row; or a constant.
    ``convert``: what is done to a column's value, instead of what is usual for its kind of field.
    ``fact``: what commands know the field by, unless it is by the column.
    ``needed``: whether a new thing must have it.
    ``in_body``: the only one of the two bodies that has it, unless both do.
    ``on_request``: the word of the query's ``include_fields``, or the flag of the query, that asks for it; what has
    none is always shown.
    ``filters``: the parameter that lists are filtered by, if they can be.
    ``sorts``: the column that lists are sorted by, if they can be.
    """

    name: str
    takes: Field[Any] | None = None
    shows: Field[Any] | None = None
    source: str | Callable[[Row], Any] | Constant = ""
    convert: Callable[[Any], Any] | None = None
    fact: str = ""
    needed: bool = False
    in_body: Body | None = None
    on_request: str = ""
    filters: Field[Any] | None = None
    sorts: str = ""

    @property
    def column(self) -> str:
        """The column of the row."""
        return self.source if isinstance(self.source, str) and self.source else self.name

    @property
    def shown_as(self) -> Field[Any]:
        """The field that describes what is shown."""
        field = self.shows or self.takes
        assert field is not None, f"{self.name} is neither taken nor shown"
        return field


def always_null(name: str, shows: Callable[..., Field[Any]], on_request: str = "") -> WireField:
    """A field of which the wire knows something and we know nothing yet."""
    return WireField(name, shows=shows(allow_none=True), source=Constant(None), on_request=on_request)


def all_null(names: str, shows: Callable[..., Field[Any]]) -> list[WireField]:
    """Several of those, with blanks between their names."""
    return [always_null(name, shows) for name in names.split()]


def camel_case(name: str) -> str:
    """A name in the wire's spelling: ``lead_labels`` is ``leadLabels``, and ``_lead_label`` is ``LeadLabel``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def schema(name: str, module: str, doc: str, parts: Mapping[str, Any], base: type[Schema] = Schema) -> type[Schema]:
    """A schema of these fields, after those of its base, that is described as one of a module."""
    return type(name, (base,), {"__module__": module, "__doc__": doc, **parts})


def taken(wire_fields: Sequence[WireField], body: Body) -> dict[str, Field[Any]]:
    """The fields of a body, by the names that commands know them by."""
    return {
        field.fact or field.column: _taken(field.takes, field, body)
        for field in wire_fields
        if field.takes is not None and field.in_body in (None, body)
    }


def shown(wire_fields: Sequence[WireField]) -> dict[str, Field[Any]]:
    """The fields of an answer."""
    return {field.name: _shown(field) for field in wire_fields}


def by_kind(table: Mapping[type[Field[Any]], T], field: Field[Any]) -> T | None:
    """What a table has for a field: by its class, or the nearest one that this derives from."""
    return next((table[kind] for kind in type(field).__mro__ if kind in table), None)


def _taken(takes: Field[Any], field: WireField, body: Body) -> Field[Any]:
    given = deepcopy(takes)
    given.data_key = field.name
    given.required = field.needed and body == "new"
    return given


def _shown(field: WireField) -> Field[Any]:
    kind = by_kind(_UNCHECKED, field.shown_as)
    found = kind(allow_none=field.shown_as.allow_none) if kind else deepcopy(field.shown_as)
    found.required, found.validators = not field.on_request, []
    return found
