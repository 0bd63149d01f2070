"""Gives lists of allowed values names of their own, which generated clients use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from service.http.description.fields import Described

_Values = tuple[Any, ...]


def name_enums(document: Described) -> None:
    """Move each list of allowed values among the document's schemas, once, and point to it wherever it stood.

    It is called by the field that takes the values; where fields of one name take different ones, by the schema or
    the operation, too.
    """
    found = list(_found(document))
    wanted: dict[str, set[_Values]] = defaultdict(set)
    for _, name, place in found:
        wanted[name].add(_values(place))
    names: dict[_Values, str] = {}
    for owner, name, place in found:
        values = _values(place)
        names.setdefault(values, name if len(wanted[name]) == 1 else owner + name)
        kind = {"type": "integer" if isinstance(values[0], int) else "string", "enum": list(values)}
        document["components"]["schemas"][names[values]] = kind
        _point(place, f"#/components/schemas/{names[values]}")


def _found(document: Described) -> Iterator[tuple[str, str, Described]]:
    """Each list of values: whose it is, the name of the field that takes them, and where it stands."""
    for name, schema in document["components"]["schemas"].items():
        yield from _within(schema, name.rpartition(".")[2], "")
    for methods in document["paths"].values():
        for operation in methods.values():
            owner = _capital(operation["operationId"])
            for parameter in operation["parameters"]:
                yield from _within(parameter["schema"], owner, _capital(parameter["name"]))


def _within(schema: Any, owner: str, name: str) -> Iterator[tuple[str, str, Described]]:
    if isinstance(schema, list):
        for each in schema:
            yield from _within(each, owner, name)
    elif isinstance(schema, dict):
        if "enum" in schema:
            yield owner, name, schema
        for key, inner in schema.items():
            if key == "properties":
                for field, described in inner.items():
                    yield from _within(described, owner, _capital(field))
            elif key in ("items", "anyOf", "allOf"):
                yield from _within(inner, owner, name)


def _values(place: Described) -> _Values:
    return tuple(value for value in place["enum"] if value is not None)


def _point(place: Described, reference: str) -> None:
    is_nullable = None in place["enum"]
    for key in ("type", "enum", "format"):
        place.pop(key, None)
    if is_nullable:
        place["anyOf"] = [{"$ref": reference}, {"type": "null"}]
    else:
        place["$ref"] = reference


def _capital(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))
