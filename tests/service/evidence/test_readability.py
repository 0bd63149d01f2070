"""Whatever cannot be read in a log is found, whoever made it so, unless an erasure in the log explains it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text

from aggregates.event import EVENTS
from aggregates.identity import stream_id
from aggregates.person import Person, PersonErased, PersonErasureStarted
from service.evidence.bundle import export
from service.evidence.verifier import command as verifier
from service.evidence.verifier.events import Entry
from service.evidence.verifier.readability import Readability
from service.evidence.verifier.verdicts import Altered
from service.ledger.ledger import Ledger, Origin
from service.log.tables import STREAM_KEYS
from tests.databases import Databases
from tests.service.losing import operate
from tests.service.serving import client_of, founded, ledger_of, serving

PERSONS = "/api/v2/persons"
OURS = "/api/ledger/v1"
GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}


class Log:
    """A served log, its database and the verdict of who checks an export of it."""

    def __init__(self, url: str, app: Flask, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.client = client_of(app)
        self.ledger: Ledger = ledger_of(app)
        self._folder = folder
        self._capsys = capsys
        self._exports = 0

    def add(self, name: str) -> int:
        answer = self.client.post(PERSONS, json={"name": name, "emails": [{"value": f"{name}@example.no"}]})
        number: int = answer.json["data"]["id"]
        return number

    def rename(self, person: int, name: str) -> None:
        assert self.client.patch(f"{PERSONS}/{person}", json={"name": name}).status_code == 200

    def erase(self, person: int) -> None:
        answer = self.client.post(f"{OURS}/persons/{person}/erase", json=GROUNDS)
        assert answer.status_code == 200, answer.text

    def attack(self, statement: str, **values: Any) -> None:
        with self.ledger.database.writing() as connection:
            assert connection.execute(text(statement), values).rowcount > 0
        self.ledger.event_log.stream_keys.forget()

    def verdict(self) -> tuple[int, str]:
        """What the verifier says of an export, given the key."""
        self._exports += 1
        bundle, keys = self._folder / f"bundle-{self._exports}", self.ledger.event_log.stream_keys
        export(self.ledger.database, self.ledger.notary, keys, bundle, lambda _: None)
        self._capsys.readouterr()
        code = verifier.main([str(bundle), "--key", str(self.ledger.notary.verifier())])
        return code, self._capsys.readouterr().out


@pytest.fixture
def log(databases: Databases, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    with databases.fresh(founded) as url, serving(url) as app:
        yield Log(url, app, tmp_path, capsys)


def of(person: int) -> str:
    return stream_id("person", person).hex


def test_an_erasure_explains_what_it_made_unreadable_and_nothing_else(log: Log) -> None:
    kari, ola = log.add("Kari"), log.add("Ola")
    log.rename(kari, "Kari Hansen")
    assert log.verdict()[0] == verifier.SOUND
    log.erase(kari)
    code, said = log.verdict()
    assert code == verifier.SOUND, said
    assert f"Stream {of(kari)} cannot be read up to its version 3: it was erased by event " in said
    assert of(ola) not in said
    kept = operate(log.url, "verify")
    assert (kept.exit_code, "be read" in kept.stdout) == (0, True), kept.output
    log.attack("DELETE FROM stream_keys WHERE stream_id = :stream", stream=of(ola))
    code, said = log.verdict()
    assert code == verifier.ALTERED, said
    assert f"stream {of(ola)} cannot be read up to its version 1, and no erasure explains that" in said
    found = operate(log.url, "verify")
    assert (found.exit_code, of(ola) in found.output) == (1, True)


ATTACKS = {
    "a key is gone": "DELETE FROM stream_keys WHERE stream_id = :kari",
    "a key is another stream's": "UPDATE stream_keys SET wrapped = (SELECT wrapped FROM stream_keys "
    "WHERE stream_id = :ola) WHERE stream_id = :kari",
    "a key begins later": "UPDATE stream_keys SET since = 2 WHERE stream_id = :kari",
    "all keys are gone": "DELETE FROM stream_keys",
}


def test_a_silent_erasure_is_found_and_so_is_where_it_begins(log: Log) -> None:
    ola, kari = log.add("Ola"), log.add("Kari")
    begins = log.ledger.event_log.max_notification_id()
    log.rename(kari, "Kari Hansen")
    with log.ledger.database.reading() as connection:
        kept = [dict(row) for row in connection.execute(select(STREAM_KEYS)).mappings()]
    for what, statement in ATTACKS.items():
        named = {name: of(person) for name, person in (("kari", kari), ("ola", ola)) if f":{name}" in statement}
        log.attack(statement, **named)
        code, said = log.verdict()
        assert (code, "no erasure explains that." in said) == (verifier.ALTERED, True), (what, said)
        assert what == "all keys are gone" or said.endswith(f"First bad position: {begins}.\n"), (what, said)
        with log.ledger.database.writing() as connection:
            connection.execute(delete(STREAM_KEYS))
            connection.execute(insert(STREAM_KEYS), kept)
        assert log.verdict()[0] == verifier.SOUND


def test_what_came_after_an_erasure_is_not_explained_by_it(log: Log) -> None:
    organization = log.client.post("/api/v2/organizations", json={"name": "Rør AS"}).json["data"]["id"]
    kari = log.add("Kari")
    lead = log.client.post(
        "/v1/leads", json={"title": "Kari's boiler", "person_id": kari, "organization_id": organization}
    ).json["data"]["id"]
    log.erase(kari)
    assert log.client.patch(f"/v1/leads/{lead}", json={"title": "A boiler"}).status_code == 200
    assert log.verdict()[0] == verifier.SOUND
    log.attack("DELETE FROM stream_keys WHERE stream_id = :stream", stream=lead.replace("-", ""))
    code, said = log.verdict()
    assert (code, lead.replace("-", "") in said) == (verifier.ALTERED, True), said


def test_a_key_that_is_brought_back_is_found(log: Log) -> None:
    kari = log.add("Kari")
    with log.ledger.database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM stream_keys WHERE stream_id = :it"), {"it": of(kari)}).all()
    log.erase(kari)
    assert log.verdict()[0] == verifier.SOUND
    ((stream, since, wrapped),) = rows
    log.attack(
        "INSERT INTO stream_keys VALUES (:stream, :since, :wrapped)", stream=stream, since=since, wrapped=wrapped
    )
    code, said = log.verdict()
    assert code == verifier.ALTERED
    assert f"stream {stream} can be read, though it was erased up to its version" in said


def test_nothing_is_exported_while_nobody_can_tell_what_can_be_read(log: Log, tmp_path: Path) -> None:
    log.add("Kari")
    keys = log.ledger.event_log.stream_keys.epochs.path
    for spoil in (lambda: keys.rename(tmp_path / "keys"), lambda: keys.write_bytes(b"no keys")):
        spoil()
        refused = operate(log.url, "audit", "export", "--out", str(tmp_path / "bundle"))
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert str(keys) in refused.stderr
        assert not (tmp_path / "bundle").exists()
    keys.unlink()
    shutil.copyfile(tmp_path / "keys", keys)
    assert operate(log.url, "audit", "export", "--out", str(tmp_path / "bundle")).exit_code == 0


# Erasures as older versions recorded them, which tell how many keys were destroyed, but not of which streams


def erase_as_once(log: Log, person: int, keys: int, *also: int) -> None:
    """What an older version recorded of an erasure, and the keys gone of those persons' streams."""
    number = stream_id("person", person)
    counts = {"keys": keys, "events": keys, "rows": 0, "mentions": 0}

    def record(tx: Any) -> None:
        subject = tx.load(Person, number)
        subject.record(PersonErasureStarted, legal_basis="GDPR Art. 17(1)(b)")
        tx.destroy_keys([stream_id("person", each) for each in (person, *also)])
        subject.record(PersonErased, **counts)
        tx.save(subject)

    log.ledger.execute(Origin(1, "erase", "test", "Asked for it by letter"), record)


def test_erasures_of_older_versions_explain_by_number_only_which_is_no_proof(log: Log) -> None:
    kari, ola, per = (log.add(name) for name in ("Kari", "Ola", "Per"))
    erase_as_once(log, kari, 2, ola)
    code, said = log.verdict()
    assert code == verifier.UNTOLD, said
    assert "CANNOT TELL: whether 2 streams that cannot be read were erased, of which the log tells" in said
    assert all(f"Stream {of(person)} cannot be read" in said for person in (kari, ola))
    log.attack("DELETE FROM stream_keys WHERE stream_id = :stream", stream=of(per))
    code, said = log.verdict()
    assert (code, "no erasure explains that" in said) == (verifier.ALTERED, True), said


# The verifier's part of it, by itself


def event(position: int, stream: str, version: int, topic: str = "PersonEdited", **told: Any) -> Entry:
    state = {"data": told.pop("data", {}), "metadata": {}, **told}
    return Entry(position, stream, version, topic, json.dumps(state, separators=(",", ":")).encode(), None)


def encrypted(position: int, stream: str, version: int) -> Entry:
    return event(position, stream, version, encrypted={"data.name": "text"})


def once(position: int, person: int, keys: int) -> Entry:
    return event(position, f"p{person}", 2, "PersonErased", data={"person_id": person, "keys": keys})


def explained(readable_from: dict[str, int] | None, *events: Entry) -> list[str]:
    """What is doubted of a log; raises `Altered` where it does not explain what cannot be read."""
    readability = Readability(readable_from)
    readability.add(events)
    readability.explained()
    return readability.doubts


def test_an_erasure_that_tells_a_number_explains_what_was_there_before_it_only() -> None:
    lost = {"a": 2, "b": 2}
    one, other = encrypted(1, "a", 1), encrypted(3, "b", 1)
    assert len(explained(lost, one, once(2, 7, 1), other, once(4, 8, 1))) == 1
    too_early, too_few = (one, once(2, 7, 2), other), (one, other, once(4, 7, 1))
    for events in (too_early, too_few, (one, once(2, 7, 1), other, once(4, 8, 0))):
        with pytest.raises(Altered, match="no erasure explains that"):
            explained(lost, *events)


def test_an_erasure_of_an_older_version_that_broke_off_may_explain_anything_before_it() -> None:
    begun = event(3, "p7", 2, "PersonErasureStarted", data={"person_id": 7, "legal_basis": "x"})
    assert len(explained({"a": 2, "b": 2}, encrypted(1, "a", 1), encrypted(2, "b", 1), begun)) == 1


def test_an_erasure_names_streams_up_to_a_version() -> None:
    named = event(3, "e", 1, "ErasureStarted", data={"streams": {"a": 2}})
    assert explained({"a": 3}, encrypted(1, "a", 1), encrypted(2, "a", 2), named) == []
    with pytest.raises(Altered, match="can be read, though it was erased"):
        explained({"a": 2}, encrypted(1, "a", 1), encrypted(2, "a", 2), named)
    with pytest.raises(Altered, match="no erasure explains that") as found:
        explained({"a": 4}, encrypted(1, "a", 1), encrypted(2, "a", 2), named, encrypted(4, "a", 3))
    assert found.value.position == 1


def test_what_an_older_bundle_does_not_say_is_not_known() -> None:
    (doubt,) = explained(None, encrypted(1, "a", 1))
    assert "does not say what in it can be read" in doubt


ERASING = [name for name in EVENTS if "Eras" in name and name != "ErasureConfirmed"]
"""All but the one that counts what another has named."""


@pytest.mark.parametrize("topic", ERASING)
def test_every_event_that_tells_of_an_erasure_is_known_in_its_present_version(topic: str) -> None:
    data: dict[str, Any] = {"streams": {}, "keys": 0, "person_id": 1}
    for version, doubts in ((EVENTS[topic].class_version, 0), (EVENTS[topic].class_version + 1, 1)):
        state = {"data": data, "metadata": {}, **({"version": version} if version > 1 else {})}
        stored = json.dumps(state, separators=(",", ":")).encode()
        assert len(explained({}, Entry(1, "e", 1, topic, stored, None))) == doubts
