"""Makes examples of requests and answers from the schemas that describe them."""

from __future__ import annotations

from typing import Any

from service.http.description.fields import Described

_WORDS = {
    "title": "Utskifting av stigeledninger",
    "name": "Kari Nordmann",
    "content": "They called back and want a visit",
    "reason": "They answered the first email",
    "legal_basis": "GDPR Art. 17(1)(b)",
    "email": "kari@example.org",
    "value": "Bryggen 1, Bergen",
    "term": "stigeledninger",
    "currency": "NOK",
    "source": "Web forms",
    "sources": "Prospector",
    "color": "aeb31b",
    "kind": "email_answered",
    "due_time": "09:30:00",
    "duration": "00:45:00",
}
"""By the name of the field."""

_FORMATS = {
    "uuid": "862ae5f3-3d91-4d2b-a65d-cf00bbaa05e7",
    "date": "2026-12-31",
    "date-time": "2026-11-23T18:30:50Z",
    "uri-reference": "/api/ledger/v1/docs",
}
_DEEPEST = 6
_LINKS = ("person_id", "person")
"""What most things are about; it is told though it is not needed by itself."""


def add_examples(document: Described) -> None:
    """Give every parameter that is needed, every body and every answer in JSON an example."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["required"]:
                    parameter["example"] = _example(document, parameter["schema"], parameter["name"])
            if "requestBody" in operation:
                _add(document, operation["requestBody"]["content"], is_sent=True)
            for response in operation["responses"].values():
                _add(document, response.get("content", {}), is_sent=False)
    for response in document["components"]["responses"].values():
        _add(document, response["content"], is_sent=False)


def _add(document: Described, content: Described, *, is_sent: bool) -> None:
    for kind, media in content.items():
        if kind.endswith("json"):
            media["example"] = _example(document, media["schema"], "", is_sent=is_sent)


def _example(document: Described, schema: Described, name: str, depth: int = 0, *, is_sent: bool = False) -> Any:
    if "$ref" in schema:
        return _example(document, referred(document, schema["$ref"]), name, depth, is_sent=is_sent)
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if alternatives := schema.get("anyOf") or schema.get("allOf"):
        return _example(document, alternatives[0], name, depth, is_sent=is_sent)
    kind = schema.get("type", "object")
    match kind if isinstance(kind, str) else kind[0]:
        case "object":
            return {} if depth > _DEEPEST else _object(document, schema, depth, is_sent)
        case "array":
            return [_example(document, schema["items"], name, depth + 1, is_sent=is_sent)]
        case "integer":
            return max(schema.get("minimum", 1), 1)
        case "number":
            return 12.5
        case "boolean":
            return True
        case "string":
            return _FORMATS.get(schema.get("format", ""), _WORDS.get(name, "text"))
    return None


def _object(document: Described, schema: Described, depth: int, is_sent: bool) -> Described:
    known = schema.get("properties", {})
    names = list(known)
    if is_sent:
        told = {*schema.get("required", []), *_LINKS, *(name for name in names if "example" in known[name])}
        names = [name for name in names if name in told] or names[:1]
    return {name: _example(document, known[name], name, depth + 1, is_sent=is_sent) for name in names}


def referred(document: Described, reference: str) -> Described:
    """The schema that a reference names."""
    found: Described = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found
