"""An erasure names the streams whose keys it destroyed, so that whatever else cannot be read is noticed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from aggregates.identity import stream_id
from aggregates.signal import Signal, signal_id
from service.ledger.ledger import Ledger, Origin
from service.log.keyed_events import WITH_KEYS
from service.log.tables import EVENTS, STREAM_KEYS
from service.maintenance.replay import rebuild
from tests.service.privacy.canaries import OURS, Planted
from tests.service.serving import ledger_of

GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}


@pytest.fixture
def ledger(app: Flask) -> Ledger:
    return ledger_of(app)


def unreadable(ledger: Ledger) -> dict[str, int]:
    """The streams of which something cannot be read, each with the last version that cannot."""
    found: dict[str, int] = {}
    with ledger.database.reading() as connection:
        for _, stream, version, _, state, key in connection.execute(WITH_KEYS.order_by(EVENTS.c.position)):
            if key is None and "encrypted" in json.loads(bytes(state)):
                found[stream] = version
    return found


def named(ledger: Ledger) -> dict[str, int]:
    """The streams that erasures name, each with the last version that one of them made unreadable."""
    found: dict[str, int] = {}
    with ledger.database.reading() as connection:
        told = select(EVENTS.c.state).where(EVENTS.c.topic == "ErasureStarted").order_by(EVENTS.c.position)
        for (state,) in connection.execute(told):
            found |= json.loads(bytes(state))["data"]["streams"]
    return found


def test_what_cannot_be_read_is_what_erasures_name(client: FlaskClient, ledger: Ledger) -> None:
    planted = Planted(client)
    assert unreadable(ledger) == {}
    assert client.post(f"{OURS}/persons/{planted.person}/erase", json=GROUNDS).status_code == 200
    explained = named(ledger)
    assert len(unreadable(ledger)) >= 9
    assert {stream: version for stream, version in unreadable(ledger).items() if explained[stream] < version} == {}


def test_a_stream_that_goes_on_after_an_erasure_is_told_apart(client: FlaskClient, ledger: Ledger) -> None:
    planted = Planted(client)
    client.post(f"{OURS}/persons/{planted.person}/erase", json=GROUNDS)
    lead = planted.lead.replace("-", "")
    upto = named(ledger)[lead]
    client.post(f"{OURS}/deals/{planted.deal}/revert", json={"reason": "Try again"})
    client.patch(f"/v1/leads/{planted.lead}", json={"title": "Boiler of somebody"})
    assert unreadable(ledger)[lead] <= upto
    with ledger.database.writing() as connection:
        connection.execute(delete(STREAM_KEYS).where(STREAM_KEYS.c.stream_id == lead))
    assert unreadable(ledger)[lead] > named(ledger)[lead] == upto


def test_no_name_of_a_stream_is_that_of_somebody_who_was_not_erased(client: FlaskClient, ledger: Ledger) -> None:
    planted = Planted(client)
    client.post(f"{OURS}/persons/{planted.person}/erase", json=GROUNDS)
    kept = {stream_id("person", planted.other).hex, planted.kept.replace("-", "")}
    assert kept.isdisjoint(named(ledger))


def test_a_hold_that_an_older_version_placed_is_in_force_and_can_be_released(
    client: FlaskClient, ledger: Ledger
) -> None:
    number = client.post("/api/v2/persons", json={"name": "Kari Nordmann"}).json["data"]["id"]
    told = {"recorded_at": "2100-01-01T00:00:00.000000Z", "request_id": "r", "command_id": "c", "client": "old"}
    state: dict[str, Any] = {"data": {"person_id": number}, "metadata": {**told, "reason": "A lawsuit"}}
    old = StoredEvent(stream_id("person", number), 2, "LegalHoldPlaced", json.dumps(state).encode())
    ledger.event_log.insert_events([old])
    rebuild(ledger, lambda _: None)
    path = f"{OURS}/persons/{number}"
    assert client.post(f"{path}/erase", json=GROUNDS).status_code == 409
    assert client.post(f"{path}/release", json={"reason": "It is over"}).json["is_on_hold"] is False
    assert client.post(f"{path}/erase", json=GROUNDS).status_code == 200


def test_what_the_stream_of_a_signal_is_called_tells_nothing_of_its_external_id(client: FlaskClient) -> None:
    lead, report = a_lead(client), {"kind": "email_sent", "external_id": "kari@example.no"}
    signal = client.post(f"{OURS}/leads/{lead}/signals", json=report).json["id"]
    assert signal != str(signal_id(lead, "kari@example.no"))
    assert client.post(f"{OURS}/leads/{lead}/signals", json=report).json["id"] == signal


def test_a_signal_that_an_older_version_recorded_counts_once(client: FlaskClient, ledger: Ledger) -> None:
    lead, named = a_lead(client), "kari@example.no"
    told: dict[str, Any] = {"interest": None, "evidence": {}, "occurred_at": "2026-01-07T08:00:00.000000Z"}
    about = {"opportunity_id": lead, "lead_id": lead, "deal_id": None, "external_id": named}
    old = Signal.record_new(signal_id(lead, named), kind="email_sent", **about, **told)
    ledger.execute(Origin(None, "request", "test"), lambda tx: tx.save(old))
    report = {"kind": "email_sent", "external_id": named}
    assert client.post(f"{OURS}/leads/{lead}/signals", json=report).json["id"] == str(old.id)


def a_lead(client: FlaskClient) -> str:
    person = client.post("/api/v2/persons", json={"name": "Kari Nordmann"}).json["data"]["id"]
    lead: str = client.post("/v1/leads", json={"title": "Kitchen", "person_id": person}).json["data"]["id"]
    return lead
