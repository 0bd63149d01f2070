"""What time it is: whoever needs to know asks a clock that was handed to him."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from service.obstacles import Obstacle

Clock = Callable[[], datetime]

AHEAD = timedelta(minutes=5)
"""How far one clock may be ahead of another: what is dated later than that is not believed."""

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
