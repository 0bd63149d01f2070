"""Collects everything that is held about somebody: current rows and recorded events."""

from __future__ import annotations

import json
from typing import Any

from aggregates.event import Event
from projections.data_subject import rows_about
from projections.engine.rows import Row
from service.clock import timestamp
from service.ledger.ledger import Ledger
from service.log.history import events_of, position_at
from service.privacy.subjects import Subject

_JSON = ("emails", "phones", "label_ids", "location", "participants", "attendees", "evidence")
_INTERNAL = ("valid_from", "valid_to", "bucket", "created_position", "edited_position", "place", "due")


def held_about(ledger: Ledger, subject: Subject) -> dict[str, Any]:
    """All that tells of a subject: current rows by kind (``now``), and every event about it (``recorded``).

    It is what an erasure of it would erase. Raises `Gone` where there never was such a thing.
    """
    with ledger.reading() as reading:
        subject.check_there(reading)
        things = subject.things(reading)
        streams = [stream.hex for stream in subject.streams(things)]
        return {
            "as_of": position_at(reading.connection),
            "made_at": timestamp(ledger.clock()),
            "now": {name: list(map(_told, rows)) for name, rows in rows_about(reading, things).items()},
            "recorded": [_recorded(*found) for found in events_of(reading.connection, ledger.mapper, streams)],
        }


def _told(row: Row) -> Row:
    """A row without its internal columns, its JSON columns parsed."""
    told = {str(name): value for name, value in row.items() if name not in _INTERNAL and not name.endswith("_folded")}
    return told | {name: json.loads(told[name]) for name in _JSON if name in told}


def _recorded(position: int, event: Event) -> dict[str, Any]:
    metadata = event.metadata
    assert metadata is not None
    return {
        "position": position,
        "event": type(event).__name__,
        "when": event.at,
        "user_id": event.by,
        "client": metadata.client,
        "reason": metadata.reason,
        "data": event.facts(),
    }
