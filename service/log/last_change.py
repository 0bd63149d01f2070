"""Tells where the last event of some kinds stands in the log, as one process follows it."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, bindparam, func, select

from aggregates.event import EVENTS as KINDS
from aggregates.event import Event
from projections.engine.statements import Statement
from service.log.standing import Standing
from service.log.tables import EVENTS

MOST_LOOKED_THROUGH = 10_000
"""Events that are looked through at once; where there are more, some of them are taken for such ones."""


class LastChange:
    """Since when no event of these kinds has happened: what only they change is the same from there on.

    What happened before a process looked for the first time counts as a change, since nobody looks through it.
    """

    def __init__(self, *kinds: type[Event]) -> None:
        self._topics = [name for name, kind in KINDS.items() if issubclass(kind, kinds)]
        self._following = threading.Lock()
        self._upto = 0
        self._last = 0

    def position(self, connection: Connection, stands: Standing) -> int | None:
        """Where the last such event stands in a log that stands there; None where somebody has seen it further.

        It is one question where the log has grown, and else none.
        """
        with self._following:
            if stands.position > self._upto:
                self._last = self._since(connection, stands.position)
                self._upto = stands.position
            return self._last if stands.position == self._upto else None

    def _since(self, connection: Connection, position: int) -> int:
        if position - self._upto > MOST_LOOKED_THROUGH or self._upto == 0:
            return position
        between = {"behind": self._upto, "upto": position, "topics": self._topics}
        return _LAST.tuples(connection, between)[0][0] or self._last


_LAST = Statement(
    select(func.max(EVENTS.c.position)).where(
        EVENTS.c.position > bindparam("behind"),
        EVENTS.c.position <= bindparam("upto"),
        EVENTS.c.topic.in_(bindparam("topics", expanding=True)),
    )
)
