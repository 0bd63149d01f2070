"""Packs answers with gzip, where the service is set to do so, for clients that take it."""

from __future__ import annotations

import gzip

from flask import Request, Response

from service.http.this_request import this_request

LEAST = 1_000
"""Bytes; a smaller answer goes out as it is."""

PACKED = "-gzip"
"""How the entity tag of an answer ends that is packed: its bytes are others (RFC 9110, 8.8.3.3)."""

LEVEL = 1
"""zlib's fastest: higher levels take several times as long, and make JSON smaller by a tenth or two."""


def takes_gzip(request: Request) -> bool:
    """Whether a client takes gzip at least as gladly as the bare answer (RFC 9110, 12.5.3)."""
    codings = request.accept_encodings
    return bool(codings) and codings["gzip"] > 0 and codings["gzip"] >= codings["identity"]


def pack(response: Response) -> Response:
    """The answer, packed where it is large; one that goes out in parts, that nobody may keep, or that is packed already
    stays as it is."""
    if response.is_streamed or response.content_encoding is not None:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    asked = this_request()
    if len(body) <= LEAST or asked.is_confidential or not takes_gzip(asked):
        return response
    response.set_data(gzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    if (tag := response.headers.get("ETag")) is not None and response.status_code < 300:
        response.headers["ETag"] = f'{tag[:-1]}{PACKED}"'
    return response
