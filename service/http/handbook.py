"""An OpenAPI document flows in and flows out as what people read: operations, what each takes, and a line to try."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.http.description import Described

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
                parameters=tuple(_parameter(parameter) for parameter in operation["parameters"]),
                body=_pretty(document, body),
                answer=_pretty(document, answer),
                curl=_curl(document, method.upper(), address + path, body, is_public),
            )


def _content(part: Mapping[str, Any]) -> Described | None:
    content: Mapping[str, Any] = part.get("content", {}).get("application/json", {})
    return content.get("schema")


def _parameter(parameter: Described) -> Parameter:
    described = parameter["schema"]
    allowed = described.get("enum")
    words = " | ".join(map(str, allowed)) if allowed else str(_shape({}, described))
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
        return _shape(document, _referred(document, described["$ref"]), depth + 1)
    if alternatives := described.get("anyOf") or described.get("allOf"):
        return _shape(document, alternatives[0], depth)
    if "const" in described:
        return described["const"]
    types = described.get("type", "anything")
    first, *others = [types] if isinstance(types, str) else types
    if first == "object" and "properties" in described:
        return {name: _shape(document, inner, depth + 1) for name, inner in described["properties"].items()}
    if first == "array":
        return [_shape(document, described.get("items", {}), depth + 1)]
    return " or ".join([described.get("format", first), *others])


def _referred(document: Described, reference: str) -> Described:
    found: Described = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def _curl(document: Described, method: str, url: str, body: Described | None, is_public: bool) -> str:
    parts = ["curl"] if is_public else ['curl -H "x-api-token: $TOKEN"']
    if method != "GET":
        parts.append(f"-X {method}")
    if body is not None:
        shape = _shape(document, body)
        needed = _referred(document, body["$ref"]).get("required") or list(shape)[:1]
        told = json.dumps({name: shape[name] for name in needed}, ensure_ascii=False)
        parts.append(f"-H 'Content-Type: application/json' -d '{told}'")
    return " ".join([*parts, f"'{url}'"])
