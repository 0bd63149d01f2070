"""A moment of the past flows in as clients name it and becomes a position of the log, and what time it was then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from projections.past import ask_as_of
from service.clock import timestamp
from service.ledger import Ledger
from service.log.history import position_at, time_of


@dataclass(frozen=True)
class Then:
    """A moment of the past: how far the log had come, and what time it was."""

    position: int
    now: datetime


def go_back(ledger: Ledger, connection: Connection, as_of: int | str) -> Then:
    """Let a connection's questions be about a moment: a time, or a position of the log.

    One that has not come yet means now, as the log stands.
    """
    now = ledger.clock()
    if isinstance(as_of, str):
        then = Then(position_at(connection, as_of), datetime.fromisoformat(min(as_of, timestamp(now))))
    elif (end := position_at(connection)) <= as_of or as_of == 0:
        then = Then(min(as_of, end), now)
    else:
        then = Then(as_of, datetime.fromisoformat(time_of(connection, as_of)))
    ask_as_of(connection, then.position)
    return then
