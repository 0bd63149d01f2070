"""Clocks, the format in which times are stored, and the parser of times that somebody writes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from service.obstacles import Obstacle

Clock = Callable[[], datetime]

EXAMPLE = "2026-12-31T10:00:00Z"

AHEAD = timedelta(minutes=5)
"""How far one clock may be ahead of another: what is dated later than that is not believed."""

_WRITTEN = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)?", re.ASCII
)
_MICROSECOND = len("000000")
_UTC_NOW: Clock = partial(datetime.now, UTC)
_STEADY_SECONDS = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Seconds that nobody sets, those included in which the machine was asleep."""

_MINUTES = AHEAD // timedelta(minutes=1)


class ClockAhead(Obstacle):
    """The machine's clock has jumped ahead of another one; nothing is recorded by it.

    One such time would hold back all later ones, since times never go back along the log.
    """


class MachineClock:
    """The machine's own idea of the time, in UTC, which somebody may set at any moment."""

    def __init__(self, read: Clock = _UTC_NOW, steady_seconds: Callable[[], float] = _STEADY_SECONDS) -> None:
        self._read = read
        self._steady_seconds = steady_seconds
        self._beginning = read(), steady_seconds()

    def __call__(self) -> datetime:
        """What time it is, believed or not."""
        return self._read()

    def check(self, now: datetime, database_time: datetime | None) -> None:
        """Raise `ClockAhead` where a time that it told is too far ahead of that of the database server.

        Where there is no server, it must not be ahead of the time since this object was made, as it passed.
        """
        if database_time is not None:
            if now - database_time > AHEAD:
                raise ClockAhead(f"this machine's clock is more than {_MINUTES} minutes ahead of PostgreSQL's")
            return
        began, at_seconds = self._beginning
        if now - began - timedelta(seconds=self._steady_seconds() - at_seconds) > AHEAD:
            raise ClockAhead(
                f"this machine's clock has jumped ahead by more than {_MINUTES} minutes since the service started; "
                "set it right, or start the service again where it is right now"
            )


wall_clock = MachineClock()
"""The clock of the machine, watched since the process began."""


def timestamp(moment: datetime) -> str:
    """A moment as events and rows hold it: UTC with microseconds, of one length, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Span(NamedTuple):
    """The first and the last microsecond that a written time may mean, in the form that is stored.

    Times are shown coarser than they are stored, so one that was shown means all that is shown that way.
    """

    first: str
    last: str


def has_zone(text: str) -> bool:
    """Whether a time that `parsed` takes says its zone."""
    written = _WRITTEN.fullmatch(text)
    return written is not None and written["zone"] is not None


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
