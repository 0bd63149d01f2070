"""Sets the headers that every answer has, problems too: security, caching, request id."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Response, g

from service.clock import timestamp
from service.log.moments import Then

CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Lets a browser load and run nothing; a page adds what it needs."""

REQUEST_ID = "X-Request-Id"
LONGEST_REQUEST_ID = 100

ASSUMED_ZONE = "X-Assumed-Time-Zone"
"""The header that says in which zone a time of the request was understood that did not say its own."""


def request_id(given: str) -> str:
    """The id a proxy or client gave a request, where it is a sane one; else a new one."""
    is_sane = given.isascii() and given.isprintable() and 0 < len(given) <= LONGEST_REQUEST_ID
    return given if is_sane else uuid.uuid4().hex


def sign(response: Response) -> Response:
    """The answer with the request's id, and with what keeps browsers and caches from doing harm with it."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store" if g.get("is_confidential") else "private, no-cache")
    response.headers[REQUEST_ID] = g.request_id
    if g.get("is_zone_assumed"):
        response.headers[ASSUMED_ZONE] = "UTC"
    return response


def of_copy(then: Then) -> Callable[[Response], Response]:
    """What lets each answer of a copy say so, and of which moment it is: where the log ends, and the clock stands."""
    told = {"X-Copy-Position": str(then.position), "X-Copy-Time": timestamp(then.now)}

    def sign_copy(response: Response) -> Response:
        response.headers.update(told)
        return response

    return sign_copy
