"""Users over HTTP: who lets them in and out, who sets whose password, and what the log and the database keep of it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.log.tables import EVENTS, PASSWORDS
from service.passwords import SHORTEST_PASSWORD
from tests.service.serving import client_of, issued, ledger_of

PASSWORD = "correct horse battery staple"
KARI = {"name": "Kari", "email": "kari@roer.no"}


def _added(client: FlaskClient, **facts: object) -> int:
    user_id: int = client.post("/api/ledger/v1/users", json={**KARI, **facts}).json["id"]
    return user_id


def test_an_administrator_lets_somebody_in_and_out(client: FlaskClient) -> None:
    answer = client.post("/api/ledger/v1/users", json=KARI)
    assert (answer.status_code, answer.json) == (
        201,
        {"id": 2, **KARI, "is_admin": False, "is_auditor": False, "is_active": True},
    )
    assert client.post("/api/ledger/v1/users", json=KARI).status_code == 409
    assert client.post("/api/ledger/v1/users/2/deactivate").json["is_active"] is False
    assert client.post("/api/ledger/v1/users/1/deactivate").status_code == 409
    assert client.post("/api/ledger/v1/users/7/deactivate").status_code == 404


@pytest.mark.parametrize(
    "facts", [{"locale": "norsk"}, {"timezone_name": "Oslo"}, {"default_currency": "XXZ"}, {"is_admin": "yes"}]
)
def test_what_is_wrong_with_a_user_is_said(client: FlaskClient, facts: dict[str, str]) -> None:
    assert client.post("/api/ledger/v1/users", json=KARI | facts).status_code == 400


def test_a_user_sets_only_his_own_password_and_with_a_whole_token_only(app: Flask, client: FlaskClient) -> None:
    kari = _added(client)
    hers, narrow = issued(ledger_of(app), kari), issued(ledger_of(app), kari, scopes=["read", "write"])
    change = {"json": {"password": PASSWORD}}
    assert client_of(app, hers).put(f"/api/ledger/v1/users/{kari}/password", **change).status_code == 200
    assert client_of(app, hers).put("/api/ledger/v1/users/1/password", **change).status_code == 403
    assert client_of(app, narrow).put(f"/api/ledger/v1/users/{kari}/password", **change).status_code == 403
    assert client.put(f"/api/ledger/v1/users/{kari}/password", **change).status_code == 200


def test_a_short_password_is_refused(client: FlaskClient) -> None:
    answer = client.put("/api/ledger/v1/users/1/password", json={"password": "x" * (SHORTEST_PASSWORD - 1)})
    assert answer.status_code == 400


def test_the_log_tells_that_a_password_was_set_and_neither_it_nor_its_hash(app: Flask, client: FlaskClient) -> None:
    client.put("/api/ledger/v1/users/1/password", json={"password": PASSWORD})
    [event] = client.get("/api/ledger/v1/events?types=PasswordGiven").json["items"]
    assert (event["event"], event["who"]["id"]) == ("PasswordGiven", 1)
    with ledger_of(app).database.reading() as connection:
        kept = connection.execute(select(PASSWORDS.c.hash)).scalar_one()
        states = b"".join(bytes(state) for (state,) in connection.execute(select(EVENTS.c.state)))
    assert kept.startswith("$argon2id$")
    assert PASSWORD.encode() not in states
    assert b"argon2" not in states


def test_whoever_leaves_has_no_password_any_more(app: Flask, client: FlaskClient) -> None:
    kari = _added(client)
    client.put(f"/api/ledger/v1/users/{kari}/password", json={"password": PASSWORD})
    client.post(f"/api/ledger/v1/users/{kari}/deactivate")
    with ledger_of(app).database.reading() as connection:
        assert connection.execute(select(PASSWORDS)).all() == []
    assert client.put(f"/api/ledger/v1/users/{kari}/password", json={"password": PASSWORD}).status_code == 409
