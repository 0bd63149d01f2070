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

_SHOWN_AS: Mapping[type[Field[Any]], type[Field[Any]]] = {Text: fields.String, Whole: fields.Integer}
"""How a field that takes something is described where it is shown, if not by the same kind of field."""


@dataclass(frozen=True)
class Constant:
    """A value that is the same for every row."""

    value: Any


@dataclass(frozen=True)
class WireField:
    """One field: what clients may give, what they are shown, and where in a row the shown value comes from.

    ``takes`` is None for what clients cannot give, and ``shows`` is like what is taken unless it says otherwise.
    ``source`` is the row's column, where it is not called like the field, a function of the whole row, or a constant;
    ``convert`` is done to a column's value instead of what is usual for its kind. Commands know the field as ``fact``,
    or else as the column. A new thing must have what is ``needed``; what is for ``only`` one of the two bodies, the
    other may not have. What is ``asked`` for by a word in the query's ``include_fields``, or by a flag of the query,
    is shown on request only. Lists are filtered by a parameter like ``filters``, and sorted by the column ``sorts``.
    """

    name: str
    takes: Field[Any] | None = None
    shows: Field[Any] | None = None
    source: str | Callable[[Row], Any] | Constant = ""
    convert: Callable[[Any], Any] | None = None
    fact: str = ""
    needed: bool = False
    only: Body | None = None
    asked: str = ""
    filters: Field[Any] | None = None
    sorts: str = ""

    @property
    def column(self) -> str:
        """The column of the row."""
        return self.source if isinstance(self.source, str) and self.source else self.name

    @property
    def likeness(self) -> Field[Any]:
        """The kind of field that is shown."""
        field = self.shows or self.takes
        assert field is not None, f"{self.name} is neither taken nor shown"
        return field


def always_null(name: str, shows: type[Field[Any]], asked: str = "") -> WireField:
    """A field of which the wire knows something and we know nothing yet."""
    return WireField(name, shows=shows(allow_none=True), source=Constant(None), asked=asked)


def schema(name: str, module: str, doc: str, parts: Mapping[str, Any], base: type[Schema] = Schema) -> type[Schema]:
    """A schema of these fields, after those of its base, that is described as one of a module."""
    return type(name, (base,), {"__module__": module, "__doc__": doc, **parts})


def taken(wire_fields: Sequence[WireField], body: Body) -> dict[str, Field[Any]]:
    """The fields of a body, by the names that commands know them by."""
    return {
        field.fact or field.column: _taken(field.takes, field, body)
        for field in wire_fields
        if field.takes is not None and field.only in (None, body)
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
    kind = by_kind(_SHOWN_AS, field.likeness)
    found = kind(allow_none=field.likeness.allow_none) if kind else deepcopy(field.likeness)
    found.required, found.validators = not field.asked, []
    return found
