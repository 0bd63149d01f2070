"""The wire's forms of times: how stored times are shown, and how written ones are understood."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from service.clock import timestamp

EXAMPLE = "2026-12-31T10:00:00Z"

LONGEST_POSITION = 15
"""Digits; a longer number is exact neither in JavaScript nor in any log."""

_WRITTEN = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)?", re.ASCII
)
_MICROSECOND = len("000000")


def with_milliseconds(stored: str) -> str:
    """``2020-10-14T11:30:36.551Z``, as leads and lead labels show times (wire reference 1.8)."""
    return f"{stored[:23]}Z"


def whole_seconds(stored: str | None) -> str | None:
    """``2024-01-01T00:00:00Z``, as all of version 2 shows times (wire reference 1.8)."""
    return f"{stored[:19]}Z" if stored else None


def classic(stored: str) -> str:
    """``2024-01-01 00:00:00``, as the older part of version 1 shows times (wire reference 1.8)."""
    return f"{stored[:10]} {stored[11:19]}"


class Span(NamedTuple):
    """The first and the last microsecond that a written time may mean, in the form that is stored.

    Times are shown coarser than they are stored, so one that was shown means all that is shown that way.
    """

    first: str
    last: str


def parsed(text: str) -> Span:
    """A time in one of the wire's forms, or as RFC 3339 has it: a date, ``T`` or a blank, and a time to the second.

    Up to nine decimals may follow, of which the first six count, and a zone; without one it is UTC. Raises ValueError.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"{text!r} is no time")
    second, decimals, zone = written["second"], (written["fraction"] or "")[:_MICROSECOND], written["zone"] or "Z"
    try:
        edges = [datetime.fromisoformat(f"{second}.{decimals:{digit}<{_MICROSECOND}}{zone}") for digit in "09"]
        return Span(*map(timestamp, edges))
    except OverflowError as error:
        raise ValueError(f"{text!r} is behind all times") from error


def position_or_time(text: str) -> int | Span:
    """A moment of the log as somebody writes it: a position, or a time as `parsed` takes it. Raises ValueError."""
    is_position = text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION
    return int(text) if is_position else parsed(text)


def days_since(stored: str, now: datetime) -> int:
    """How many whole days have passed since a moment that was stored; none since one that a faster clock told."""
    return max(0, (now - datetime.fromisoformat(stored)).days)
