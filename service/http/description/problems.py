"""Describes problems by status, in the shape of each family."""

from __future__ import annotations

from collections.abc import Mapping

from service.http.description.fields import Described
from service.http.description.headers import response
from service.http.family import Family
from service.http.limits import UNLIMITED
from service.http.route import Route

_TEXT: Described = {"type": "string"}
_NOW: Described = {
    "etag": _TEXT,
    "edited": {
        "type": ["object", "null"],
        "required": ["position", "when", "who"],
        "properties": {
            "position": {"type": "integer"},
            "when": _TEXT,
            "who": {
                "type": ["object", "null"],
                "required": ["id", "name"],
                "properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]}},
            },
        },
    },
}
"""What a thing is now that is not as a precondition has it."""

_WIRE_PROBLEM: Described = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {"type": ["string", "object"]},
        "error_info": _TEXT,
        "errorCode": {"type": "integer"},
        "code": _TEXT,
        "data": {"type": "null"},
        "additional_data": {"anyOf": [{"type": "null"}, {"type": "object", "properties": _NOW}]},
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
        "violated-policies": {"type": "array", "items": _TEXT},
        **_NOW,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": _TEXT, "reason": _TEXT},
            },
        },
        "index": {"type": "integer", "minimum": 0, "description": "Which command of a batch was refused."},
        "result": {"type": "object", "description": "How that command would be answered by itself."},
    },
}
PROBLEMS = {"WireProblem": _WIRE_PROBLEM, "Problem": _OWN_PROBLEM}
"""The bodies: that of the public wire, and our own (RFC 9457)."""

_MEDIA_TYPES = {"WireProblem": "application/json", "Problem": "application/problem+json"}
_STATUSES = (400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 429, 503, 504)
_HEADERS: Mapping[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    412: ("ETag",),
    415: ("Accept-Encoding",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def problem_components() -> dict[str, Described]:
    """The answers to which operations refer."""
    return {f"{body}{status}": _problem(body, status) for body in PROBLEMS for status in _STATUSES}


def problems(family: Family, route: Route) -> Described:
    """What may go wrong with an operation, by status."""
    body = "WireProblem" if is_wire(family) else "Problem"
    return {str(status): {"$ref": f"#/components/responses/{body}{status}"} for status in _possible(family, route)}


def is_wire(family: Family) -> bool:
    """Whether a family is the public wire."""
    return family.name in ("v1", "v2")


def _problem(body: str, status: int) -> Described:
    content = {_MEDIA_TYPES[body]: {"schema": {"$ref": f"#/components/schemas/{body}"}}}
    return response(status, content, *_HEADERS.get(status, ()))


def _possible(family: Family, route: Route) -> list[int]:
    possible = {
        400: True,
        401: not route.is_public,
        403: not route.is_public,
        404: "<" in route.path or route.missing is not None,
        409: route.is_command,
        412: route.is_about_one,
        408: route.body is not None,
        413: route.body is not None,
        415: route.body is not None,
        422: route.is_command,
        429: not (route.is_public and route.path.startswith(UNLIMITED)),
        503: True,
        504: route.is_command,
    }
    return sorted({status for status, is_possible in possible.items() if is_possible} | route.problems)
