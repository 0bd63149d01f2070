"""The event that made something what it is, as answers tell it: where in the log, who, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from aggregates.event import Event
from projections.engine.reading import Reading
from projections.names import names_of
from projections.users import USERS
from service.http.ledger.opportunities import who
from service.http.ledger.values import Named
from service.http.time_fields import Moment


class Cause(Schema):
    """The event that made something what it is: who caused it (null: the system), when, and perhaps why."""

    position = fields.Integer(required=True)
    event = fields.String(required=True)
    when = Moment(required=True)
    who = fields.Nested(Named, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


def causes(reading: Reading, events: Mapping[int, Event]) -> dict[int, dict[str, Any]]:
    """What is told of events, by their positions, with the names that their users have at the moment."""
    names = names_of(reading, USERS, (event.by for event in events.values()))
    return {position: _cause(position, event, names) for position, event in events.items()}


def _cause(position: int, event: Event, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "position": position,
        "event": type(event).__name__,
        "when": event.at,
        "who": who(event, names),
        "reason": event.metadata and event.metadata.reason,
    }
