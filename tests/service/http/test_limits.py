"""What a token and an address may ask is limited where operators say so, and what they may guess everywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from projections.tokens import TOKENS
from service.app import create_app
from service.commands import tokens
from service.ledger.ledger import Origin
from service.operating import Operation, Quota
from service.settings import Settings
from service.trusted_issuer import TrustedIssuer
from tests.databases import SqliteDatabases
from tests.service.http.issuing import AUDIENCE, EC, NAME, RSA, signed, told
from tests.service.serving import TOKEN, client_of, founded, issued, ledger_of, serving

INBOX, LEADS, DEALS = "/api/ledger/v1/inbox", "/v1/leads", "/api/v2/deals"
PROXY, SOMEBODY, ANOTHER = "10.0.0.1", "203.0.113.1", "203.0.113.2"

Operated = Callable[[Operation], AbstractContextManager[Flask]]


@pytest.fixture
def operated(sqlite_databases: SqliteDatabases) -> Operated:
    """Serves a database of its own, operated as is said; what is limited is kept in no database."""

    @contextmanager
    def serve(operation: Operation) -> Iterator[Flask]:
        with sqlite_databases.fresh(founded) as url, serving(url, operation=operation) as app:
            yield app

    return serve


@pytest.fixture
def app(operated: Operated) -> Iterator[Flask]:
    """The application as it is operated where nothing is said."""
    with operated(Operation()) as application:
        yield application


def ask(app: Flask, token: str, address: str = SOMEBODY, path: str = INBOX) -> TestResponse:
    return app.test_client().get(path, headers={"x-api-token": token}, environ_base={"REMOTE_ADDR": address})


def guess(app: Flask, times: int, address: str = SOMEBODY) -> list[int]:
    return [ask(app, f"wrong-token-number-{number}", address).status_code for number in range(times)]


def test_what_nobody_limits_is_told_nothing_of(client: FlaskClient) -> None:
    for path in (INBOX, LEADS, DEALS):
        assert not [name for name, _ in client.get(path).headers if "ratelimit" in name.lower()]


def test_a_token_may_ask_so_often_and_each_family_says_so_in_its_words(operated: Operated) -> None:
    with operated(Operation(token_limit=Quota(4, 60))) as app:
        client = client_of(app)
        ours, first, second = (client.get(path) for path in (INBOX, LEADS, DEALS))
        assert (ours.headers["RateLimit-Policy"], ours.headers["RateLimit"]) == ('"token";q=4;w=60', '"token";r=3;t=60')
        for left, answer in (("2", first), ("1", second)):
            told = [answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining")]
            assert (answer.status_code, told) == (200, ["4", left])
            assert 0 < int(answer.headers["x-ratelimit-reset"]) <= 60
        assert client.get(INBOX).status_code == 200

        ours, first, second = (client.get(path) for path in (INBOX, LEADS, DEALS))
        assert [answer.status_code for answer in (ours, first, second)] == [429] * 3
        assert {answer.headers["Retry-After"] for answer in (ours, first, second)} <= {"59", "60"}
        assert ours.mimetype == "application/problem+json"
        assert ours.json["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
        assert ours.json["violated-policies"] == ["token"]
        assert ours.headers["RateLimit"].startswith('"token";r=0;t=')
        for answer in (first, second):
            assert answer.json["success"] is False
            assert answer.json["error"].startswith("this token may ask 4 times in 60 seconds; try again in ")
            assert answer.headers["x-ratelimit-remaining"] == "0"


def test_a_limit_is_of_one_token_and_keeps_nobody_from_watching(operated: Operated) -> None:
    with operated(Operation(token_limit=Quota(1, 60), address_limit=Quota(3, 60))) as app:
        other = issued(ledger_of(app), 1)
        asked = [ask(app, token).status_code for token in (TOKEN, TOKEN, other, other)]
        assert asked == [200, 429, 200, 429]
        policies = ask(app, issued(ledger_of(app), 1), ANOTHER).headers["RateLimit-Policy"]
        assert policies == '"address";q=3;w=60, "token";q=1;w=60'
        watched = [ask(app, TOKEN, path=path).status_code for path in ("/health/live", "/health/ready", "/metrics")]
        assert watched == [200] * 3


def test_a_request_that_waits_counts_once(operated: Operated) -> None:
    with operated(Operation(token_limit=Quota(3, 60), address_limit=Quota(3, 60))) as app:
        waited = ask(app, TOKEN, path="/api/ledger/v1/events?after=18&wait=1")
        assert waited.status_code == 200
        assert ask(app, TOKEN).headers["RateLimit"].startswith('"address";r=1;')


def test_an_address_is_whom_a_named_proxy_forwards_for_and_nobody_elses_word(operated: Operated) -> None:
    with operated(Operation(address_limit=Quota(1, 60), proxies=(ip_network(PROXY),))) as app:

        def forwarded(address: str, header: str) -> int:
            told = {"x-api-token": TOKEN, "X-Forwarded-For": header, "Forwarded": "for=198.51.100.7"}
            return app.test_client().get(INBOX, headers=told, environ_base={"REMOTE_ADDR": address}).status_code

        assert [forwarded(PROXY, SOMEBODY), forwarded(PROXY, ANOTHER), forwarded(PROXY, SOMEBODY)] == [200, 200, 429]
        assert [forwarded("198.51.100.1", f"203.0.113.{number}") for number in (3, 4)] == [200, 429]


def test_after_ten_wrong_tokens_an_address_is_refused_and_that_is_noted(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "leadledger.security"):
        assert guess(app, 11) == [401] * 10 + [429]
        refused = ask(app, "wrong-token")
    assert refused.json["type"] == "https://iana.org/assignments/http-problem-types#abnormal-usage-detected"
    assert refused.headers["RateLimit-Policy"] == '"failed-logins";q=10;w=600'
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    noted = [json.loads(record.getMessage()) for record in caplog.records]
    assert [(line["status"], line["address"]) for line in noted] == [(401, SOMEBODY)] * 10 + [(429, SOMEBODY)] * 2
    assert "wrong-token-number" not in caplog.text
    assert guess(app, 1, ANOTHER) == [401]


def test_whoever_was_let_in_from_an_address_before_goes_on_there_and_nobody_is_told_whether_he_guessed_right(
    app: Flask,
) -> None:
    known, unknown = TOKEN, issued(ledger_of(app), 1)
    assert ask(app, known).status_code == 200
    guess(app, 10)
    assert ask(app, known).status_code == 200
    good, bad = ask(app, unknown), ask(app, "wrong-token")
    assert (good.status_code, bad.status_code) == (429, 429)
    assert (good.json["detail"], good.headers["RateLimit"]) == (bad.json["detail"], bad.headers["RateLimit"])
    assert ask(app, unknown, ANOTHER).status_code == 200
    assert ask(app, unknown).status_code == 429


def test_a_token_that_was_good_and_is_revoked_counts_as_a_wrong_one(app: Flask) -> None:
    ledger, token = ledger_of(app), issued(ledger_of(app), 1, name="revoked")
    assert ask(app, token).status_code == 200
    with ledger.reading() as reading:
        [token_id] = reading.connection.execute(select(TOKENS.c.token_id).where(TOKENS.c.name == "revoked")).scalars()
    ledger.execute(Origin(None, "revoke", "test"), lambda tx: tokens.revoke(tx, token_id))
    guess(app, 9)
    assert [ask(app, token).status_code for _ in range(2)] == [401, 429]


def test_a_token_that_has_expired_is_no_guess(app: Flask) -> None:
    over = issued(ledger_of(app), 1, expires="2999-01-01T00:00:00.000000Z")
    with ledger_of(app).database.writing() as connection:
        connection.execute(update(TOKENS).values(expires="2001-01-01T00:00:00.000000Z"))
    assert {ask(app, over).status_code for _ in range(20)} == {401}
    assert guess(app, 1) == [401]


def test_a_token_of_an_issuer_is_judged_by_its_signature_whoever_guessed_before(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(told(RSA, EC))
    issuer = TrustedIssuer(NAME, AUDIENCE, keys, algorithms=("RS256", "ES256"))
    with sqlite_databases.fresh(founded) as url:
        app = create_app(Settings(database_url=url, issuer=issuer))
        forged = [ask(app, f"{signed()[:-20]}{'A' * 20}").status_code for _ in range(12)]
        assert forged == [401] * 10 + [429] * 2
        assert (ask(app, signed()).status_code, ask(app, "wrong-token").status_code) == (200, 429)
        ledger_of(app).database.close()


def test_whoever_has_no_token_has_not_guessed_and_what_is_off_refuses_nobody(app: Flask, operated: Operated) -> None:
    assert {app.test_client().get(INBOX).status_code for _ in range(20)} == {401}
    assert guess(app, 1, "127.0.0.1") == [401]
    with operated(Operation(failed_logins=None)) as unlimited:
        assert set(guess(unlimited, 20)) == {401}
