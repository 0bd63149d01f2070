"""Whoever is erased cannot be read anywhere any more, while the evidence stays whole and everything goes on."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aggregates.event import ERASED, EVENTS
from aggregates.identity import stream_id
from service.app import create_app
from service.evidence.bundle import export
from service.evidence.merkle import is_included
from service.evidence.tree import StoredTree
from service.evidence.verifier import command as verifier
from service.log.personal import is_readable
from service.log.tables import EVENTS as LOG
from service.maintenance.replay import rebuild
from service.maintenance.verification import verify
from service.settings import Settings
from tests.databases import Databases
from tests.service.privacy.canaries import MARK, OURS, Planted, files_of, found_in
from tests.service.serving import client_of, founded, ledger_of
from tests.service.whole import check_whole, length_of_log

GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}


@pytest.fixture
def planted(client: FlaskClient) -> Planted:
    return Planted(client)


def erase(client: FlaskClient, person_id: int, **facts: str) -> Any:
    answer = client.post(f"{OURS}/persons/{person_id}/erase", json={**GROUNDS, **facts})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.slow
def test_no_canary_is_left_anywhere_after_erasing(
    alone: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outside = tmp_path / "outside"
    outside.mkdir()
    with alone.fresh(founded) as url:
        app = create_app(Settings(url, checkpoint_file=outside / "checkpoints"))
        ledger, client = ledger_of(app), client_of(app)
        planted = Planted(client)
        rebuild(ledger, lambda _: None)
        with ledger.database.writing() as connection:
            connection.exec_driver_sql("ANALYZE")  # as both databases do now and then: it takes samples
        client_of(app, "wrong").get("/v1/leads")
        export(ledger.database, ledger.notary, ledger.event_log.stream_keys, outside / "before", lambda _: None)
        assert found_in([outside]) == [], "what leaves the database tells nothing of anybody in the first place"
        assert found_in(files_of(alone, ledger)) != [], "or else the test would find nothing"
        assert len(planted.words) > 50

        done = erase(client, planted.person)

        assert (done["mentions"], done["keys"] >= 9, done["events"] >= 20) == ([], True, True)
        export(ledger.database, ledger.notary, ledger.event_log.stream_keys, outside / "after", lambda _: None)
        assert found_in([outside, *files_of(alone, ledger)]) == []
        assert MARK not in caplog.text
        check_nothing_told(client, planted)
        ledger.database.close()


def check_nothing_told(client: FlaskClient, planted: Planted) -> None:
    for path in (f"{OURS}/events/stream", f"{OURS}/persons/{planted.person}/data", "/v1/leads", "/api/v2/persons"):
        assert MARK not in client.get(path).text
    assert client.get(f"/api/v2/persons/search?term={MARK}").json["data"]["items"] == []


def test_the_evidence_stays_whole_and_old_proofs_stay_valid(
    app: Flask, client: FlaskClient, planted: Planted, tmp_path: Path
) -> None:
    ledger = ledger_of(app)
    note = ledger.notary.checkpoint()
    assert note is not None
    (tmp_path / "kept").write_text(note)
    with ledger.database.reading() as connection:
        before = StoredTree(connection)
        size, root = before.size, before.root(before.size)
        proofs = {position: before.inclusion(position, size) for position in range(1, size + 1)}
        leaves = {position: before.leaf(position) for position in proofs}
    erase(client, planted.person)
    ledger.notary.checkpoint()
    with ledger.database.reading() as connection:
        after = StoredTree(connection)
        assert after.root(size) == root
        for position, path in proofs.items():
            assert after.leaf(position) == leaves[position]
            assert is_included(leaves[position], position - 1, size, path, root)
    export(ledger.database, ledger.notary, ledger.event_log.stream_keys, tmp_path / "bundle", lambda _: None)
    key = str(ledger.notary.verifier())
    assert verifier.main([str(tmp_path / "bundle"), "--key", key, "--known", str(tmp_path / "kept")]) == verifier.SOUND


@pytest.mark.slow
def test_everything_goes_on_and_a_replay_says_erased(app: Flask, client: FlaskClient, planted: Planted) -> None:
    kept = client.get(f"/v1/leads/{planted.kept}").json
    erase(client, planted.person)
    assert verify(ledger_of(app), lambda _: None, 20).differences == []
    check_whole(app)
    rebuild(ledger_of(app), lambda _: None)
    check_whole(app)
    person = client.get(f"/api/v2/persons/{planted.person}").json["data"]
    assert (person["name"], person["emails"], person["is_deleted"]) == (ERASED, [], True)
    told = client.get(f"{OURS}/timeline?deal_id={planted.deal}&limit=500").json["items"]
    assert {item["data"]["title"] for item in told if "title" in item["data"]} == {ERASED}
    assert {item["reason"] for item in told} == {None, ERASED}
    assert client.get(f"/v1/leads/{planted.kept}").json == kept
    back = client.post(f"{OURS}/deals/{planted.deal}/revert", json={"reason": "Try again"})
    assert back.status_code == 200
    renamed = client.patch(f"/v1/leads/{planted.lead}", json={"title": "Boiler of somebody"})
    assert renamed.json["data"]["title"] == "Boiler of somebody"
    again = client.get(f"{OURS}/timeline?lead_id={planted.lead}&limit=2").json["items"]
    assert [item["data"].get("changes", item["data"]).get("title") for item in again] == ["Boiler of somebody", ERASED]
    check_whole(app)


def test_an_erasure_says_who_why_and_how_much_and_tells_it_once(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    done = erase(client, planted.person)
    last, first = client.get(f"{OURS}/timeline?person_id={planted.person}&limit=2").json["items"]
    assert (first["event"], last["event"]) == ("ErasureStarted", "ErasureConfirmed")
    about = {"erasure_id": 1, "kind": "person", "key": planted.person}
    streams = first["data"].pop("streams")
    assert len(streams) == done["keys"]
    assert first["data"] == {**about, "legal_basis": GROUNDS["legal_basis"], "is_redaction": False}
    assert last["data"] == {**about, "mentions": 0} | {name: done[name] for name in ("keys", "events", "rows")}
    assert first["reason"] == last["reason"] == GROUNDS["reason"]
    length = length_of_log(app)
    assert client.post(f"{OURS}/persons/{planted.person}/erase", json=GROUNDS).status_code == 404
    assert length_of_log(app) == length


@pytest.mark.slow
def test_an_erasure_that_broke_off_is_gone_on_with(
    app: Flask, client: FlaskClient, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object) -> None:
        raise OSError("the power went")

    monkeypatch.setattr("service.privacy.erasure.scrub_files", power_cut)
    assert client.post(f"{OURS}/persons/{planted.person}/erase", json=GROUNDS).status_code == 500
    assert MARK not in client.get(f"{OURS}/events/stream").text
    monkeypatch.undo()
    erase(client, planted.person)
    assert (
        client.get(f"{OURS}/timeline?person_id={planted.person}&limit=1").json["items"][0]["event"]
        == "ErasureConfirmed"
    )
    check_whole(app)


def test_an_event_that_an_older_version_stored_readably_is_not_said_to_be_erased(
    app: Flask, client: FlaskClient
) -> None:
    number = client.post("/api/v2/persons", json={"name": "Kari Nordmann"}).json["data"]["id"]
    state = {
        "data": {"person_id": number, "changes": {"name": "Kari Berg"}},
        "metadata": {
            "recorded_at": "2100-01-01T00:00:00.000000Z",
            "request_id": "r",
            "command_id": "c",
            "client": "old",
        },
    }
    old = StoredEvent(stream_id("person", number), 2, "PersonEdited", json.dumps(state).encode())
    ledger_of(app).event_log.insert_events([old])
    refused = client.post(f"{OURS}/persons/{number}/erase", json=GROUNDS)
    assert refused.status_code == 409
    assert f"event {length_of_log(app)} was recorded readably" in refused.text
    assert client.get(f"/api/v2/persons/{number}").json["data"]["name"] == "Kari Nordmann"


def test_what_an_older_version_told_of_client_and_request_in_the_clear_is_said_in_the_report(
    app: Flask, client: FlaskClient
) -> None:
    number = client.post("/api/v2/persons", json={"name": "Kari Nordmann"}).json["data"]["id"]
    metadata = {"recorded_at": "2100-01-01T00:00:00.000000Z", "command_id": "c", "request_id": "r", "client": "hers"}
    state = {"data": {"person_id": number, "owner_id": 1}, "metadata": metadata}
    old = StoredEvent(stream_id("person", number), 2, "PersonAssigned", json.dumps(state).encode())
    ledger_of(app).event_log.insert_events([old])
    told = erase(client, number)
    assert (told["readable"], told["mentions"]) == (1, [])
    assert client.get(f"{OURS}/persons/{number}/erasure").json["readable"] == 1


def test_others_go_on_reading_and_writing_while_somebody_is_erased(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    def work(number: int) -> list[int]:
        mine = client_of(app)
        lead = {"title": f"Lead {number}", "person_id": planted.other}
        asked = [mine.post("/v1/leads", json=lead).status_code for _ in range(5)]
        return [*asked, *(mine.get(f"{OURS}/inbox").status_code for _ in range(5))]

    with ThreadPoolExecutor(5) as threads:
        working = [threads.submit(work, number) for number in range(4)]
        erasing = threads.submit(erase, client_of(app), planted.person)
        assert erasing.result()["mentions"] == []
        assert {status for each in working for status in each.result()} == {200, 201}
    check_whole(app)
    assert MARK not in client.get(f"{OURS}/events/stream").text


def test_a_legal_hold_refuses_an_erasure_until_it_is_released(client: FlaskClient, planted: Planted) -> None:
    path = f"{OURS}/persons/{planted.person}"
    assert client.post(f"{path}/hold", json={"reason": "A lawsuit"}).json["is_on_hold"] is True
    refused = client.post(f"{path}/erase", json=GROUNDS)
    assert refused.status_code == 409
    assert "legal hold" in refused.text
    assert client.get(f"/api/v2/persons/{planted.person}").json["data"]["name"] != ERASED
    assert client.post(f"{path}/release", json={"reason": "It is over"}).json["is_on_hold"] is False
    erase(client, planted.person)
    assert client.post(f"{path}/hold", json={"reason": "Too late"}).status_code == 404


def test_only_administrators_erase_and_nothing_is_erased_without_reason_and_basis(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    path = f"{OURS}/persons/{planted.person}/erase"
    for facts in (
        {},
        {"reason": "x"},
        {"legal_basis": "x"},
        {**GROUNDS, "reason": " "},
        {**GROUNDS, "legal_basis": None},
    ):
        assert client.post(path, json=facts).status_code == 400
    assert client.post(f"{OURS}/persons/999/erase", json=GROUNDS).status_code == 404
    assert client_of(app, "nobody").post(path, json=GROUNDS).status_code == 401
    assert MARK in client.get(f"{OURS}/events/stream").text


def test_all_that_is_held_about_somebody_is_handed_over_and_nothing_of_others(
    client: FlaskClient, planted: Planted
) -> None:
    held = client.get(f"{OURS}/persons/{planted.person}/data").json
    text = json.dumps(held, ensure_ascii=False)
    assert [word for word in planted.words if word not in text] == []
    assert "Ola" not in text
    assert {name: len(rows) for name, rows in held["now"].items()} == {
        "persons": 1,
        "leads": 3,
        "deals": 2,
        "notes": 2,
        "activities": 4,
        "signals": 6,
    }
    assert [each["position"] for each in held["recorded"]] == sorted(each["position"] for each in held["recorded"])
    assert client.get(f"{OURS}/persons/999/data").status_code == 404


def test_nothing_that_is_recorded_of_people_is_readable_in_the_log(app: Flask, planted: Planted) -> None:
    with ledger_of(app).database.reading() as connection:
        stored = connection.execute(select(LOG.c.topic, LOG.c.state)).all()
    assert {topic for topic, _ in stored} >= {
        name for name in EVENTS if name.startswith(("Person", "Note", "Signal"))
    } - {*("PersonAssigned", "PersonDeleted", "PersonErasureStarted", "PersonErased", "NoteDeleted", "NoteRepinned")}
    for topic, state in stored:
        assert not is_readable(topic, json.loads(bytes(state))), topic
        assert MARK.encode() not in bytes(state)


NOT_OF_A_PERSON = ("Organization", "User", "Token")
UNREACHABLE = {("LeadEdited", "changes.origin_id"), ("DealEdited", "changes.origin_id")}
"""What no command ever changes: it is marked as what it is when a lead or deal begins."""


def test_a_canary_stands_in_every_personal_field_of_every_event_that_tells_of_a_person(
    app: Flask, planted: Planted
) -> None:
    with ledger_of(app).database.reading() as connection:
        stored = connection.execute(select(LOG.c.topic, LOG.c.state)).all()
    told = {(topic, path) for topic, state in stored for path in json.loads(bytes(state)).get("encrypted", {})}
    wanted = {
        (name, path)
        for name, kind in EVENTS.items()
        if kind.__module__.startswith("aggregates.") and not name.startswith(NOT_OF_A_PERSON)
        for path in kind.personal
    }
    assert {(name, f"data.{path}") for name, path in wanted - UNREACHABLE} - told == set()
