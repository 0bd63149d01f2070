"""Whoever repeats a request under its Idempotency-Key is answered as the first time, and nothing is done twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from aggregates.event import ERASED
from service.app import create_app
from service.background import sweeping
from service.background.sweeping import KEPT, sweep_receipts
from service.database import database
from service.log.tables import KEYED_RECEIPTS, LOG_HEAD
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.ledger.test_commands import outcome
from tests.service.http.opportunities import a_colleague
from tests.service.serving import client_of, ledger_of

PERSONS = "/api/v2/persons"
LEAD = {"title": "Boiler", "person_id": 1}


def post(client: FlaskClient, path: str, key: str, body: Any, **options: Any) -> TestResponse:
    return client.post(path, json=body, headers={"Idempotency-Key": key}, **options)


def is_repeated(answer: TestResponse) -> bool:
    assert answer.headers.get("Idempotent-Replayed", "true") == "true"
    return "Idempotent-Replayed" in answer.headers


def persons(client: FlaskClient) -> list[str]:
    return [person["name"] for person in client.get(PERSONS).get_json()["data"]]


@pytest.mark.parametrize("path", [PERSONS, "/v1/leads", f"{OURS}/leads"])
def test_what_is_no_key_is_refused_and_nothing_is_done(company: Company, path: str) -> None:
    refused = post(company.client, path, "a b", {})
    assert refused.status_code == 400
    assert "Idempotency-Key must be" in refused.text


def test_a_request_that_only_asks_needs_no_key_and_has_none(company: Company) -> None:
    assert company.client.get(PERSONS, headers={"Idempotency-Key": ""}).status_code == 200


def test_another_request_under_a_used_key_is_refused_and_nothing_is_done(company: Company) -> None:
    lead = post(company.client, "/v1/leads", "mine", LEAD).get_json()["data"]["id"]
    for method, path, body in [
        ("POST", "/v1/leads", {**LEAD, "title": "Pump"}),
        ("POST", "/v1/notes", {"content": "Boiler", "person_id": 1}),
        ("PATCH", f"/v1/leads/{lead}", {"title": "Pump"}),
        ("DELETE", f"/v1/leads/{lead}", None),
    ]:
        refused = company.client.open(path, method=method, json=body, headers={"Idempotency-Key": "mine"})
        assert (refused.status_code, "another request" in refused.get_json()["error"]) == (422, True)
    assert [lead["title"] for lead in company.client.get("/v1/leads").get_json()["data"]] == ["Boiler"]


def test_a_request_is_the_same_packed_or_not_and_by_whatever_token(company: Company) -> None:
    client = company.client
    token, told = client.environ_base["HTTP_X_API_TOKEN"], gzip.compress(json.dumps(LEAD).encode())
    first = post(client, "/v1/leads", "mine", LEAD)
    packed = client.post("/v1/leads", data=told, headers={"Idempotency-Key": "mine", "Content-Encoding": "gzip"})
    otherwise = post(client.application.test_client(), f"/v1/leads?api_token={token}", '"mine"', LEAD)
    for again in (packed, otherwise):
        assert (again.status_code, again.data, is_repeated(again)) == (201, first.data, True)


def test_keys_of_others_are_others(company: Company) -> None:
    _, colleague = a_colleague(company.client.application)
    answers = [post(client, PERSONS, "mine", {"name": "Åse"}) for client in (company.client, colleague)]
    assert [is_repeated(answer) for answer in answers] == [False, False]
    assert persons(company.client).count("Åse") == 2


def test_a_refusal_leaves_no_receipt(company: Company) -> None:
    client, note = company.client, {"content": "He called", "person_id": 3}
    assert post(client, "/v1/notes", "mine", note).status_code == 400
    company.person("Per Olsen")
    answers = [post(client, "/v1/notes", "mine", note) for _ in range(2)]
    assert [(answer.status_code, is_repeated(answer)) for answer in answers] == [(200, False), (200, True)]


def test_a_check_of_the_caller_is_part_of_the_command_and_a_refusal_by_it_leaves_no_receipt(company: Company) -> None:
    number, colleague = a_colleague(company.client.application)
    note = {"content": "He called", "person_id": 1, "user_id": 1}
    refused = post(colleague, "/v1/notes", "mine", note)
    assert (refused.status_code, number == 1) == (403, False)
    assert not is_repeated(post(colleague, "/v1/notes", "mine", {**note, "user_id": number}))


def test_an_answer_is_repeated_as_it_was_and_undoes_nothing_that_was_done_since(company: Company) -> None:
    client, lead = company.client, company.lead("Boiler")
    key = {"Idempotency-Key": "mine"}
    first = client.patch(f"/v1/leads/{lead}", json={"title": "Pump"}, headers=key)
    company.wait(hours=1)
    client.patch(f"/v1/leads/{lead}", json={"title": "Pipes", "person_id": 2})
    client.post("/api/v2/activities", json={"lead_id": lead, "subject": "Call", "due_date": "2100-01-05"})
    again = client.patch(f"/v1/leads/{lead}", json={"title": "Pump"}, headers=key)
    assert (again.data, is_repeated(again)) == (first.data, True)
    assert client.get(f"/v1/leads/{lead}").get_json()["data"]["title"] == "Pipes"
    client.delete(f"/v1/leads/{lead}")
    assert client.patch(f"/v1/leads/{lead}", json={"title": "Pump"}, headers=key).data == first.data


def test_a_repetition_is_not_lost_to_what_was_edited_since_nor_to_its_own_edit(company: Company) -> None:
    client = company.client
    headers = {"Idempotency-Key": "mine", "If-Match": client.get(f"{PERSONS}/1").headers["ETag"]}
    answers = [client.patch(f"{PERSONS}/1", json={"name": "Kari Olsen"}, headers=headers) for _ in range(2)]
    client.patch(f"{PERSONS}/1", json={"name": "Kari Berg"})
    answers.append(client.patch(f"{PERSONS}/1", json={"name": "Kari Olsen"}, headers=headers))
    assert [is_repeated(answer) for answer in answers] == [False, True, True]
    assert len({(answer.status_code, answer.headers["ETag"], answer.data) for answer in answers}) == 1


def test_an_edit_that_changes_nothing_is_not_done_late(company: Company) -> None:
    client, key = company.client, {"Idempotency-Key": "mine"}
    first = client.patch(f"{PERSONS}/1", json={"name": "Kari Nordmann"}, headers=key)
    client.patch(f"{PERSONS}/1", json={"name": "Kari Olsen"})
    again = client.patch(f"{PERSONS}/1", json={"name": "Kari Nordmann"}, headers=key)
    assert (again.data, is_repeated(again)) == (first.data, True)
    assert "Kari Olsen" in persons(client)
    assert outcome(client, "mine")["outcome"] == "not_committed"


def test_an_erasure_reaches_the_repeated_answer(company: Company) -> None:
    client = company.client
    first = post(client, PERSONS, "mine", {"name": "Åse Berg", "emails": [{"value": "ase@example.org"}]})
    person = first.get_json()["data"]["id"]
    company.post(f"{OURS}/persons/{person}/erase", reason="The person asked", legal_basis="GDPR Art. 17")
    again = post(client, PERSONS, "mine", {"name": "Åse Berg", "emails": [{"value": "ase@example.org"}]})
    assert (again.status_code, is_repeated(again)) == (200, True)
    assert again.get_json()["data"] == {**first.get_json()["data"], **ERASED_PERSON}


ERASED_PERSON = {"name": ERASED, "first_name": ERASED, "last_name": ERASED, "emails": []}


def test_what_is_kept_of_a_keyed_request_tells_nothing_of_it(company: Company) -> None:
    client = company.client
    key = "from-kari@example.org"
    lead = post(client, "/v1/leads", key, {**LEAD, "title": "Boiler of Kari"}).get_json()["data"]["id"]
    with ledger_of(client.application).database.reading() as connection:
        (row,) = connection.execute(select(KEYED_RECEIPTS))
    assert json.loads(row.told) == lead
    kept = repr([bytes(each) if isinstance(each, memoryview) else each for each in row])
    assert not any(word in kept for word in (key, "kari", "Kari", "Boiler"))


def test_a_key_is_known_after_a_restart(company: Company) -> None:
    first = post(company.client, "/v1/leads", "mine", LEAD)
    application = create_app(ledger_of(company.client.application).settings, company.clock)
    again = post(client_of(application), "/v1/leads", "mine", LEAD)
    ledger_of(application).database.close()
    assert (again.status_code, again.data, is_repeated(again)) == (201, first.data, True)


def test_those_who_ask_at_the_same_time_are_answered_alike_and_it_is_done_once(company: Company) -> None:
    applications = [create_app(ledger_of(company.client.application).settings, company.clock) for _ in range(2)]
    clients = [client_of(application) for application in applications for _ in range(4)]
    together = Barrier(len(clients))

    def ask(client: FlaskClient) -> TestResponse:
        together.wait()
        return post(client, "/v1/leads", "mine", LEAD)

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(ask, clients))
    for application in applications:
        ledger_of(application).database.close()
    assert len({(answer.status_code, answer.data) for answer in answers}) == 1
    assert sorted(map(is_repeated, answers)) == [False] + [True] * 7
    assert len(company.client.get("/v1/leads").get_json()["data"]) == 1


@contextmanager
def log_locked(company: Company) -> Iterator[None]:
    with ledger_of(company.client.application).database.writing() as connection:
        connection.execute(select(LOG_HEAD).with_for_update())
        yield


def test_one_that_is_under_way_for_too_long_is_a_conflict_and_may_be_asked_again(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    engine = ledger_of(company.client.application).database.engine
    with log_locked(company):
        if engine.dialect.name == "postgresql":
            event.listen(engine, "begin", lambda each: each.exec_driver_sql("SET LOCAL lock_timeout = 100"))
        refused = [post(company.client, "/v1/leads", "mine", LEAD), company.client.post("/v1/leads", json=LEAD)]
    assert [answer.status_code for answer in refused] == [409, 503]
    assert all("Retry-After" in answer.headers for answer in refused)
    assert not is_repeated(post(company.client, "/v1/leads", "mine", LEAD))


def test_the_outcome_is_found_by_the_key_too(company: Company) -> None:
    client, headers = company.client, {"Idempotency-Key": '"a key, mine"', "X-Request-Id": "its-id"}
    answer = client.post("/v1/leads", json=LEAD, headers=headers)
    by_key, by_id = outcome(client, "a key, mine"), outcome(client, "its-id")
    assert answer.status_code == 201
    assert by_key["commands"] == by_id["commands"] != []
    assert outcome(a_colleague(client.application)[1], "a key, mine")["outcome"] == "not_committed"
    same = {"Idempotency-Key": "both", "X-Request-Id": "both"}
    client.post("/v1/leads", json=LEAD, headers=same)
    assert len(outcome(client, "both")["commands"]) == 1


def test_keys_are_forgotten_when_they_were_kept_for_a_week_however_quiet_it_was_before(company: Company) -> None:
    ledger, client = ledger_of(company.client.application), company.client
    company.now += KEPT * 3
    unchanged = {"name": "Kari Nordmann"}
    client.patch(f"{PERSONS}/1", json=unchanged, headers={"Idempotency-Key": "quiet"})
    while sweep_receipts(ledger):
        pass
    company.now += KEPT - timedelta(seconds=1)
    assert sweep_receipts(ledger) == 0
    assert is_repeated(client.patch(f"{PERSONS}/1", json=unchanged, headers={"Idempotency-Key": "quiet"}))
    company.wait(seconds=2)
    assert sweep_receipts(ledger) == 1
    assert not is_repeated(client.patch(f"{PERSONS}/1", json=unchanged, headers={"Idempotency-Key": "quiet"}))


def test_keys_are_forgotten_a_batch_at_a_time(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    for number in range(5):
        client = company.client
        client.patch(f"{PERSONS}/1", json={"name": "Kari Nordmann"}, headers={"Idempotency-Key": f"key-{number}"})
    company.now += KEPT + timedelta(seconds=1)
    ledger, left = ledger_of(company.client.application), []
    while sweep_receipts(ledger):
        with ledger.database.reading() as connection:
            left.append(len(connection.execute(select(KEYED_RECEIPTS)).all()))
    assert left == [3, 1, 0]
