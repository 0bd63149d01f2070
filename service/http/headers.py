"""Sets the headers that every answer has, problems too: security, caching, request id."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache

from flask import Request, Response

from service.clock import timestamp
from service.http.this_request import this_request
from service.log.moments import Then

CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Lets a browser load and run nothing; a page adds what it needs."""

REQUEST_ID = "X-Request-Id"
LONGEST_REQUEST_ID = 100

ASSUMED_ZONE = "X-Assumed-Time-Zone"
"""The header that says in which zone a time of the request was understood that did not say its own."""


def sent(request: Request, name: str) -> str | None:
    """What a request says in the header of a name; None where it has none.

    It is read where the server put it: werkzeug's own way costs several times as much, most where there is none.
    """
    value: str | None = request.environ.get(_place_of(name))
    return value


@cache
def _place_of(name: str) -> str:
    """Where a WSGI environment has a header; to be asked with names from the code only."""
    return f"HTTP_{name.upper().replace('-', '_')}"


def request_id(given: str) -> str:
    """The id a proxy or client gave a request, where it is a sane one; else a new one."""
    is_sane = given.isascii() and given.isprintable() and 0 < len(given) <= LONGEST_REQUEST_ID
    return given if is_sane else secrets.token_hex(16)


def sign(response: Response) -> Response:
    """The answer with the request's id, and with what keeps browsers and caches from doing harm with it."""
    asked, headers, has = this_request(), response.headers, {name.lower() for name, _ in response.headers}
    if "content-security-policy" not in has:
        headers.add("Content-Security-Policy", CONTENT_POLICY)
    headers.add("X-Content-Type-Options", "nosniff")
    if "cache-control" not in has:
        headers.add("Cache-Control", "no-store" if asked.is_confidential else "private, no-cache")
    headers.add(REQUEST_ID, asked.request_id)
    if asked.is_zone_assumed:
        headers.add(ASSUMED_ZONE, "UTC")
    return response


def of_copy(then: Then) -> Callable[[Response], Response]:
    """What lets each answer of a copy say so, and of which moment it is: where the log ends, and the clock stands."""
    told = {"X-Copy-Position": str(then.position), "X-Copy-Time": timestamp(then.now)}

    def sign_copy(response: Response) -> Response:
        response.headers.update(told)
        return response

    return sign_copy
