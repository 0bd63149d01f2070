"""Renders the OpenAPI document as an HTML page: each operation, what it takes, and a line to try."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from service.http.description import Described
from service.http.description.examples import referred

_DEEPEST = 8


@dataclass(frozen=True)
class Parameter:
    """What an operation takes in its path or its query."""

    name: str
    place: str
    is_required: bool
    shape: str


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of the service; ``body`` and ``answer`` are JSON with types in values' places."""

    name: str
    family: str
    method: str
    path: str
    summary: str
    is_public: bool
    parameters: tuple[Parameter, ...]
    body: str | None
    answer: str | None
    curl: str


def operations(document: Described, address: str) -> Iterator[Operation]:
    """All operations of a document; ``address`` is where the service answers."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = _content(operation.get("requestBody", {}))
            answers = (_content(operation["responses"][status]) for status in operation["responses"] if status < "300")
            answer = next(answers, None)
            is_public = operation.get("security") == []
            yield Operation(
                name=operation["operationId"],
                family=operation["tags"][0],
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                is_public=is_public,
                parameters=tuple(_parameter(document, parameter) for parameter in operation["parameters"]),
                body=_pretty(document, body),
                answer=_pretty(document, answer),
                curl=_curl(method.upper(), address + path, operation, is_public),
            )


def _content(part: Mapping[str, Any]) -> Described | None:
    content: Mapping[str, Any] = part.get("content", {}).get("application/json", {})
    return content.get("schema")


def _parameter(document: Described, parameter: Described) -> Parameter:
    described = parameter["schema"]
    shape = _shape(document, described)
    words = f"{shape[0]}, several" if isinstance(shape, list) else str(shape)
    if "default" in described:
        words += f", otherwise {described['default']}"
    return Parameter(parameter["name"], parameter["in"], parameter.get("required", False), words)


def _pretty(document: Described, described: Described | None) -> str | None:
    return None if described is None else json.dumps(_shape(document, described), indent=2, ensure_ascii=False)


def _shape(document: Described, described: Described, depth: int = 0) -> Any:
    """A value like the ones described, with the names of types where values would stand."""
    if depth > _DEEPEST:
        return "…"
    if "$ref" in described:
        return _shape(document, referred(document, described["$ref"]), depth + 1)
    if alternatives := described.get("anyOf") or described.get("allOf"):
        return _shape(document, alternatives[0], depth)
    if "const" in described:
        return described["const"]
    if "enum" in described:
        return " | ".join(map(str, described["enum"]))
    types = described.get("type", "anything")
    first, *others = [types] if isinstance(types, str) else types
    if first == "object" and "properties" in described:
        return {name: _shape(document, inner, depth + 1) for name, inner in described["properties"].items()}
    if first == "array":
        return [_shape(document, described.get("items", {}), depth + 1)]
    return " or ".join([described.get("format", first), *others])


def _curl(method: str, url: str, operation: Described, is_public: bool) -> str:
    parts = ["curl"] if is_public else ['curl -H "x-api-token: $TOKEN"']
    if method != "GET":
        parts.append(f"-X {method}")
    if "requestBody" in operation:
        told = json.dumps(operation["requestBody"]["content"]["application/json"]["example"], ensure_ascii=False)
        parts.append(f"-H 'Content-Type: application/json' -d '{told}'")
    needed = {parameter["name"]: parameter for parameter in operation["parameters"] if parameter["required"]}
    query = {name: parameter["example"] for name, parameter in needed.items() if parameter["in"] == "query"}
    url = re.sub(r"\{(\w+)\}", lambda found: str(needed[found[1]]["example"]), url)
    return " ".join([*parts, f"'{url}?{urlencode(query)}'" if query else f"'{url}'"])
