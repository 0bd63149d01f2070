"""The one object that a view asks what time it is, which notes when the answer holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from service.clock import Clock, timestamp


class Holds(NamedTuple):
    """When an answer, or a part of one, is the same: from ``since`` until before ``until``."""

    since: datetime
    until: datetime


ALWAYS = Holds(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""When an answer is the same that time does not change."""


class AnswerTime:
    """What time it is for one answer, and when the answer would be the same.

    Whoever asks in words that say what he makes of the time (`days_since`, `is_longer_ago`) is told the same, and the
    answer holds until that changes. Whoever asks for the time itself makes an answer that ``is_of_its_moment`` only.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.holds = ALWAYS
        self.is_of_its_moment = False

    @classmethod
    def at(cls, moment: datetime) -> AnswerTime:
        """What time it was at a moment that an answer is about."""
        return cls(lambda: moment)

    def now(self) -> datetime:
        """What time it is; the answer holds at this moment only."""
        self.is_of_its_moment = True
        return self._clock()

    def days_since(self, stored: str) -> int:
        """How many whole days have passed since a moment that was stored; none since one that a faster clock told."""
        began = datetime.fromisoformat(stored)
        days = max(0, (self.asked - began).days)
        self.hold(Holds(min(self.asked, began + timedelta(days)), began + timedelta(days + 1)))
        return days

    def is_longer_ago(self, stored: str, span: timedelta) -> bool:
        """Whether a moment that was stored is longer ago than that."""
        if stored < timestamp(self.asked - span):
            return True
        self.hold(Holds(self.asked, datetime.fromisoformat(stored) + span))
        return False

    def hold(self, part: Holds) -> None:
        """Note when a part of the answer is the same: at other times the whole is not."""
        self.holds = Holds(max(self.holds.since, part.since), min(self.holds.until, part.until))

    def apart(self) -> AnswerTime:
        """The same time, for a part of the answer that is kept by itself, for as long as that holds."""
        return AnswerTime.at(self.asked)

    @cached_property
    def asked(self) -> datetime:
        """What time it is; whoever makes something of it notes by `hold` when that is the same."""
        return self._clock()
