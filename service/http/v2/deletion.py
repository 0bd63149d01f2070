"""Rows of what was deleted flow through here: readable for a while, then as if they had never been."""

from __future__ import annotations

from datetime import timedelta

from projections.rows import Row
from service.clock import Clock, timestamp
from service.http.errors import NotFound

KEPT = timedelta(days=30)
"""How long what was deleted can still be read by its id (wire reference 1.10)."""


def readable(row: Row | None, is_deleted: bool, clock: Clock) -> Row:
    """A row whose last change was its deletion, where there is one; raises `NotFound` where it is not readable."""
    if row is None or (is_deleted and row["update_time"] < timestamp(clock() - KEPT)):
        raise NotFound("it does not exist")
    return row
