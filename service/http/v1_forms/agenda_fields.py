"""What is planned and written about a deal, a person or an organization, which version 1 always shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from projections.activities import ACTIVITIES
from projections.agendas import NOTHING, agendas
from projections.engine.rows import Row, find_all
from service.http.call import Call
from service.http.wire_fields import WireField


def _of(which: str, column: str) -> Callable[[Row], Any]:
    return lambda row: None if row[which] is None else row[which][column]


def _text(name: str, which: str, column: str) -> WireField:
    return WireField(name, shows=fields.String(allow_none=True), source=_of(which, column))


AGENDA = (
    _text("next_activity_date", "next_activity", "due_date"),
    _text("next_activity_time", "next_activity", "due_time"),
    _text("last_activity_date", "last_activity", "due_date"),
    *(WireField(name, shows=fields.Integer(allow_none=value is None)) for name, value in NOTHING.items()),
)
NEXT_ACTIVITY = tuple(
    _text(f"next_activity_{name}", "next_activity", name) for name in ("subject", "type", "duration", "note")
)
"""What deals say of the next activity, too."""


def with_agendas(call: Call, rows: list[Row], link: str) -> list[Row]:
    """The rows, with what is planned for the things and written about them, all at once.

    ``link`` is the column by which activities and notes are linked to them.
    """
    with call.reading() as reading:
        found = agendas(reading, link, [row[link] for row in rows])
        wanted = [agenda[name] for agenda in found.values() for name in ("next_activity_id", "last_activity_id")]
        activities = find_all(reading, ACTIVITIES, wanted)
    return [row | agenda | _activities(agenda, activities) for row in rows if (agenda := found[row[link]])]


def _activities(agenda: Row, activities: dict[int, Row]) -> Row:
    return {which: activities.get(agenda[f"{which}_id"]) for which in ("next_activity", "last_activity")}
