"""Converts domain events to stored JSON and back, with their personal values encrypted."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Protocol, cast
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent

from aggregates.event import EVENTS, Event, Metadata
from service.database.key_files import UnusableKey
from service.log.personal import State, decrypt, encrypt
from service.log.plain_json import PlainJSON

_METADATA = tuple(field.name for field in fields(Metadata))


class Ciphers(Protocol):
    """Gives the ciphers for the personal values of events."""

    def cipher_for(self, stream_id: UUID, version: int) -> AESGCM:
        """The cipher to encrypt a stream's event of that version with."""

    def cipher_of(self, stored: StoredEvent) -> AESGCM | None:
        """The cipher to decrypt a stored event with; None where its key was destroyed."""


class EventMapper(Mapper[UUID]):
    """Stores an event as ``{"data": …, "metadata": …}`` under its class's name, and reads only known names back.

    Personal values are encrypted in there (see `service.log.personal`), everything else is readable.
    """

    def __init__(self, ciphers: Ciphers) -> None:
        super().__init__(transcoder=PlainJSON())
        self._ciphers = ciphers

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """The bytes that the log keeps for ever."""
        assert isinstance(domain_event, Event)
        assert domain_event.metadata is not None
        metadata = {name: value for name in _METADATA if (value := getattr(domain_event.metadata, name)) is not None}
        state: dict[str, Any] = {"data": domain_event.facts(), "metadata": metadata}
        stream_id, version = domain_event.originator_id, domain_event.originator_version
        encrypt(state, domain_event, lambda: self._ciphers.cipher_for(stream_id, version))
        if domain_event.class_version > 1:
            state["version"] = domain_event.class_version
        return StoredEvent(
            originator_id=stream_id,
            originator_version=version,
            topic=type(domain_event).__name__,
            state=self.transcoder.encode(state),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """The event that was stored, brought up to the present form of its class.

        Raises `MapperDeserialisationError` for a name nobody knows and for bytes that are no event.
        """
        stream_id, version, topic = stored_event.originator_id, stored_event.originator_version, stored_event.topic
        assert isinstance(stream_id, UUID)
        try:
            state = self.transcoder.decode(stored_event.state)
            if "encrypted" in state:
                decrypt(state, stream_id.hex, version, self._ciphers.cipher_of(stored_event))
            data, metadata = present_data(topic, state), Metadata(**{"user_id": None, **state["metadata"]})
        except UnusableKey:
            raise
        except Exception as error:
            raise unreadable(topic, stream_id, version) from error
        return event_of(topic, stream_id, version, data, metadata)


def present_data(topic: str, state: State) -> dict[str, Any]:
    """What an event of that name told, brought up to the present form of its class. Raises `KeyError`, among others."""
    kind, data = EVENTS[topic], state["data"]
    for version in range(state.get("version", 1), kind.class_version):
        getattr(kind, f"upcast_v{version}_v{version + 1}")(data)
    return cast(dict[str, Any], data)


def event_of(topic: str, stream_id: UUID, version: int, data: dict[str, Any], metadata: Metadata) -> Event:
    """The event of that name that told this, at its place in a stream; ``data`` is its own from then on."""
    event: Event = object.__new__(EVENTS[topic])
    data["originator_id"], data["originator_version"], data["metadata"] = stream_id, version, metadata
    object.__setattr__(event, "__dict__", data)
    return event


def unreadable(topic: str, stream_id: UUID, version: int) -> MapperDeserialisationError:
    """The error for what is no event of that name."""
    return MapperDeserialisationError(f"version {version} of stream {stream_id} is no {topic} event that can be read")
