"""What a request asks beside its path, and how the query is checked by a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Request
from marshmallow import Schema, ValidationError, missing
from marshmallow.fields import Integer
from werkzeug.datastructures import MultiDict

from service.http.bodies import body_of
from service.http.fields import Listed
from service.http.json import UnreadableBody, check_storable, parse
from service.http.time_fields import AsOf
from service.log.moments import as_position
from service.text import composed


@dataclass(frozen=True)
class Asked:
    """The parameters of a request's query, and what its body is as JSON, which is read only where it is needed."""

    parameters: MultiDict[str, str]
    body: Callable[[], Any]

    def object(self) -> dict[str, Any]:
        """The body, which has to be an object. Raises `UnreadableBody`."""
        value = self.body()
        if not isinstance(value, dict):
            raise UnreadableBody("the body must be a JSON object")
        return value


def asked_in(request: Request) -> Asked:
    """What a request asks."""
    return Asked(request.args, lambda: parse(body_of(request)))


def query_of(asked: Asked, schema: Schema, *, may_be_in_body: bool) -> Mapping[str, Any]:
    """The parameters as a schema has them; those of the body, too, where they ``may_be_in_body``."""
    parameters = [*asked.parameters.lists(), *(_parameters(asked.object()) if may_be_in_body else ())]
    given = {name: composed(_one(schema, name, values)) for name, values in parameters if name != "api_token"}
    check_storable(given)
    moments = {
        name: position for name, text in given.items() if (position := _position(schema, name, text)) is not None
    }
    if all(name in moments or _is_number(schema, name, text) for name, text in given.items()):
        numbers = _checked_numbers(schema, tuple((name, _SOME if name in moments else given[name]) for name in given))
        return {**numbers, **moments} if moments else numbers
    checked: Mapping[str, Any] = schema.load(given)
    return checked


def checked_body(asked: Asked, schema: Schema) -> Mapping[str, Any]:
    """The body as a schema has it. Raises `UnreadableBody`, and what is wrong with it.

    Which fields it names is settled before the schema's ``pre_load`` hooks run: none of these may name another one.
    """
    told = asked.object()
    named = frozenset([name for name, field in schema.load_fields.items() if (field.data_key or name) in told])
    checked: Mapping[str, Any] = _narrowed(schema, named).load(told)
    return checked


@lru_cache(500)
def _narrowed(schema: Schema, named: frozenset[str]) -> Schema:
    """A schema without the fields that may be left out, and are: to see so of each takes half of the time to load."""
    narrowed = copy(schema)
    narrowed.load_fields = {
        name: field
        for name, field in schema.load_fields.items()
        if name in named or field.required or field.load_default is not missing
    }
    return narrowed


_SOME = "1"
"""The position in whose place others stand in what is kept: there are too many of them."""


def _position(schema: Schema, name: str, text: str) -> int | None:
    """The position that a parameter names for a moment of the past; None where it is another one, or a time."""
    return as_position(text) if isinstance(schema.load_fields.get(name), AsOf) else None


def _is_number(schema: Schema, name: str, text: str) -> bool:
    return text.isdigit() and isinstance(schema.load_fields.get(name), Integer)


@lru_cache(1000)
def _checked_numbers(schema: Schema, given: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    """What a schema makes of numbers, or of nothing at all: they tell nothing of anybody, so it may be kept.

    A text of digits may: it is a telephone number, perhaps.
    """
    checked: Mapping[str, Any] = schema.load(dict(given))
    return checked


def _one(schema: Schema, name: str, values: list[str]) -> str:
    """What a query gives to a parameter; a list may come in several parts. Raises ValidationError."""
    if len(values) == 1:
        return values[0]
    known = {field.data_key or attribute: field for attribute, field in schema.load_fields.items()}
    if isinstance(known.get(name), Listed):
        return ",".join(values)
    if name in known:
        raise ValidationError({name: ["give it once: it is no list"]})
    return values[0]


def _parameters(body: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """What a body gives to parameters, as a query would."""
    for name, value in body.items():
        yield name, list(map(str, value if isinstance(value, list) else [value])) or [""]
