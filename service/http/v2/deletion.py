"""Rows of what was deleted flow through here: readable for a while, then as if they had never been."""

from __future__ import annotations

from datetime import datetime, timedelta

from projections.engine.rows import Row
from service.clock import timestamp
from service.http.errors import NotFound

KEPT = timedelta(days=30)
"""How long what was deleted can still be read by its id (wire reference 1.10)."""


def readable(row: Row | None, now: datetime) -> Row:
    """A row, where there is one and it is not deleted for longer; else raises `NotFound`."""
    if row is None or (row["is_deleted"] and row["update_time"] < timestamp(now - KEPT)):
        raise NotFound("it does not exist")
    return row
