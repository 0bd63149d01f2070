"""Moments of the log that somebody names by a position or a time: which position is meant, and what time it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.clock import EXAMPLE, Clock, Span, parsed, timestamp
from service.log.history import end_of_command, position_at, position_before, time_of

LONGEST_POSITION = 15
"""Digits; a longer number is exact neither in JavaScript nor in any log."""

REMEMBERED = 1000

_LIKE_A_DATE = re.compile(r"(19|20|21)\d\d((0[1-9]|1[0-2])([0-2]\d|3[01])?(\d{4}|\d{6})?)?")


class NotThere(Exception):
    """The log has not come as far as somebody says; the message says how far it has."""


@dataclass(frozen=True)
class Then:
    """A moment of the past: how far the log had come, always to the end of a command, and what time it was."""

    position: int
    now: datetime


def position_or_time(text: str) -> int | Span:
    """A moment of the log as somebody writes it: a position, or a time as `parsed` takes it. Raises ValueError."""
    position = as_position(text.removesuffix(".0"))  # 2.0 is an integer, as JSON Schema has it
    return parsed(text) if position is None else position


def as_position(text: str) -> int | None:
    """The position that digits name; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION else None


def moment(connection: Connection, named: int | Span, clock: Clock) -> Then:
    """The moment that is named by a position or a time. Raises `NotThere`.

    A position means the end of the command that recorded the event there, and the time of that. A time means the last
    position of its last microsecond, or of now while it runs. The clock is asked only where a time is behind the log's.
    """
    if isinstance(named, Span):
        last = min(named.last, _latest(connection, named, clock))
        return Then(position_at(connection, last), datetime.fromisoformat(last))
    ended = end_of_command(connection, named or 1)
    if ended is None:
        check_reached(connection, named)
        return Then(0, clock())
    position, recorded_at = ended
    return Then(position if named else 0, datetime.fromisoformat(recorded_at))


class Moments:
    """The moments that were last named by positions: once it is told, what is meant by one never changes."""

    def __init__(self) -> None:
        self._named: dict[int, Then] = {}

    def find(self, connection: Connection, named: int | Span, clock: Clock) -> Then:
        """As `moment`."""
        if isinstance(named, Span):
            return moment(connection, named, clock)
        if (then := self._named.get(named)) is None:
            then = moment(connection, named, clock)
            if then.position:
                if len(self._named) >= REMEMBERED:
                    self._named.clear()
                self._named[named] = then
        return then


def beginning(connection: Connection, named: int | Span, clock: Clock) -> int:
    """The position that a stretch of the log begins behind, as `moment`, but a time means its first microsecond."""
    if isinstance(named, Span):
        _latest(connection, named, clock)
        return position_before(connection, named.first)
    return moment(connection, named, clock).position


def check_reached(connection: Connection, position: int) -> int:
    """Raise `NotThere` for a position behind the log's end; answers that end."""
    end = position_at(connection)
    if position > end:
        hint = f"; a time is written like {EXAMPLE}" if _LIKE_A_DATE.fullmatch(str(position)) else ""
        raise NotThere(f"the log ends at position {end}{hint}")
    return end


def _latest(connection: Connection, named: Span, clock: Clock) -> str:
    """The latest time that can be asked about: now, or that of the last event, whose clock may be a little ahead.

    Where a time is not behind the last event's, that is enough to know.
    """
    end = position_at(connection)
    last = time_of(connection, end) if end else ""
    if named.last <= last:
        return last
    latest = max(timestamp(clock()), last)
    if named.first > latest:
        raise NotThere(f"that time has not come yet: it is {latest}")
    return latest
