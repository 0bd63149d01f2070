"""Describes the headers of answers."""

from __future__ import annotations

from http import HTTPStatus

from service.http.description.fields import Described
from service.http.idempotency import BARE_KEY, QUOTED_KEY

DIGEST = "Digest"
"""The component that describes the header ETag where it is a digest of the answer."""

_TEXT: Described = {"type": "string"}
_EVERYWHERE = ("X-Request-Id", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options")
_HEADERS: dict[str, Described] = {
    "X-Request-Id": {
        "description": "The id that the client or a proxy gave the request in this header, or a new one.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100},
    },
    "Cache-Control": {
        "description": "What caches may keep: nothing for others, and nothing at all of a person's whole file.",
        "schema": {"type": "string", "enum": ["private, no-cache", "no-store"]},
    },
    "Content-Security-Policy": {"description": "Lets a browser run nothing of the answer.", "schema": _TEXT},
    "X-Content-Type-Options": {"description": "The content is what it is said to be.", "schema": {"const": "nosniff"}},
    "X-As-Of-Position": {
        "description": "Which position of the log the answer is as of, where the request has as_of.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-Assumed-Time-Zone": {
        "description": "In which zone a time of the request was understood that did not tell its own; else absent.",
        "schema": {"const": "UTC"},
    },
    "Idempotent-Replayed": {
        "description": "That this was done before, in a request with the same Idempotency-Key; else it is absent.",
        "schema": {"const": "true"},
    },
    "ETag": {
        "description": "Where in the log the one thing that is answered was edited last, where the log ends, and the "
        "release: If-Match compares the first, If-None-Match all.",
        "schema": {"type": "string", "pattern": r'^"\d+\.\d+\.[0-9a-f]{10}(-gzip)?"$'},
    },
    DIGEST: {
        "description": "A digest of the answer, which If-None-Match compares.",
        "schema": {"type": "string", "pattern": r'^"[0-9a-f]{20}(-gzip)?"$'},
    },
    "Location": {"description": "Where it is.", "schema": {"type": "string", "format": "uri-reference"}},
    "WWW-Authenticate": {"description": "How to be let in.", "schema": {"const": "Bearer"}},
    "Accept-Encoding": {"description": "How a body may be packed.", "schema": {"const": "gzip"}},
    "Retry-After": {"description": "In how many seconds to try again.", "schema": {"type": "integer", "minimum": 1}},
}
IDEMPOTENCY_KEY: Described = {
    "description": "A key of the client's own, under which the request can be repeated; its quotes may be left out.",
    "type": "string",
    "pattern": f"^({QUOTED_KEY}|{BARE_KEY})$",
}
_ALWAYS_THERE = {*_EVERYWHERE, "ETag", DIGEST, "Location", "WWW-Authenticate", "Accept-Encoding"}


def header_components() -> dict[str, Described]:
    """The headers as components of a document."""
    return {name: {**header, "required": name in _ALWAYS_THERE} for name, header in _HEADERS.items()}


def response(status: int, content: Described, *headers: str) -> Described:
    """An answer with its content, by media type, and the headers that it has beside those that every answer has."""
    described: Described = {"description": HTTPStatus(status).phrase}
    named = {"ETag" if name == DIGEST else name: name for name in (*_EVERYWHERE, *headers)}
    described["headers"] = {header: {"$ref": f"#/components/headers/{name}"} for header, name in named.items()}
    return described | ({"content": content} if content else {})
