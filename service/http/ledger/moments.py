"""A moment of the past flows in as clients name it and becomes a position of the log."""

from __future__ import annotations

from sqlalchemy import Connection

from service.http.call import Call
from service.log.history import position_at


def position_meant(call: Call, connection: Connection, as_of: int | str | None) -> int:
    """The position that is meant; one that the log has not reached yet, or nothing, means its end."""
    if isinstance(as_of, int):
        return min(as_of, position_at(connection, call.ledger.mapper))
    return position_at(connection, call.ledger.mapper, as_of)
