"""The one object that a view asks what time it is, which notes until when the answer holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from service.clock import Clock, timestamp

_SECONDS = 86_399
"""Whole seconds of a day that are certainly left where none has passed."""


class Holds(NamedTuple):
    """When an answer is the same: from ``since`` until before ``until``."""

    since: datetime
    until: datetime


class AnswerTime:
    """What time it is for one answer, and until when the answer would be the same.

    Whoever asks in words that say what he makes of the time (`days_since`, `is_longer_ago`) is told the same, and the
    answer holds until that changes. Whoever asks for the time itself makes an answer that ``is_of_its_moment`` only.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None
        self._furthest = -1
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
        passed = self._asked - datetime.fromisoformat(stored)
        if passed.seconds > self._furthest:
            self._furthest = passed.seconds
        return max(0, passed.days)

    def is_longer_ago(self, stored: str, span: timedelta) -> bool:
        """Whether a moment that was stored is longer ago than that."""
        if stored < timestamp(self._asked - span):
            return True
        self._hold_until(datetime.fromisoformat(stored) + span)
        return False

    @property
    def holds(self) -> Holds | None:
        """When the answer is the same; None where time does not change it, or it `is_of_its_moment`."""
        if self._furthest >= 0:
            self._hold_until(self._asked + timedelta(seconds=_SECONDS - self._furthest))
        return None if self._until is None else Holds(self._asked, self._until)

    @cached_property
    def _asked(self) -> datetime:
        return self._clock()

    def _hold_until(self, moment: datetime) -> None:
        self._until = moment if self._until is None else min(self._until, moment)
