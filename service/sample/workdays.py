"""Converts days, counted back from the end of a story, to moments in working hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

LENGTH = 152
"""How many days the story takes: about five months."""

_OPENING, _CLOSING = time(7, tzinfo=UTC), time(15, tzinfo=UTC)
_SOME_WORK = timedelta(hours=2)


class Workdays:
    """Mondays to Fridays from opening to closing, up to the last working moment before ``now``.

    A day on which hardly any work has been done yet does not count.
    """

    def __init__(self, now: datetime) -> None:
        latest = now.astimezone(UTC)
        if latest - datetime.combine(latest, _OPENING) < _SOME_WORK:
            latest = datetime.combine(latest - timedelta(days=1), time.max, UTC)
        day = workday(latest.date())
        self.end = min(latest, datetime.combine(day, _CLOSING))
        self.beginning = datetime.combine(workday(day - timedelta(days=LENGTH)), _OPENING)

    def moment(self, days_ago: int, dice: Random) -> datetime:
        """Some moment of that day; of the Friday before where it is a weekend."""
        day = workday(self.end.date() - timedelta(days=days_ago))
        opening = datetime.combine(day, _OPENING)
        closing = min(datetime.combine(day, _CLOSING), self.end)
        return opening + (closing - opening) * dice.random()


def workday(day: date) -> date:
    """The day itself; the Friday before where it is a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
