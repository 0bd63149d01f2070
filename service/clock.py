"""Time flows in from one place: whoever needs to know what time it is asks a clock that was handed to him."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

AHEAD = timedelta(minutes=5)
"""How far one clock may be ahead of another: what is dated later than that is not believed."""


def wall_clock() -> datetime:
    """The machine's own idea of the time, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """A moment as events and rows hold it: UTC with microseconds, of one length, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
