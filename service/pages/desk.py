"""What all pages of the auditor's desk share: whom they let in, the keys they show, and days in their filters."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from service.http.call import Call
from service.obstacles import Alarm, Obstacle
from service.pages import api

DESK: dict[str, Any] = {"is_for_administrators": True, "is_audited": True}
"""For administrators and auditors, as proofs and access records are; and each look leaves a record."""

BEGINNING, END = time.min, time(23, 59, 59)
"""When a day begins and ends; the API takes the end of a second as it means it."""

NEVER_CHANGES = "what was recorded never changes; the period says which events are meant"


def keys(call: Call) -> str:
    """The public keys that this service shows, a line each; none where it signs nothing itself."""
    try:
        return api.text(call, "/api/ledger/v1/audit/key")
    except Obstacle as obstacle:
        outside(call, obstacle)
        return ""


def outside(call: Call, obstacle: Obstacle) -> str:
    """What is told of an obstacle on a page that is shown all the same; an alarm keeps this process from writing."""
    if isinstance(obstacle, Alarm):
        call.ledger.obstacles.note(obstacle)
    return obstacle.outside


def day_edge(day: str, edge: time, zone: str) -> str:
    """The time of a day in the reader's zone, as the API takes times; what is no day stays as it is."""
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), edge, ZoneInfo(zone)).isoformat()
    except ValueError:
        return day
