"""Compares the log's head with its last event: what is recorded next begins at what the head says."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection, func, select

from projections.engine.statements import Statement
from service.log.tables import EVENTS, LOG_HEAD
from service.obstacles import Alarm


class HeadAltered(Alarm):
    """The head does not say where the log ends, or when its last event was recorded."""


def check_head(connection: Connection) -> None:
    """Raise `HeadAltered` unless position and time of the log's head are those of its last event. Asks one question."""
    for difference in head_differences(connection):
        raise HeadAltered(
            f"{difference}: somebody has altered the database; look at what else was, put the table log_head right, "
            "and start the service again"
        )


def head_differences(connection: Connection) -> Iterator[str]:
    """What the log's head says otherwise than its last event."""
    found = _HEAD_AND_END.tuples(connection, {})
    if len(found) != 1:
        yield "the log has no head, or several"
        return
    position, recorded_at, end, state = found[0]
    last = orjson.loads(bytes(state))["metadata"]["recorded_at"] if state is not None else ""
    if position != (end or 0):
        yield f"the log's head says that it ends at position {position}, and its last event is at {end or 0}"
    elif recorded_at != last:
        yield f"the log's head says that its last event was recorded at {recorded_at!r}, and that says {last!r}"


_LAST = select(func.max(EVENTS.c.position)).scalar_subquery()
_HEAD_AND_END = Statement(
    select(
        LOG_HEAD.c.position,
        LOG_HEAD.c.recorded_at,
        _LAST,
        select(EVENTS.c.state).where(EVENTS.c.position == LOG_HEAD.c.position).scalar_subquery(),
    )
)
