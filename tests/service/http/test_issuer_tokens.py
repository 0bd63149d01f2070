"""JSON Web Tokens of a trusted issuer let in whom they tell of, for what they tell; nothing else does."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from joserfc.jwk import ECKey, OctKey
from werkzeug.test import TestResponse

from service.app import create_app
from service.commands import users
from service.http import issuer_keys
from service.ledger.ledger import Origin
from service.operating import Operation
from service.settings import Settings
from service.trusted_issuer import TrustedIssuer
from tests.databases import Databases, SqliteDatabases, environment_of
from tests.served import free_port
from tests.service.http.issuing import AUDIENCE, EC, NAME, RSA, STRANGER, Address, address, signed, told
from tests.service.losing import operate
from tests.service.serving import TOKEN, client_of, founded, ledger_of
from tests.watched import watch

OURS = "/api/ledger/v1"
HOME = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
HERE = Origin(None, "request", "test")
FROM_FILE = TrustedIssuer(NAME, AUDIENCE, Path("keys"), algorithms=("RS256", "ES256"))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The file with the issuer's keys."""
    path = tmp_path / "keys.json"
    path.write_text(told(RSA, EC))
    return path


def trusting(url: str, issuer: TrustedIssuer) -> Iterator[Flask]:
    unlimited = Operation(failed_logins=None)  # the tests try many wrong ones
    app = create_app(Settings(database_url=url, issuer=issuer, operation=unlimited))
    yield app
    ledger_of(app).database.close()


@pytest.fixture
def app(databases: Databases, keys: Path) -> Iterator[Flask]:
    """The service, which trusts the issuer whose keys are in a file."""
    with databases.fresh(founded) as url:
        yield from trusting(url, replace(FROM_FILE, keys=keys))


def asked(app: Flask, token: str, path: str = f"{OURS}/inbox") -> TestResponse:
    return app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})


def test_a_token_lets_in_whom_it_tells_of_for_what_both_it_and_the_role_admit(app: Flask) -> None:
    for token in (signed(), signed(RSA, "RS256"), signed(aud=["others", AUDIENCE]), signed(email_verified=True)):
        me = asked(app, token, "/v1/users/me")
        assert (me.status_code, me.get_json()["data"]["id"]) == (200, 1)
    facts = {"name": "Ola", "email": "ola@firma.no", "is_admin": False, **HOME}
    ledger_of(app).execute(HERE, lambda tx: users.add(tx, facts))
    ola = client_of(app, signed(email="OLA@firma.no"))
    made = ola.post(f"{OURS}/tokens", json={"name": "of Ola"})
    assert (made.status_code, made.get_json()["scopes"]) == (201, ["read", "write", "audit"])
    reader = client_of(app, signed(scope="profile read"))
    assert reader.get("/v1/leads").status_code == 200
    assert "it needs the scope write, and has read" in reader.post("/v1/leads", json={}).text
    assert "and has none" in asked(app, signed(scope=None)).text
    ledger_of(app).execute(HERE, lambda tx: users.deactivate(tx, 2))
    assert ola.get("/v1/leads").status_code == 401


NONE, HMAC = b'{"alg":"none"}', b'{"alg":"HS256","kid":"rsa"}'


def in_base64url(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def unsigned() -> str:
    """A token that says it needs no signature."""
    return f"{in_base64url(NONE)}.{signed().split('.')[1]}."


def confused() -> str:
    """A token whose HMAC is made with the public key as the secret: whoever believes its alg finds it sound."""
    text = f"{in_base64url(HMAC)}.{signed().split('.')[1]}"
    return f"{text}.{in_base64url(hmac.digest(RSA.as_pem(private=False), text.encode(), 'sha256'))}"


NOW = int(time.time())
REFUSED = {
    "unsigned": (unsigned(), "not one that its issuer signed"),
    "confused": (confused(), "not one that its issuer signed"),
    "signed by another": (signed(STRANGER, "RS256"), "not one that its issuer signed"),
    "another algorithm": (signed(RSA, "PS256"), "not one that its issuer signed"),
    "altered": (signed()[:-6] + "AAAAAA", "not one that its issuer signed"),
    "key brought along": (signed(STRANGER, "RS256", {"jwk": STRANGER.as_dict(private=False)}), "not one that"),
    "key unknown": (signed(ECKey.generate_key("P-256", {"kid": "other"})), "a key that its issuer has not"),
    "key elsewhere": (
        signed(EC, header={"kid": "other", "jku": "http://127.0.0.1:1/"}),
        "a key that its issuer has not",
    ),
    "another issuer": (signed(iss="https://other"), "claim iss"),
    "another audience": (signed(aud="other"), "claim aud"),
    "no audience": (signed(aud=None), "claim aud"),
    "for ever": (signed(exp=None), "claim exp"),
    "no number": (signed(exp="tomorrow"), "claim exp"),
    "expired": (signed(exp=NOW - 61), "the token has expired"),
    "not yet": (signed(nbf=NOW + 3600), "claim nbf"),
    "of nobody": (signed(email=None), "claim email tells of no user"),
    "of no text": (signed(email="a\x00@firma.no"), "claim email tells of no user"),
    "of a list": (signed(email=["administrator@leadledger.invalid"]), "claim email tells of no user"),
    "unverified": (signed(email_verified=False), "claim email tells of no user"),
    "verified, it says": (signed(email_verified="false"), "claim email tells of no user"),
    "of somebody unknown": (signed(email="who@firma.no"), "the token lets nobody in"),
    "no token": ("eyJx.y.z", "not one that its issuer signed"),
    "numbers": ("eyJhbGciOjF9.e30.AA", "not one that its issuer signed"),
}


@pytest.mark.parametrize("token", [token for token, _ in REFUSED.values()], ids=list(REFUSED))
def test_whatever_the_issuer_did_not_sign_for_us_lets_nobody_in(
    sqlite_databases: SqliteDatabases, keys: Path, token: str
) -> None:
    because = next(because for each, because in REFUSED.values() if each == token)
    with sqlite_databases.fresh(founded) as url:
        for app in trusting(url, replace(FROM_FILE, keys=keys)):
            refused = asked(app, token)
            assert (refused.status_code, because in refused.get_json()["detail"]) == (401, True), refused.text


def test_clocks_may_differ_a_little(app: Flask) -> None:
    for token in (signed(exp=int(time.time()) - 30), signed(nbf=int(time.time()) + 30)):
        assert asked(app, token).status_code == 200


def test_a_token_may_tell_a_users_id(sqlite_databases: SqliteDatabases, keys: Path) -> None:
    issuer = replace(FROM_FILE, keys=keys, claim="leadledger_user", is_address=False)
    with sqlite_databases.fresh(founded) as url:
        for app in trusting(url, issuer):
            for told_id, status in (
                (1, 200),
                ("1", 200),
                (2, 401),
                (True, 401),
                ("1 ", 401),
                (10**30, 401),
                ([1], 401),
            ):
                assert asked(app, signed(leadledger_user=told_id)).status_code == status, told_id


def test_where_no_issuer_is_trusted_no_such_token_lets_in(databases: Databases) -> None:
    with databases.fresh(founded) as url:
        app = create_app(Settings(database_url=url))
        assert asked(app, signed()).get_json()["detail"] == "the token lets nobody in"
        ledger_of(app).database.close()


def test_a_token_of_an_issuer_asks_the_database_no_more_than_one_of_ours(
    sqlite_databases: SqliteDatabases, keys: Path
) -> None:
    statements: list[str] = []
    with sqlite_databases.fresh(founded) as url:
        for app in trusting(url, replace(FROM_FILE, keys=keys)):
            watch(ledger_of(app).database, lambda driver: driver.set_trace_callback(statements.append))
            counts = []
            for limit, token in enumerate((TOKEN, signed(), TOKEN, signed()), 1):  # none of which is kept from before
                assert asked(app, token, f"{OURS}/inbox?limit={limit}").status_code == 200
                counts.append(len(statements))
                statements.clear()
            assert counts[2] == counts[3] > 0


@pytest.fixture
def there() -> Iterator[Address]:
    """Where the issuer tells its keys."""
    with address() as told_there:
        yield told_there


@pytest.fixture
def online(sqlite_databases: SqliteDatabases, there: Address) -> Iterator[Flask]:
    """The service, which trusts the issuer who tells its keys at that address."""
    with sqlite_databases.fresh(founded) as url:
        yield from trusting(url, there.issuer())


def test_keys_are_fetched_once_and_no_unknown_one_has_them_fetched_all_the_time(
    online: Flask, there: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        assert asked(online, signed()).status_code == 200
    new = ECKey.generate_key("P-256", {"kid": "new"})
    there.text = told(EC, new)
    for _ in range(20):
        assert asked(online, signed(new)).status_code == 401
    assert there.asked == 1
    monkeypatch.setattr(issuer_keys, "AGAIN_SECONDS", 0)
    assert asked(online, signed(new)).status_code == 200
    assert there.asked == 2
    assert asked(online, signed(RSA, "RS256")).status_code == 401, "a key that the issuer took back"


def test_keys_that_are_old_are_fetched_again_and_count_where_that_fails(
    online: Flask, there: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(online, signed(RSA, "RS256")).status_code == 200
    monkeypatch.setattr(issuer_keys, "AGAIN_SECONDS", 0)
    monkeypatch.setattr(issuer_keys, "FRESH_SECONDS", 0)
    for status, text in ((500, ""), (200, "<html>"), (200, '{"keys": []}'), (200, '{"keys": 1}'), (200, "x" * 300_000)):
        there.status, there.text = status, text
        assert asked(online, signed()).status_code == 200, text[:20]
    there.status, there.text = 200, told(EC)
    assert asked(online, signed()).status_code == 200
    assert asked(online, signed(RSA, "RS256")).status_code == 401


def test_without_keys_nobody_can_tell_and_is_asked_to_come_again(
    online: Flask, there: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "AGAIN_SECONDS", 0)
    with address() as elsewhere:
        there.status, there.location = 302, elsewhere.url
        away = asked(online, signed())
        assert (away.status_code, away.headers["Retry-After"]) == (503, "2")
        assert elsewhere.asked == 0, "no redirection is followed"
    monkeypatch.setattr(issuer_keys, "FETCH_SECONDS", 0.1)
    there.status, there.location, there.seconds = 200, None, 30
    began = time.monotonic()
    assert asked(online, signed()).status_code == 503
    assert time.monotonic() - began < 15
    assert client_of(online).get("/v1/leads").status_code == 200, "tokens of ours go on letting in"
    monkeypatch.setattr(issuer_keys, "FETCH_SECONDS", 5)
    there.seconds = 0
    assert asked(online, signed()).status_code == 200


WHOLE = {"ISSUER": NAME, "AUDIENCE": AUDIENCE, "KEYS": "https://login.firma.no/keys"}


@pytest.mark.parametrize(
    ("settings", "because"),
    [
        ({"ISSUER": NAME}, "LEADLEDGER_JWT_AUDIENCE is missing"),
        ({**WHOLE, "KEYS": "http://login.firma.no/keys"}, "begins with https://"),
        ({**WHOLE, "KEYS": "https://somebody:secret@login.firma.no/keys"}, "has no password"),
        ({**WHOLE, "KEYS": "ftp://127.0.0.1/keys"}, "begins with https://"),
        ({**WHOLE, "ALGORITHMS": "RS256,none"}, "ALGORITHMS is “RS256,none”"),
        ({**WHOLE, "ALGORITHMS": "HS256"}, "ALGORITHMS is “HS256”"),
        ({**WHOLE, "USER": "sub"}, "email:CLAIM or id:CLAIM"),
        ({**WHOLE, "SKEW": "a minute"}, "must be a number of seconds"),
        ({**WHOLE, "SKEW": "3600"}, "300 at the most"),
        ({**WHOLE, "KEYS": "nowhere.json"}, "No such file or directory: nowhere.json"),
        ({**WHOLE, "KEYS": "secret.json"}, "no public key in it that signs"),
        ({**WHOLE, "KEYS": "rubbish.json"}, "it is no JSON Web Key Set"),
    ],
)
def test_serving_refuses_settings_that_cannot_be(
    tmp_path: Path, settings: dict[str, str], because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("secret.json").write_text(json.dumps({"keys": [OctKey.generate_key(256).as_dict(private=True)]}))
    Path("rubbish.json").write_text("{")
    url = f"sqlite:///{tmp_path}/new.db"
    environment = {f"LEADLEDGER_JWT_{name}": value for name, value in settings.items()} | environment_of(url)
    refused = operate(url, "serve", "--port", str(free_port()), environment=environment)
    assert refused.exit_code == 1
    assert because in refused.output
    assert "secret@" not in refused.output
