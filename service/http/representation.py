"""Shows rows as the wire has them, by one function for each kind of thing that is compiled from its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import fields
from marshmallow.fields import Field

from projections.engine.rows import Row
from service.http.fields import Html
from service.http.harmless import as_harmless_html
from service.http.json import raw
from service.http.time_fields import Moment
from service.http.times import whole_seconds
from service.http.wire_fields import Constant, WireField, by_kind

_CONVERSIONS: Mapping[type[Field[Any]], Callable[[Any], Any]] = {
    Html: as_harmless_html,
    Moment: whole_seconds,
    fields.Nested: raw,
    fields.List: raw,
}
"""What is usually done to a column's value before it is shown, by the kind of field; lists and objects are JSON."""

_FLAG = "include_"
"""How the names of the query's flags begin that ask for something."""


class Representation:
    """How rows are shown: the fields that every answer has, and those that are shown on request only."""

    def __init__(self, wire_fields: Sequence[WireField]) -> None:
        self.wire_fields = wire_fields
        self._render = _compiled([field for field in wire_fields if not field.on_request])
        self._on_request = {field.on_request: _compiled([field]) for field in wire_fields if field.on_request}
        self._flags = [word for word in self._on_request if word.startswith(_FLAG)]

    @property
    def includable(self) -> list[str]:
        """What can be asked for by ``include_fields``."""
        return [word for word in self._on_request if not word.startswith(_FLAG)]

    def asked(self, query: Mapping[str, Any]) -> tuple[str, ...]:
        """What a query asks for of what is shown on request only, in the order that it names."""
        return *query.get("include_fields", ()), *(flag for flag in self._flags if query.get(flag))

    def show(self, rows: Sequence[Row], query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows as they are shown to whoever sent that query."""
        answers = list(map(self._render, rows))
        for render in (self._on_request[word] for word in self.asked(query)):
            for answer, row in zip(answers, rows, strict=True):
                answer.update(render(row))
        return answers


def _compiled(wire_fields: Sequence[WireField]) -> Callable[[Row], dict[str, Any]]:
    """The function that shows these fields of a row.

    It is compiled as one literal dictionary of expressions: a walk over the fields takes three times as long.
    """
    functions: dict[str, Any] = {}
    pairs = [f"{field.name!r}: {_expression(field, functions)}" for field in wire_fields]
    rendering: Callable[[Row], dict[str, Any]] = eval(f"lambda row: {{{', '.join(pairs)}}}", functions)
    return rendering


def _expression(field: WireField, functions: dict[str, Any]) -> str:
    """The Python expression of a field's value, and among the functions the one that it calls."""
    if isinstance(field.source, Constant):
        return repr(field.source.value)
    name = f"show_{field.name}"
    if callable(field.source):
        functions[name] = field.source
        return f"{name}(row)"
    value = f"row[{field.column!r}]"
    convert = field.convert or by_kind(_CONVERSIONS, field.shown_as)
    if convert is None:
        return value
    functions[name] = convert
    return f"None if {value} is None else {name}({value})" if field.shown_as.allow_none else f"{name}({value})"
