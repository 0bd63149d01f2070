"""Events as they were once stored must load for ever: one file per event and version, never changed again.

``python -m tests.service.log.test_golden`` writes the files that are missing, and only those. The older ones are from
when what events tell of people was stored readable; in the others it is encrypted under `KEY`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import StoredEvent

from aggregates.catalogue import told_by
from aggregates.event import EVENTS, Event, Metadata
from service.log.mapper import EventMapper
from service.log.personal import decrypt
from service.log.plain_json import PlainJSON

FOLDER = Path(__file__).parents[2] / "golden"
STREAM = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
METADATA = Metadata(
    user_id=7,
    recorded_at="2026-01-15T09:30:00.123456Z",
    request_id="a-request",
    command_id="c0ffee00c0ffee00c0ffee00c0ffee00",
    client="a client",
    reason="because",
)
VALUES: dict[str, Any] = {
    "amount": "1234.50",
    "currency": "NOK",
    "changes": {"title": "Rør og mer"},
    "key": 7,
    "streams": {"6f9619ff8b864d01b42d00cf4fc964ff": 2},
    "expected_close_date": "2026-03-31",
}


KEY = bytes(range(32))


class OneKey:
    """One key for all streams, so that files stay readable."""

    def cipher_for(self, stream_id: UUID, version: int) -> AESGCM:
        return AESGCM(KEY)

    def cipher_of(self, stored: StoredEvent) -> AESGCM | None:
        return AESGCM(KEY)


MAPPER = EventMapper(OneKey())


def readable(state: bytes) -> dict[str, Any]:
    """What a stored event tells, whether it was encrypted or not."""
    told: dict[str, Any] = json.loads(state)
    decrypt(told, STREAM.hex, 3, AESGCM(KEY))
    told.pop("encrypted", None)
    return told


def own_events() -> dict[str, type[Event]]:
    """The product's events, without those that tests invent."""
    return {name: kind for name, kind in EVENTS.items() if kind.__module__.startswith("aggregates.")}


def golden_file(name: str, version: int) -> Path:
    return FOLDER / f"{name}.v{version}.json"


def an_example(kind: type[Event]) -> Event:
    """An event with a value in each of its fields."""
    facts = {name: VALUES[name] if name in VALUES else _a_value(name, hint) for name, hint in told_by(kind).items()}
    return kind(originator_id=STREAM, originator_version=3, metadata=METADATA, **facts)


def _a_value(name: str, hint: Any) -> Any:
    if isinstance(hint, UnionType):
        (hint,) = (alternative for alternative in get_args(hint) if alternative is not NoneType)
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        return [_a_value(name, item), _a_value(name, item)]
    if get_origin(hint) is dict:
        return {"value": f"Æ {name}", "primary": True}
    return {str: f"Æ {name} «1»", int: 42, bool: True}[hint]


def write_missing() -> None:
    """Write a golden file for each event that has none at its present version."""
    FOLDER.mkdir(exist_ok=True)
    for name, kind in own_events().items():
        path = golden_file(name, kind.class_version)
        if not path.exists():
            path.write_bytes(MAPPER.to_stored_event(an_example(kind)).state + b"\n")


@pytest.mark.parametrize("name", sorted(own_events()))
def test_every_event_has_a_golden_file_of_each_of_its_versions(name: str) -> None:
    for version in range(1, EVENTS[name].class_version + 1):
        assert golden_file(name, version).exists(), "run python -m tests.service.log.test_golden"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_event_loads_whole(path: Path) -> None:
    name, version = path.stem.split(".v")
    state = path.read_bytes().rstrip(b"\n")
    event = MAPPER.to_domain_event(StoredEvent(STREAM, 3, name, state))

    assert type(event) is EVENTS[name]
    assert event.metadata == METADATA
    for field in fields(event):
        assert hasattr(event, field.name)
    if int(version) == type(event).class_version:
        assert readable(state)["data"] == {name: getattr(event, name) for name in told_by(type(event))}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_event_of_the_present_version_is_stored_with_the_same_content_again(path: Path) -> None:
    name, version = path.stem.split(".v")
    if int(version) == EVENTS[name].class_version:
        state = path.read_bytes().rstrip(b"\n")
        event = MAPPER.to_domain_event(StoredEvent(STREAM, 3, name, state))
        assert readable(MAPPER.to_stored_event(event).state) == readable(state)


def test_every_event_is_stored_as_compact_json_with_all_letters_as_they_are() -> None:
    for kind in own_events().values():
        state = MAPPER.to_stored_event(an_example(kind)).state
        assert state == json.dumps(json.loads(state), ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("kind", ["SignalRecorded", "ConversionPolicyAdopted"], ids=["encrypted", "readable"])
@pytest.mark.parametrize("value", ["\ud800", 2**64, -(2**63) - 1, datetime(2026, 5, 4, tzinfo=UTC), METADATA])
def test_what_could_not_be_read_back_is_not_stored(kind: str, value: object) -> None:
    event = an_example(EVENTS[kind])
    [name] = {"evidence", "policy"} & {*event.fact_names}
    vars(event)[name] = {"told": value}
    with pytest.raises(TypeError):
        MAPPER.to_stored_event(event)


@pytest.mark.parametrize(
    "value",
    [
        "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)])),
        [2**63, -(2**63), 0, True, False, None, [], {}, ""],
        {'"Ø\\\n': {"\x7f": [{"🦉": "\u2028"}]}},
    ],
    ids=["all letters", "numbers and the like", "objects"],
)
def test_json_has_the_bytes_that_older_versions_encrypted(value: object) -> None:
    written = PlainJSON().encode(value)
    assert written == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert PlainJSON().decode(written) == value


if __name__ == "__main__":
    write_missing()
