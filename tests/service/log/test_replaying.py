"""What is replayed are the events that the log holds, whole but for the words of clients."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from aggregates.event import NOT_READ, Event
from service.log.replaying import Stored, events_of, told_by
from tests.service.log.test_golden import FOLDER, KEY, MAPPER, METADATA, STREAM
from tests.service.log.test_personal import NoKey

GOLDEN = pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)


def replayed(path: Path, *, wrapped: bytes | None = b"wrapped", spoilt: bytes = b"") -> Event:
    """The event of a golden file as it is replayed, under the key that is there, or under none any more."""
    name, state = path.stem.partition(".")[0], path.read_bytes().rstrip(b"\n") + spoilt
    told = told_by(Stored(5, STREAM.hex, 3, name, state, wrapped), lambda _stream, _wrapped: AESGCM(KEY))
    [(position, event)] = events_of([told])
    assert position == 5
    return event


def read_by_the_mapper(path: Path, mapper: type | None = None) -> Event:
    name, state = path.stem.partition(".")[0], path.read_bytes().rstrip(b"\n")
    return (MAPPER if mapper is None else type(MAPPER)(mapper())).to_domain_event(StoredEvent(STREAM, 3, name, state))


@GOLDEN
def test_an_event_that_is_replayed_tells_all_that_it_tells_otherwise_but_no_words_of_a_client(path: Path) -> None:
    event = replayed(path)
    assert event == read_by_the_mapper(path)
    assert event.metadata is not None
    assert (event.by, event.at, event.metadata.command_id) == (
        METADATA.user_id,
        METADATA.recorded_at,
        METADATA.command_id,
    )
    assert {event.metadata.client, event.metadata.request_id, event.metadata.reason} == {NOT_READ}


@GOLDEN
def test_what_was_erased_is_replayed_as_it_is_read(path: Path) -> None:
    assert replayed(path, wrapped=None) == read_by_the_mapper(path, NoKey)


def test_what_is_no_event_is_named_with_its_place() -> None:
    path = FOLDER / "DealCreated.v1.json"
    with pytest.raises(MapperDeserialisationError, match=f"version 3 of stream {STREAM} is no DealCreated event"):
        replayed(path, spoilt=b"}")
