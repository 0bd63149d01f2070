"""A sole trader, a user who left, a lone lead, a lone note and words in others' texts are erased as persons are."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aggregates.event import ERASED, EVENTS
from service.app import create_app
from service.commands import policy
from service.evidence.bundle import export
from service.ledger.ledger import Origin
from service.log.tables import EVENTS as LOG
from service.maintenance.replay import rebuild
from service.maintenance.verification import verify
from service.settings import Settings
from tests.databases import Databases
from tests.service.privacy.canaries import MARK, OURS, files_of, found_in
from tests.service.privacy.others import Others
from tests.service.serving import client_of, founded, ledger_of
from tests.service.whole import check_whole, length_of_log

GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}


@pytest.fixture
def others(app: Flask, client: FlaskClient) -> Others:
    return Others(client, ledger_of(app))


def position_of(client: FlaskClient, event: str) -> int:
    """Where the last event of a name stands."""
    found = client.get(f"{OURS}/events?types={event}").json["items"]
    return int(found[-1]["position"])


def erase_all(client: FlaskClient, others: Others) -> dict[str, Any]:
    """Erase everything that canaries were planted in; what each erasure came to, by what was erased."""
    done = {
        path: others.ask("POST", f"{OURS}/{path}/erase", **GROUNDS)
        for path in (
            f"organizations/{others.trader}",
            f"users/{others.user}",
            f"leads/{others.lead}",
            f"notes/{others.note}",
        )
    }
    told = [f"events/{position_of(client, event)}" for event in ("DealCreated", "ActivityAdded")]
    return {**done, **{path: others.ask("POST", f"{OURS}/{path}/redact", **GROUNDS) for path in told}}


@pytest.mark.slow
def test_no_canary_is_left_anywhere_after_erasing_whatever_can_be_erased(
    alone: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with alone.fresh(founded) as url:
        app = create_app(Settings(url))
        ledger, client = ledger_of(app), client_of(app)
        others = Others(client, ledger)
        rebuild(ledger, lambda _: None)
        assert found_in(files_of(alone, ledger)) != [], "or else the test would find nothing"
        done = erase_all(client, others)
        assert {path: told["mentions"] for path, told in done.items()} == {path: [] for path in done}
        export(ledger.database, ledger.notary, ledger.event_log.stream_keys, tmp_path / "bundle", lambda _: None)
        assert found_in([tmp_path / "bundle", *files_of(alone, ledger)]) == []
        assert MARK not in caplog.text
        assert MARK not in client.get(f"{OURS}/events/stream").text
        ledger.database.close()


@pytest.mark.slow
def test_everything_goes_on_and_a_replay_says_what_is_left(app: Flask, client: FlaskClient, others: Others) -> None:
    erase_all(client, others)
    assert verify(ledger_of(app), lambda _: None, 20).differences == []
    check_whole(app)
    trader = client.get(f"/api/v2/organizations/{others.trader}").json["data"]
    assert (trader["name"], trader["website"], trader["is_deleted"]) == (ERASED, ERASED, True)
    user = client.get(f"/v1/users/{others.user}").json["data"]
    assert (user["name"], user["email"], user["active_flag"]) == (ERASED, ERASED, False)
    assert client.get(f"/v1/notes/{others.note}").json["data"]["content"] == ERASED
    deal = client.get(f"/api/v2/deals/{others.deal}").json["data"]
    assert (deal["title"], deal["status"]) == (ERASED, "open")
    assert client.get(f"/api/v2/organizations/{others.kept}").json["data"]["name"] == "Varme AS"
    anew = client.patch(f"/api/v2/deals/{others.deal}", json={"title": "Boiler of somebody"})
    assert anew.json["data"]["title"] == "Boiler of somebody"
    check_whole(app)


def test_of_whoever_left_the_number_stays_in_what_the_user_did(client: FlaskClient, others: Others) -> None:
    others.ask("POST", f"{OURS}/users/{others.user}/erase", **GROUNDS)
    issued = client.get(f"{OURS}/events?types=TokenIssued&user_id={others.user}").json["items"]
    added = client.get(f"{OURS}/events?types=UserAdded").json["items"][-1]
    assert added["data"]["user_id"] == others.user
    assert (added["data"]["name"], added["data"]["email"], issued) == (ERASED, ERASED, [])


@pytest.mark.parametrize("path", ["users/1/erase", "events/1/redact"])
def test_a_user_who_works_here_is_not_erased(client: FlaskClient, path: str) -> None:
    refused = client.post(f"{OURS}/{path}", json=GROUNDS)
    assert refused.status_code == 409
    assert "deactivated first" in refused.text


def test_nothing_of_a_lone_lead_is_left_on_its_timeline_but_that_it_was_erased(
    client: FlaskClient, others: Others
) -> None:
    done = others.ask("POST", f"{OURS}/leads/{others.lead}/erase", **GROUNDS)
    assert (done["lead_id"], done["is_done"], done["keys"]) == (others.lead, True, 3)
    told = client.get(f"{OURS}/timeline?lead_id={others.lead}").json["items"]
    assert MARK not in json.dumps(told)
    assert [item["event"] for item in told][:2] == ["ErasureConfirmed", "ErasureStarted"]
    assert client.get(f"/v1/leads/{others.lead}").json["data"]["title"] == ERASED


def test_what_goes_on_can_be_erased_again(client: FlaskClient, others: Others) -> None:
    others.ask("POST", f"{OURS}/leads/{others.lead}/erase", **GROUNDS)
    assert client.post(f"{OURS}/leads/{others.lead}/erase", json=GROUNDS).status_code == 404
    client.patch(f"/v1/leads/{others.lead}", json={"title": f"{MARK} again"})
    again = others.ask("POST", f"{OURS}/leads/{others.lead}/erase", **GROUNDS)
    assert (again["keys"], again["events"]) == (1, 1)
    assert MARK not in client.get(f"/v1/leads/{others.lead}").text


def test_a_name_in_anothers_words_is_removed_by_the_number_that_the_erasure_told(client: FlaskClient) -> None:
    kari = client.post("/api/v2/persons", json={"name": "Kari Nordmann"}).json["data"]["id"]
    ola = client.post("/api/v2/persons", json={"name": "Ola Hansen"}).json["data"]["id"]
    note = client.post("/v1/notes", json={"content": "Knows Kari Nordmann", "person_id": ola}).json["data"]["id"]
    deal = client.post("/api/v2/deals", json={"title": "As for Kari Nordmann", "person_id": ola}).json["data"]["id"]
    told = client.post(f"{OURS}/persons/{kari}/erase", json=GROUNDS).json
    assert [mention["event"] for mention in told["mentions"]] == ["NoteAdded", "DealCreated"]
    for mention in told["mentions"]:
        redacted = client.post(f"{OURS}/events/{mention['number']}/redact", json=GROUNDS)
        assert redacted.status_code == 200
        assert redacted.json["event_position"] == mention["number"]
        assert client.get(f"{OURS}/events/{mention['number']}/redaction").json == redacted.json
    assert "Nordmann" not in client.get(f"{OURS}/events/stream").text
    assert client.get(f"/v1/notes/{note}").json["data"]["content"] == ERASED
    assert client.get(f"/api/v2/deals/{deal}").json["data"]["title"] == ERASED
    assert client.get(f"/api/v2/persons/{ola}").json["data"]["name"] == "Ola Hansen"


def test_what_stands_in_the_clear_is_not_said_to_be_redacted(client: FlaskClient) -> None:
    client.post("/api/v2/pipelines", json={"name": "As Kari does it"})
    refused = client.post(f"{OURS}/events/{position_of(client, 'PipelineAdded')}/redact", json=GROUNDS)
    assert (refused.status_code, "in the clear" in refused.text) == (409, True)
    assert client.post(f"{OURS}/events/99999/redact", json=GROUNDS).status_code == 404


def test_a_reason_in_the_stream_of_a_decision_is_redacted(app: Flask, client: FlaskClient) -> None:
    origin = Origin(1, "request", "test", reason="As Kari wants it")
    rules: dict[str, Any] = {"default": {"combine": "any", "rules": []}, "pipelines": []}
    ledger_of(app).execute(origin, lambda tx: policy.adopt(tx, rules, None))
    assert "Kari" in client.get(f"{OURS}/events/stream").text
    for event in ("ConversionPolicyAdopted", "InboxReviewStarted"):
        assert client.post(f"{OURS}/events/{position_of(client, event)}/redact", json=GROUNDS).status_code == 200
    assert "Kari" not in client.get(f"{OURS}/events/stream").text


@pytest.mark.parametrize("held", ["organizations/{kept}", "leads/{lead}", "notes/{lead_note}"])
def test_what_tells_of_something_on_hold_is_not_erased_with_anything_else(
    app: Flask, client: FlaskClient, others: Others, held: str
) -> None:
    notes = client.get("/v1/notes").json["data"]
    lead_note = next(note["id"] for note in notes if note["lead_id"] == others.lead)
    path = held.format(kept=others.kept, lead=others.lead, lead_note=lead_note)
    others.ask("POST", f"{OURS}/{path}/hold", reason="A lawsuit")
    length = length_of_log(app)
    refused = client.post(f"{OURS}/leads/{others.lead}/erase", json=GROUNDS)
    assert (refused.status_code, "on legal hold" in refused.text) == (409, True)
    assert length_of_log(app) == length
    others.ask("POST", f"{OURS}/{path}/release", reason="It is over")
    others.ask("POST", f"{OURS}/leads/{others.lead}/erase", **GROUNDS)


def test_all_that_is_held_is_handed_over_of_whatever_can_be_erased(client: FlaskClient, others: Others) -> None:
    trader = client.get(f"{OURS}/organizations/{others.trader}/data").json
    assert {name: len(rows) for name, rows in trader["now"].items()} == {
        **{"organizations": 1, "leads": 1, "deals": 1, "notes": 2, "activities": 1, "signals": 0}
    }
    user = client.get(f"{OURS}/users/{others.user}/data").json
    assert {name: len(rows) for name, rows in user["now"].items()} == {"users": 1, "tokens": 1}
    assert [each["event"] for each in user["recorded"]] == ["UserAdded", "TokenIssued", "UserDeactivated"]
    note = client.get(f"{OURS}/notes/{others.note}/data").json
    assert [each["event"] for each in note["recorded"]] == ["NoteAdded", "NoteEdited"]
    assert "Varme" not in json.dumps([trader, user, note])


def test_a_canary_stands_in_every_personal_field_of_organizations_users_and_tokens(app: Flask, others: Others) -> None:
    with ledger_of(app).database.reading() as connection:
        stored = connection.execute(select(LOG.c.topic, LOG.c.state)).all()
    told = {(topic, path) for topic, state in stored for path in json.loads(bytes(state)).get("encrypted", {})}
    wanted = {
        (name, f"data.{path}")
        for name, kind in EVENTS.items()
        if name.startswith(("Organization", "User", "Token"))
        for path in kind.personal
    }
    assert wanted - told == set()
