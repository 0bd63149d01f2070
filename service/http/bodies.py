"""Reads the body of a request, and unpacks it where the client has packed it with gzip."""

from __future__ import annotations

import zlib

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from service.http.json import UnreadableBody

_GZIP = 16 + zlib.MAX_WBITS


def body_of(request: Request) -> bytes:
    """A request's body; the application's limit is one of what comes over the wire, and of what comes out of it.

    Raises `RequestEntityTooLarge`, `UnsupportedMediaType` for a coding other than gzip, and `UnreadableBody`.
    """
    body, largest = request.get_data(cache=False), request.max_content_length or 0
    if len(body) == largest:
        raise RequestEntityTooLarge  # a body in chunks ends here for us, however long it is
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip"):
        raise UnsupportedMediaType("Content-Encoding may be gzip, or identity: send the body as it is")
    return _unpacked(body, largest)


def _unpacked(body: bytes, largest: int) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(body, largest)
    except zlib.error:
        raise UnreadableBody("the body is no gzip, as Content-Encoding says") from None
    if len(unpacked) == largest:
        raise RequestEntityTooLarge
    if not unpacking.eof or unpacking.unused_data:
        raise UnreadableBody("the body is not one gzip from its beginning to its end, as Content-Encoding says")
    return unpacked
