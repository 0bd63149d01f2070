"""Encodes where a page ended as an opaque cursor, with which the client asks for the next page."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import blake2s
from typing import Any

from sqlalchemy import BigInteger, Integer, SmallInteger, Text
from sqlalchemy.types import TypeEngine

from service.http.json import UnreadableBody, check_storable

_CHECK_BYTES = 4

Kinds = Sequence[TypeEngine[Any]]
"""The types of the columns that a list is ordered by."""

_BITS: dict[type[TypeEngine[Any]], int] = {SmallInteger: 16, BigInteger: 64, Integer: 32}
"""What PostgreSQL has room for, the special types before the general one."""


class BrokenCursor(Exception):
    """A cursor that this list never gave out."""

    def __init__(self, message: str = "the cursor is not one that this list gave out") -> None:
        super().__init__(message)


def encode(*values: Any) -> str:
    """The sort values of a page's last item, as one word that shows when it was altered."""
    text = json.dumps(values).encode()
    return base64.urlsafe_b64encode(blake2s(text, digest_size=_CHECK_BYTES).digest() + text).decode().rstrip("=")


def behind(cursor: str, listed: Sequence[str | int], kinds: Kinds) -> list[Any]:
    """The sort values of a cursor that was encoded with the list's own name before them.

    ``listed`` is that name: what tells the list from all others. The check value keeps accidents away and not
    forgers, so each value must be one that a column of its kind can hold. Raises `BrokenCursor`.
    """
    values = _decoded(cursor)
    if json.dumps(values[: len(listed)]) != json.dumps(listed):
        raise BrokenCursor("the cursor is another list's")
    begins = values[len(listed) :]
    if len(begins) != len(kinds) or not all(map(_fits, begins, kinds)):
        raise BrokenCursor
    return begins


def _decoded(cursor: str) -> list[Any]:
    try:
        decoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(decoded[_CHECK_BYTES:])
        check_storable(values)
    except (ValueError, RecursionError, UnreadableBody):
        raise BrokenCursor from None
    if not isinstance(values, list) or encode(*values) != cursor:
        raise BrokenCursor
    return values


def _fits(value: Any, kind: TypeEngine[Any]) -> bool:
    if isinstance(kind, Text):
        return isinstance(value, str)
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    room: int = 2 ** next(bits - 1 for each, bits in _BITS.items() if isinstance(kind, each))
    return -room <= value < room
