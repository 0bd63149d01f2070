"""Where a page ended flows out to the client as an opaque word, and comes back to begin the next one."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from service.http.json import UnreadableBody, check_storable


class BrokenCursor(Exception):
    """A cursor that this list never gave out."""


def encode(*values: Any) -> str:
    """The sort values of a page's last item, as one word."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode(cursor: str, kinds: Sequence[type | tuple[type, ...]]) -> list[Any]:
    """The sort values that were encoded, one of each kind; raises `BrokenCursor`."""
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        check_storable(values)
    except (ValueError, RecursionError, UnreadableBody):
        raise BrokenCursor("the cursor is not one that this list gave out") from None
    fits = isinstance(values, list) and len(values) == len(kinds) and all(map(_fits, values, kinds))
    if not fits:
        raise BrokenCursor("the cursor is not one that this list gave out")
    return list(values)


def _fits(value: Any, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, int) and (isinstance(value, bool) or abs(value) >= 2**63):
        return False
    return isinstance(value, kind)
