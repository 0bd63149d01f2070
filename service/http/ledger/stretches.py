"""What routes about a stretch of the log share: its two moments in the query, and where a page of it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, validates_schema
from sqlalchemy import Connection

from projections.engine.reading import Reading
from projections.engine.tables import Number
from service.clock import Clock, Span
from service.http import cursors
from service.http.call import Call
from service.http.cursors import BrokenCursor
from service.http.ledger.lists import List, Name, behind
from service.http.moments import blamed_on
from service.http.time_fields import AsOf
from service.log.history import position_at
from service.log.moments import moment


class Stretch(List):
    """Which two moments, ``to`` being now where it is left out."""

    since = AsOf(data_key="from", required=True)
    until = AsOf(data_key="to", load_default=None)

    @validates_schema
    def check_moments(self, query: dict[str, Any], **_: Any) -> None:
        """The moments are in order, as far as that shows."""
        since, until = query["since"], query["until"]
        if isinstance(since, int) and isinstance(until, int):
            _check_order(since, until)
        if isinstance(since, Span) and isinstance(until, Span):
            _check_order(since.first, until.last)


def named(named: int | Span | None) -> str:
    """A moment as it was named, in a cursor."""
    return named.last if isinstance(named, Span) else str(named)


def going_on(reading: Reading, cursor: str | None, name: Name, kinds: cursors.Kinds) -> list[Any] | None:
    """The two positions and the values, of these kinds, that a cursor leads behind; None for a list's first page.

    Raises `BrokenCursor`.
    """
    place = behind(cursor, name, (Number, Number, *kinds))
    if place is not None and not 0 <= place[0] <= place[1] <= position_at(reading.connection):
        raise BrokenCursor
    return place


Begins = Callable[[Connection, int | Span, Clock], int]
"""Behind which position a stretch begins that is named by a moment, given a clock."""


def positions(reading: Reading, call: Call, begins: Begins) -> tuple[int, int]:
    """The two positions that a query means. Raises `ValidationError` for what has not come yet or is not in order."""
    last, now = call.query["until"], call.time.now
    with blamed_on("from"):
        since = begins(reading.connection, call.query["since"], now)
    with blamed_on("to"):
        until = position_at(reading.connection) if last is None else moment(reading.connection, last, now).position
    _check_order(since, until)
    return since, until


def _check_order(since: Any, until: Any) -> None:
    """Raise `ValidationError` where a stretch would end before it begins."""
    if since > until:
        raise ValidationError({"to": ["it must not be before from"]})
