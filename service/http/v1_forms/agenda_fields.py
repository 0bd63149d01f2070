"""What is planned and written about a deal, a person or an organization, which version 1 always shows."""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import fields

from projections.agendas import NOTHING, agendas
from projections.engine.rows import Row
from service.http.call import Call
from service.http.fields import Html
from service.http.v1_forms.forms import TEXT_OR_NULL
from service.http.wire_fields import WireField


def _text(name: str, column: str) -> WireField:
    return WireField(name, shows=TEXT_OR_NULL, source=column)


AGENDA = (
    _text("next_activity_date", "next_activity_due_date"),
    _text("next_activity_time", "next_activity_due_time"),
    _text("last_activity_date", "last_activity_due_date"),
    *(WireField(name, shows=fields.Integer(allow_none=value is None)) for name, value in NOTHING.items()),
)
NEXT_ACTIVITY = (
    *(_text(name, name) for name in ("next_activity_subject", "next_activity_type", "next_activity_duration")),
    WireField("next_activity_note", shows=Html(allow_none=True)),
)
"""What deals say of the next activity, too."""

_TOLD = ("due_date", "due_time")
NEXT_TOLD = (*_TOLD, "subject", "type", "duration", "note")
"""The columns of activities that `NEXT_ACTIVITY` needs."""


def with_agendas(call: Call, rows: list[Row], link: str, told: Sequence[str] = _TOLD) -> list[Row]:
    """The rows, with what is planned for the things and written about them, all at once.

    ``link`` is the column by which activities and notes are linked to them; ``told`` is what is shown of activities.
    """
    with call.reading() as reading:
        found = agendas(reading, link, [row[link] for row in rows], told)
    for row in rows:
        row.update(found[row[link]])
    return rows
