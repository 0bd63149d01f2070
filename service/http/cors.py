"""Lets scripts of configured web pages ask and read answers (CORS, WHATWG Fetch), without cookies."""

from __future__ import annotations

from collections.abc import Set

from flask import Flask, Response, request

ASKED = ("x-api-token", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match")
"""The request headers that pages may set."""

SHOWN = (
    *("ETag", "RateLimit", "RateLimit-Policy", "Location", "Retry-After", "Idempotent-Replayed", "X-Request-Id"),
    *("X-As-Of-Position", "X-As-Of-Time", "X-Assumed-Time-Zone", "X-Copy-Position", "X-Copy-Time"),
    *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
)
"""The answers' headers that pages may read beside those that everybody may."""

PREFLIGHT_SECONDS = 600
"""How long a browser need not ask again whether it may ask."""


def install(app: Flask, origins: Set[str]) -> None:
    """Let pages of these origins in; a page of another one is answered as if there were no such thing."""

    def answer_preflight() -> Response | None:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not is_preflight or request.headers.get("Origin") not in origins:
            return None
        response = app.make_default_options_response()
        response.status_code = 204
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = ", ".join(ASKED)
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return response

    def show(response: Response) -> Response:
        response.vary.add("Origin")
        if (origin := request.headers.get("Origin")) in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            if request.method != "OPTIONS":
                response.headers["Access-Control-Expose-Headers"] = ", ".join(SHOWN)
        return response

    app.before_request(answer_preflight)
    app.after_request(show)
