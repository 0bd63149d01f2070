"""What others write is encrypted in stored events, what tells nothing of anybody readable, and both are told alike."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from aggregates.event import ERASED, EVENTS, Event
from aggregates.signal import KINDS
from service.log.mapper import EventMapper
from service.log.personal import is_readable, readable
from tests.service.log.test_golden import MAPPER, METADATA, OneKey, an_example, own_events

REQUEST_ID, CLIENT = "metadata.request_id", "metadata.client"
HIDING = {
    "for kari@example.no": True,
    "4f2a9c": True,
    "0123456789abcdef0123456789abcdef0": True,
    "0123456789abcdef0123456789abcdef": False,
    "0198E5A2-7C1B-7D3E-9F00-1A2B3C4D5E6F": False,
}
"""Ids of requests, and whether they are text that might tell of somebody."""


class NoKey(OneKey):
    """The keys of all streams are destroyed."""

    def cipher_of(self, stored: StoredEvent) -> None:
        return None


def stored(kind: str, **origin: Any) -> tuple[StoredEvent, dict[str, Any]]:
    event = an_example(EVENTS[kind])
    object.__setattr__(event, "metadata", replace(METADATA, **origin))
    kept = MAPPER.to_stored_event(event)
    return kept, json.loads(kept.state)


@pytest.mark.parametrize("kind", sorted(own_events()))
def test_no_event_holds_what_a_client_says_of_itself_or_of_its_request_in_the_clear(kind: str) -> None:
    kept, state = stored(kind, client="Kari's laptop", request_id="for Kari")
    assert {REQUEST_ID, CLIENT} <= state["encrypted"].keys()
    assert b"Kari" not in kept.state
    told = MAPPER.to_domain_event(kept).metadata
    erased = EventMapper(NoKey()).to_domain_event(kept).metadata
    assert told is not None
    assert (told.client, told.request_id) == ("Kari's laptop", "for Kari")
    assert erased is not None
    assert (erased.client, erased.request_id) == (ERASED, ERASED)
    assert (erased.user_id, erased.recorded_at, erased.command_id) == (
        told.user_id,
        told.recorded_at,
        told.command_id,
    )


@pytest.mark.parametrize(("request_id", "is_hidden"), HIDING.items())
def test_a_request_id_is_readable_only_where_it_is_a_uuid(request_id: str, is_hidden: bool) -> None:
    _, state = stored("LeadSeen", request_id=request_id)
    assert (REQUEST_ID in state["encrypted"]) == is_hidden


@pytest.mark.parametrize("client", ["leadledger", "sample", "unknown"])
def test_what_the_service_does_by_itself_needs_no_key(client: str) -> None:
    _, state = stored("LeadSeen", client=client, request_id=UUID(int=7).hex, reason=None)
    assert "encrypted" not in state


@pytest.mark.parametrize(("kind", "is_hidden"), [*((kind, False) for kind in KINDS), ("x_kari_called", True)])
def test_a_signals_kind_is_readable_only_where_it_is_one_of_ours(kind: str, is_hidden: bool) -> None:
    signal: Event = an_example(EVENTS["SignalRecorded"])
    vars(signal)["kind"] = kind
    kept = MAPPER.to_stored_event(signal)
    assert (kind.encode() not in kept.state) == is_hidden
    erased = EventMapper(NoKey()).to_domain_event(kept)
    assert vars(erased)["kind"] == (ERASED if is_hidden else kind)


def test_an_older_event_that_told_them_in_the_clear_can_be_erased_and_is_said_to_tell_them() -> None:
    kept, state = stored("SignalRecorded", client="Kari's laptop", request_id="for Kari")
    older = json.loads(kept.state)
    for path in ("data.kind", CLIENT, REQUEST_ID):
        older["encrypted"].pop(path)
    assert not is_readable("SignalRecorded", state)
    assert readable("SignalRecorded", state) == []
    assert not is_readable("SignalRecorded", older)
    assert readable("SignalRecorded", older) == ["data.kind", REQUEST_ID, CLIENT]
    older["encrypted"].pop("data.evidence")
    assert is_readable("SignalRecorded", older)
