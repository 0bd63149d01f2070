"""What is planned and written about a deal, a person or an organization, which version 1 always shows."""

from __future__ import annotations

from marshmallow import fields

from projections.agendas import NOTHING
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

TOLD = ("due_date", "due_time")
"""The columns of activities that `AGENDA` needs."""

NEXT_TOLD = (*TOLD, "subject", "type", "duration", "note")
"""Those that `NEXT_ACTIVITY` needs, too."""
