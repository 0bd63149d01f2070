"""Tells which clients take answers that are packed with gzip."""

from __future__ import annotations

from flask import Request

PACKED = "-gzip"
"""How the entity tag of an answer ends that is packed: its bytes are others (RFC 9110, 8.8.3.3)."""


def takes_gzip(request: Request) -> bool:
    """Whether a client takes gzip at least as gladly as the bare answer (RFC 9110, 12.5.3)."""
    codings = request.accept_encodings
    return bool(codings) and codings["gzip"] > 0 and codings["gzip"] >= codings["identity"]
