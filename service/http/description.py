"""Routes and their schemas flow in and the description of the whole interface flows out, as OpenAPI has it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from inspect import getdoc
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow.fields import Field

from service.http.call import LONGEST_REQUEST_ID
from service.http.family import Family, Route
from service.http.fields import Amount, Flag, Listed, Order, QueryFlag
from service.http.time_fields import AsOf, Day, Moment

Described = dict[str, Any]
"""A part of an OpenAPI document."""

_TYPES: dict[type, tuple[str | None, str | None]] = {
    Amount: ("number", None),
    AsOf: ("string", None),
    Day: ("string", "date"),
    Moment: ("string", "date-time"),
    Flag: ("boolean", None),
    QueryFlag: ("boolean", None),
    Order: ("string", None),
    Listed: ("array", None),
}
_PATH_TYPES: dict[str, Described] = {
    "uuid": {"type": "string", "format": "uuid"},
    "id": {"type": "integer", "minimum": 1},
    "request_id": {"type": "string", "maxLength": LONGEST_REQUEST_ID},
    "string": {"type": "string"},
}
_TAGS = {
    "ledger": "Our own interface.",
    "v2": "The public wire, version 2.",
    "v1": "The public wire, version 1; /api/v1 leads to the same.",
    "root": "The service itself.",
}
_SECURITY: dict[str, Described] = {
    "header": {"type": "apiKey", "in": "header", "name": "x-api-token"},
    "query": {"type": "apiKey", "in": "query", "name": "api_token"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
_TEXT: Described = {"type": "string"}
_WIRE_PROBLEM: Described = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": _TEXT,
        "error_info": _TEXT,
        "errorCode": {"type": "integer"},
        "code": _TEXT,
        "data": {"type": "null"},
        "additional_data": {"type": "null"},
    },
}
_OWN_PROBLEM: Described = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "request_id": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": _TEXT, "reason": _TEXT},
            },
        },
    },
}
_OFFSETS: Described = {"start": {"type": "integer"}, "limit": {"type": "integer"}, "next_start": {"type": "integer"}}
_OFFSETS |= {"more_items_in_collection": {"type": "boolean"}}


def describe(families: Iterable[Family]) -> Described:
    """Everything that can be asked of the service, as an OpenAPI document.

    Where two families know an operation by the same name, it is the first one's; the other's bears its family's.
    """
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec("Leadledger", "1", "3.1.0", plugins=[plugin], security=[{name: []} for name in _SECURITY])
    assert isinstance(plugin.converter, OpenAPIConverter)
    _teach(plugin.converter)
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, scheme)
    spec.components.schema("WireProblem", _WIRE_PROBLEM)
    spec.components.schema("Problem", _OWN_PROBLEM)
    taken: set[str] = set()
    for family in families:
        spec.tag({"name": family.name, "description": _TAGS[family.name]})
        for route in family.routes:
            name = route.name if route.name not in taken else f"{route.name}_{family.name}"
            taken.add(name)
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", family.prefixes[0] + route.path)
            spec.path(path=path, operations={route.method.lower(): _operation(plugin.converter, family, route, name)})
    document: Described = spec.to_dict()
    return document


def _operation(converter: OpenAPIConverter, family: Family, route: Route, name: str) -> Described:
    operation: Described = {
        "operationId": name,
        "summary": (getdoc(route.view) or "").partition("\n")[0],
        "tags": [family.name],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {str(status): _success(converter, family, route, status) for status in _successes(route)}
        | {str(status): _problem(family, status) for status in _possible_problems(family, route)},
    }
    if route.body is not None and route.body.fields:
        is_required = any(field.required for field in route.body.fields.values())
        operation["requestBody"] = {"required": is_required, "content": {"application/json": {"schema": route.body}}}
    if route.is_public:
        operation["security"] = []
    return operation


def _path_parameters(route: Route) -> list[Described]:
    return [
        {"in": "path", "name": name, "required": True, "schema": _PATH_TYPES[kind or "string"]}
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", route.path)
    ]


def _query_parameters(route: Route) -> list[Described]:
    return [{"in": "query", "schema": route.query}] if route.query.fields else []


def _successes(route: Route) -> list[int]:
    return [route.status, *([202] if route.may_take_longer else [])]


def _success(converter: OpenAPIConverter, family: Family, route: Route, status: int) -> Described:
    response: Described = {"description": HTTPStatus(status).phrase}
    if route.answer is not None:
        shape = converter.field2property(route.answer) if isinstance(route.answer, Field) else route.answer
        data: Any = {"type": "array", "items": shape} if route.many else shape
        schema = _enveloped(route, data) if _is_wire(family) else data
        response["content"] = {"application/json": {"schema": schema}}
    return response


def _enveloped(route: Route, data: Any) -> Described:
    beside: Described = {}
    if "cursor" in route.query.fields:
        beside = {"type": "object", "properties": {"next_cursor": {"type": ["string", "null"]}}}
    elif "start" in route.query.fields:
        pagination = {"type": "object", "properties": _OFFSETS}
        beside = {"type": "object", "properties": {"pagination": pagination, **_OFFSETS}}
    properties = {"success": {"const": True}, "data": data, "additional_data": beside}
    return {"type": "object", "required": ["success", "data"], "properties": properties}


def _possible_problems(family: Family, route: Route) -> list[int]:
    takes_something = bool(route.query.fields) or route.body is not None
    possible = {
        400: takes_something,
        401: not route.is_public,
        403: route.is_for_administrators,
        404: "<" in route.path or route.missing is not None,
        409: route.body is not None and not _is_wire(family),
        503: True,
        504: route.method != "GET",
    }
    return [status for status, is_possible in possible.items() if is_possible]


def _problem(family: Family, status: int) -> Described:
    kind, body = ("application/json", "WireProblem") if _is_wire(family) else ("application/problem+json", "Problem")
    reference = {"$ref": f"#/components/schemas/{body}"}
    return {"description": HTTPStatus(status).phrase, "content": {kind: {"schema": reference}}}


def _is_wire(family: Family) -> bool:
    return family.name in ("v1", "v2")


def _name_of(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    room = kind.__module__.removeprefix("service.http.")
    return f"{room}.{kind.__name__}"


def _teach(converter: OpenAPIConverter) -> None:
    """Tell the converter what our own fields are."""

    def items(field: Any, ret: Described) -> Described:
        return {"items": converter.field2property(field.inner)} if isinstance(field, Listed) else {}

    def without_empty_default(field: Any, ret: Described) -> Described:
        if field.load_default is None:
            del ret["default"]
        return {}

    def separated(_: OpenAPIConverter, field: Any, ret: Described) -> Described:
        return {"style": "form", "explode": False} if isinstance(field, Listed) else {}

    converter.field_mapping = {**converter.field_mapping, **_TYPES}
    converter.attribute_functions += [items, without_empty_default]
    converter.add_parameter_attribute_function(separated)
