"""Where a page ended flows out to the client as an opaque word, and comes back to begin the next one."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import blake2s
from typing import Any

from service.http.json import UnreadableBody, check_storable

_CHECK_BYTES = 4


class BrokenCursor(Exception):
    """A cursor that this list never gave out."""


def encode(*values: Any) -> str:
    """The sort values of a page's last item, as one word that shows when it was altered."""
    text = json.dumps(values).encode()
    return base64.urlsafe_b64encode(blake2s(text, digest_size=_CHECK_BYTES).digest() + text).decode().rstrip("=")


def decode(cursor: str, kinds: Sequence[type | tuple[type, ...]]) -> list[Any]:
    """The sort values that were encoded, one of each kind; raises `BrokenCursor`."""
    try:
        decoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(decoded[_CHECK_BYTES:])
        check_storable(values)
    except (ValueError, RecursionError, UnreadableBody):
        raise BrokenCursor("the cursor is not one that this list gave out") from None
    fits = isinstance(values, list) and len(values) == len(kinds) and all(map(_fits, values, kinds))
    if not fits or encode(*values) != cursor:
        raise BrokenCursor("the cursor is not one that this list gave out")
    return list(values)


def behind(cursor: str, listed: Sequence[str | int], kinds: Sequence[type | tuple[type, ...]]) -> list[Any]:
    """As `decode`, of a cursor that was encoded with the list's own name before the sort values.

    ``listed`` is that name: what tells the list from all others. Raises `BrokenCursor` for another's cursor.
    """
    values = decode(cursor, (*map(type, listed), *kinds))
    if values[: len(listed)] != list(listed):
        raise BrokenCursor("the cursor is another list's")
    return values[len(listed) :]


def _fits(value: Any, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, int) and (isinstance(value, bool) or abs(value) >= 2**63):
        return False
    return isinstance(value, kind)
