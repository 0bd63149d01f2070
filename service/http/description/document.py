"""Makes the OpenAPI document: operations of all families, shared components, and how to be let in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import getdoc
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from service.http.description.answers import answers
from service.http.description.enums import name_enums
from service.http.description.examples import add_examples
from service.http.description.fields import Described, taken, teach
from service.http.description.headers import IDEMPOTENCY_KEY, header_components
from service.http.description.problems import PROBLEMS, problem_components
from service.http.family import Family
from service.http.idempotency import LONGEST_KEY, NAME
from service.http.route import Route

_ABOUT = (
    "Leads, deals and what happens to them, as an event log keeps it. "
    "Every request but the public ones bears one token, which has the scope that stands at the operation as x-scope. "
    "A parameter that takes a list takes its values separated by commas, or is repeated; any other is given once. "
    "Bodies are JSON objects in UTF-8, each key once. A request may bear an id of its own in the header X-Request-Id. "
    "One that changes something may be repeated, with the same effect and answer, under the same Idempotency-Key. "
    "What answers one thing has an ETag; If-Match and If-None-Match are kept where one thing is asked or changed. "
    "What else the log determines has a digest for an ETag, which If-None-Match compares."
)
_PATH_TYPES: dict[str, Described] = {
    "uuid": {"type": "string", "format": "uuid"},
    "id": {"type": "integer", "minimum": 1},
    "request_id": {"type": "string", "maxLength": LONGEST_KEY},
    "token_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
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


def describe(families: Iterable[Family]) -> Described:
    """Everything that can be asked of the service, as an OpenAPI document.

    Where two families know an operation by the same name, it is the first one's; the other's bears its family's.
    """
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec(
        "Leadledger",
        "1",
        "3.1.0",
        plugins=[plugin],
        security=[{name: []} for name in _SECURITY],
        info={"description": _ABOUT},
    )
    assert isinstance(plugin.converter, OpenAPIConverter)
    teach(plugin.converter)
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for name, header in header_components().items():
        spec.components.header(name, header)
    for name, schema in {"IdempotencyKey": IDEMPOTENCY_KEY, **PROBLEMS}.items():
        spec.components.schema(name, schema)
    for name, response in problem_components().items():
        spec.components.response(name, response)
    named: set[str] = set()
    for family in families:
        spec.tag({"name": family.name, "description": _TAGS[family.name]})
        for route in family.routes:
            name = route.name if route.name not in named else f"{route.name}_{family.name}"
            named.add(name)
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", family.prefixes[0] + route.path)
            spec.path(path=path, operations={route.method.lower(): _operation(plugin.converter, family, route, name)})
    document: Described = spec.to_dict()
    for (kind, *_), name in plugin.converter.refs.items():
        document["components"]["schemas"][name]["description"] = getdoc(kind)
    name_enums(document)
    add_examples(document)
    return document


def _operation(converter: OpenAPIConverter, family: Family, route: Route, name: str) -> Described:
    summary, _, more = (getdoc(route.view) or "").partition("\n")
    operation: Described = {
        "operationId": name,
        "summary": summary,
        "tags": [family.name],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": answers(converter, family, route),
    }
    if more.strip():
        operation["description"] = more.strip()
    if route.body is not None and route.body.fields:
        is_required = any(field.required for field in route.body.fields.values())
        content = {"application/json": {"schema": taken(route.body)}}
        operation["requestBody"] = {"required": is_required, "content": content}
    if route.is_public:
        operation["security"] = []
    else:
        operation["x-scope"] = route.scope
    return operation


def _path_parameters(route: Route) -> list[Described]:
    return [
        {"in": "path", "name": name, "required": True, "schema": _PATH_TYPES[kind or "string"]}
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", route.path)
    ]


def _query_parameters(route: Route) -> list[Described]:
    return [{"in": "query", "schema": taken(route.query)}] if route.query.fields else []


def _header_parameters(route: Route) -> list[Described]:
    key = {"in": "header", "name": NAME, "required": False, "schema": {"$ref": "#/components/schemas/IdempotencyKey"}}
    return [key] if route.is_command else []


def _name_of(schema: Any) -> str:
    """A schema's name, behind its family's: files may be named and cut anew without clients hearing of it."""
    kind = schema if isinstance(schema, type) else type(schema)
    family = kind.__module__.removeprefix("service.http.").rpartition(".")[0].partition("_")[0]
    return f"{family}.{kind.__name__}" if family else kind.__name__
