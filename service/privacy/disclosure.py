"""Collects everything that is held about a person: current rows and recorded events."""

from __future__ import annotations

import json
from typing import Any

from aggregates.event import Event
from aggregates.refusals import Gone
from projections.data_subject import rows_about, things_about
from projections.engine.rows import Row, find
from projections.persons import PERSONS
from service.clock import timestamp
from service.ledger.ledger import Ledger
from service.log.history import events_of, position_at
from service.privacy.erasure import streams_of

_JSON = ("emails", "phones", "label_ids", "location", "participants", "attendees", "evidence")
_INTERNAL = ("valid_from", "valid_to", "bucket", "created_position", "edited_position", "place", "due")


def held_about(ledger: Ledger, person_id: int) -> dict[str, Any]:
    """All personal data of a person: current rows by kind (``now``), and every event about the person (``recorded``).

    It is what an erasure of the person would erase. Raises `Gone` where there never was such a person.
    """
    with ledger.reading() as reading:
        if find(reading, PERSONS, person_id) is None:
            raise Gone("there is no such person")
        things = things_about(reading, person_id)
        streams = [stream.hex for stream in streams_of(things)]
        return {
            "person_id": person_id,
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
