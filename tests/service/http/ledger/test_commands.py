"""Whoever gave a command and did not hear the answer can look up what became of it, and only he."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.background.sweeping import AT_ONCE, KEPT, sweep_receipts
from service.http.ledger.commands import LISTED
from service.log.history import events_at
from service.log.tables import RECEIPTS
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague
from tests.service.serving import ledger_of

IDS = [
    "0660580b025448bea36f7c4a2475ac38",
    "host/abc-000001",
    "a//b",
    "/x",
    "x/",
    "Root=1-5e;Self=%2F?#",
    "~ {\"'}",
    "." * 100,
]


def named(company: Company, name: str, request_id: str) -> None:
    answer = company.client.post("/api/v2/persons", json={"name": name}, headers={"X-Request-Id": request_id})
    assert answer.status_code == 200
    assert answer.headers["X-Request-Id"] == request_id


def outcome(client: FlaskClient, request_id: str) -> Any:
    answer = client.get(f"{OURS}/commands/{quote(request_id, safe='')}")
    assert answer.status_code == 200, answer.text
    return answer.json


def end_of(company: Company) -> int:
    return ledger_of(company.client.application).event_log.max_notification_id() or 0


@pytest.mark.parametrize("request_id", IDS)
def test_a_command_is_found_by_its_request_id_whatever_signs_that_is_made_of(company: Company, request_id: str) -> None:
    named(company, "Åse", request_id)
    position = end_of(company)
    told = outcome(company.client, request_id)
    assert (told["request_id"], told["outcome"], told["has_more"]) == (request_id, "committed", False)
    assert told["commands"] == [
        {"first_position": position, "last_position": position, "status": 200, "when": told["commands"][0]["when"]}
    ]
    assert told["commands"][0]["when"].startswith("2100-01-04T08:00:00")


def test_a_conversion_is_one_command_with_all_its_events(company: Company) -> None:
    lead_id, end = company.lead("Bathroom"), end_of(company)
    answer = company.client.post(f"{OURS}/leads/{lead_id}/convert")
    (command,) = outcome(company.client, answer.headers["X-Request-Id"])["commands"]
    assert (command["first_position"], command["last_position"]) == (end + 1, end_of(company))
    assert command["last_position"] > command["first_position"]
    answer = company.client.post("/v1/leads", json={"title": "Kitchen", "person_id": 1})
    (command,) = outcome(company.client, answer.headers["X-Request-Id"])["commands"]
    assert command["status"] == 201


def test_what_recorded_nothing_was_not_committed(company: Company) -> None:
    refused = company.client.post(f"{OURS}/leads/{uuid4()}/convert")
    unchanged = company.client.patch("/api/v2/persons/1", json={"name": "Kari Nordmann"})
    assert (refused.status_code, unchanged.status_code) == (404, 200)
    for answer in (refused, unchanged):
        told = outcome(company.client, answer.headers["X-Request-Id"])
        assert (told["outcome"], told["commands"]) == ("not_committed", [])
    told = outcome(company.client, "nobody-gave-this")
    assert (told["outcome"], told["since"], told["until"]) == ("not_committed", 0, end_of(company))


def test_nobody_is_told_of_another_s_commands(company: Company) -> None:
    _, colleague = a_colleague(company.client.application)
    named(company, "Åse", "mine")
    assert outcome(colleague, "mine")["outcome"] == "not_committed"
    assert outcome(company.client, "mine")["outcome"] == "committed"
    assert company.client.application.test_client().get(f"{OURS}/commands/mine").status_code == 401


@pytest.mark.slow
def test_an_id_that_is_used_again_has_all_its_commands_the_last_first(company: Company) -> None:
    positions = []
    for number in range(LISTED + 1):
        named(company, f"Person {number}", "again")
        positions.append(end_of(company))
        told = outcome(company.client, "again")
        assert told["commands"][0]["last_position"] == positions[-1]
        assert told["has_more"] == (len(positions) > LISTED)
    assert [command["last_position"] for command in told["commands"]] == positions[:0:-1]


def test_each_event_that_somebody_caused_is_in_one_receipt_of_its_command(company: Company) -> None:
    lead_id = company.lead("Bathroom", value={"amount": 1, "currency": "NOK"})
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert", reason="They called")["deal_id"]
    company.post(f"{OURS}/deals/{deal_id}/signals", kind="email_sent")
    company.post("/v1/notes", content="He called", deal_id=deal_id)
    ledger = ledger_of(company.client.application)
    with ledger.database.reading() as connection:
        receipts = connection.execute(select(RECEIPTS.c.first_position, RECEIPTS.c.last_position)).all()
        events = events_at(connection, ledger.mapper, range(1, end_of(company) + 1))
    covered = [position for first, last in receipts for position in range(first, last + 1)]
    assert sorted(covered) == [position for position, event in events.items() if event.by is not None]
    for first, last in receipts:
        metadata = [events[position].metadata for position in range(first, last + 1)]
        assert len({(each.command_id, each.request_id) for each in metadata if each}) == 1


def test_receipts_are_swept_in_steps_when_they_were_kept_for_the_time_that_is_said(company: Company) -> None:
    ledger = ledger_of(company.client.application)
    named(company, "First", "first")
    swept = end_of(company)
    company.wait(days=1)
    named(company, "Second", "second")
    company.now += KEPT - timedelta(days=1, seconds=1)
    assert sweep_receipts(ledger) == 0
    company.wait(seconds=2)
    assert sweep_receipts(ledger) > 0
    assert sweep_receipts(ledger) == 0
    told = outcome(company.client, "first")
    assert (told["outcome"], told["since"]) == ("not_committed", swept)
    assert outcome(company.client, "second")["outcome"] == "committed"


@pytest.mark.slow
def test_many_receipts_are_swept_a_batch_at_a_time(company: Company) -> None:
    ledger = ledger_of(company.client.application)
    for number in range(AT_ONCE):
        named(company, f"Person {number}", f"request-{number}")
    company.now += KEPT + timedelta(seconds=1)
    with ledger.database.reading() as connection:
        kept = connection.execute(select(func.count()).select_from(RECEIPTS)).scalar_one()
    steps = []
    while step := sweep_receipts(ledger):
        steps.append(step)
    assert steps == [AT_ONCE, kept - AT_ONCE]
