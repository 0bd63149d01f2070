"""Parses request bodies, refuses JSON that cannot be stored, and renders answers as JSON bytes."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import orjson

from aggregates.money import in_words
from service.text import composed

DEEPEST = 32
"""Levels a body may nest: more than any real one has."""


class UnreadableBody(Exception):
    """A body that is no JSON, or holds what cannot be stored; the message says what."""


def parse(body: bytes) -> Any:
    """Read a body: numbers with a point come out as `Decimal`, text composed, and an empty body as an empty object.
    A byte order mark before it is skipped, as RFC 8259, section 8.1, allows.

    Raises `UnreadableBody` for anything else than JSON in UTF-8, for NaN and infinities, for NUL bytes and lone
    surrogates, for a key that an object has twice, and for nesting deeper than `DEEPEST`.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if not body.strip():
        return {}
    try:
        value = _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UnreadableBody(f"the body is no JSON: {reason}") from None
    check_storable(value)
    return value


def check_storable(value: Any, depth: int = 0) -> None:
    """Raise `UnreadableBody` for text that no database keeps, wherever in a value it stands."""
    if isinstance(value, str):
        if "\x00" in value or not _is_unicode(value):
            raise UnreadableBody("text must be valid Unicode without NUL characters")
    elif depth > DEEPEST:
        raise UnreadableBody(f"the body is nested deeper than {DEEPEST} levels")
    elif isinstance(value, dict):
        for key, item in value.items():
            check_storable(key)
            check_storable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_storable(item, depth + 1)


def render(value: Any) -> bytes:
    """An answer as JSON."""
    return orjson.dumps(value)


def raw(text: str | bytes) -> orjson.Fragment:
    """JSON text that is stored as such and goes into an answer unread."""
    return orjson.Fragment(text)


def money(minor: int | None, currency: str | None, finer: int = 0) -> orjson.Fragment | None:
    """An amount counted in its currency's smallest coin, or so many decimals finer, as an exact JSON number."""
    return None if minor is None or currency is None else orjson.Fragment(in_words(minor, currency, finer))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {composed(key): _composed(value) for key, value in pairs}
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(composed(key) for key, _ in pairs).items() if count > 1)
        check_storable(twice)
        raise UnreadableBody(f"the body gives {twice} more than once")
    return found


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return composed(value)
    return list(map(_composed, value)) if isinstance(value, list) else value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 20 else Decimal(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_int=_whole, parse_constant=_refuse_constant, object_pairs_hook=_object
)
