"""Tokens over HTTP: who issues which to whom, that each is for its scopes only, and how it comes to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.clock import timestamp
from service.commands import users
from service.http.route import Route
from service.http.routes import FAMILIES
from service.ledger.ledger import Origin
from service.settings import Settings
from tests.databases import SqliteDatabases
from tests.service.http.ledger.conftest import Company
from tests.service.serving import client_of, founded, issued, ledger_of
from tests.service.whole import length_of_log

OURS = "/api/ledger/v1"
TOKENS = f"{OURS}/tokens"
HERE = Origin(None, "request", "test")
HOME = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
NOTHING = "00000000-0000-4000-8000-000000000000"
ALL = {"read", "write", "administrate", "audit", "metrics"}
ROLES = {"user": {"read", "write", "audit"}, "administrator": ALL, "auditor": {"read", "audit"}}


def somebody(app: Flask, role: str) -> int:
    """The id of a new user of that role."""
    facts = {"name": role.title(), "email": f"{role}@firma.no", "is_admin": role == "administrator", **HOME}
    user = ledger_of(app).execute(HERE, lambda tx: users.add(tx, {**facts, "is_auditor": role == "auditor"}))
    return int(user["user_id"])


def issue(client: FlaskClient, status: int = 201, **given: Any) -> dict[str, Any]:
    answer = client.post(TOKENS, json={"name": "reports", **given})
    assert answer.status_code == status, answer.text
    return dict(answer.get_json())


def test_a_token_is_shown_once_and_lets_in_for_its_scopes(app: Flask, client: FlaskClient) -> None:
    answer = client.post(TOKENS, json={"name": "reports", "scopes": ["read"], "expires": "2099-01-01T00:00:00Z"})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    told = dict(answer.get_json())
    token = told.pop("token")
    del told["token_id"], told["issued_at"]
    assert told == {
        "user": {"id": 1, "name": "Administrator"},
        "name": "reports",
        "scopes": ["read"],
        "expires": "2099-01-01T00:00:00.000000Z",
        "last_used": None,
        "replaces": None,
    }
    listed = client.get(TOKENS)
    assert [item["name"] for item in listed.json["items"]] == ["reports", "first"]
    events = client.get(f"{OURS}/events?types=TokenIssued")
    for text in (listed.text, events.text):
        assert token not in text
    reports = client_of(app, token)
    assert reports.get("/v1/leads").status_code == 200
    for method, path in (("POST", "/v1/leads"), ("PATCH", "/api/v2/deals/1"), ("POST", f"{OURS}/leads")):
        refused = reports.open(path, method=method, json={"title": "x"})
        assert refused.status_code == 403
        assert "it needs the scope write, and has read" in refused.text


def needed(role: str, route: Route) -> str:
    """The scope that somebody of that role needs, by what the guide for integrators says."""
    if route.path == "/metrics":
        return "metrics"
    if route.is_audited:
        return "audit"
    if route.is_for_administrators:
        return "audit" if role == "auditor" else "administrate"
    return "write" if route.is_command else "read"


def turned_away(role: str, route: Route, scopes: set[str]) -> str | None:
    """Why somebody of that role is refused a route with a token of these scopes; None where he is not."""
    if role == "auditor" and route.is_command:
        return "changes nothing"
    if role == "user" and route.is_for_administrators:
        return "only an administrator"
    scope = needed(role, route)
    return None if scope in scopes & ROLES[role] else "needs the scope"


@pytest.fixture
def bare(sqlite_databases: SqliteDatabases) -> Iterator[Flask]:
    """The application by itself, on one database: whom a route turns away is the same on the other."""
    with sqlite_databases.fresh(founded) as url:
        app = create_app(Settings(database_url=url))
        yield app
        ledger_of(app).database.close()


OF_OTHERS = "only an administrator may do this to others"
"""Why a route that is open to all is not for each user that it can name."""


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_open_to_those_roles_and_scopes_that_it_is_meant_for(bare: Flask, role: str) -> None:
    user_id, known = somebody(bare, role), dict[frozenset[str], FlaskClient]()

    def asked_with(scopes: set[str]) -> FlaskClient:
        kept = frozenset(scopes)
        if kept not in known:
            known[kept] = client_of(bare, issued(ledger_of(bare), user_id, scopes=kept))
        return known[kept]

    walked = 0
    for family in FAMILIES:
        for route in (each for each in family.routes if not each.is_public):
            path = re.sub("<uuid:[^>]+>", NOTHING, family.prefixes[0] + route.path)
            path = re.sub("<[^>]+>", "1", path.replace("<token_id:token_id>", "0" * 32))
            scope = needed(role, route)
            for scopes in ({scope} & ROLES[role], ROLES[role] - {scope}):
                if not scopes:
                    continue
                asking, before = asked_with(scopes), length_of_log(bare)
                answer = asking.open(path, method=route.method, data=b"garbage")
                because = turned_away(role, route, scopes)
                refused = answer.status_code == 403 and OF_OTHERS not in answer.text
                assert refused == (because is not None), (role, route.method, path, scopes, answer.text)
                assert because is None or because in answer.text, (role, route.method, path, scopes, answer.text)
                assert not refused or length_of_log(bare) == before
                walked += 1
    assert walked > 150


def test_without_a_word_a_token_has_what_both_the_callers_and_the_users_role_admit(
    app: Flask, client: FlaskClient
) -> None:
    assert set(issue(client)["scopes"]) == ALL
    for role, admitted in ROLES.items():
        assert set(issue(client, user_id=somebody(app, role))["scopes"]) == admitted
    narrow = client_of(app, issue(client, scopes=["write", "read"])["token"])
    assert issue(narrow)["scopes"] == ["read", "write"]


def test_no_token_gives_more_than_it_has_itself(app: Flask, client: FlaskClient) -> None:
    narrow = client_of(app, issue(client, scopes=["write"])["token"])
    before = length_of_log(app)
    refused = issue(narrow, 403, scopes=["read"])
    assert "has not read" in refused["detail"]
    wide = client.get(TOKENS).json["items"][-1]["token_id"]
    assert narrow.post(f"{TOKENS}/{wide}/rotate", json={}).status_code == 403
    assert issue(narrow, 403, user_id=somebody(app, "user"))["detail"].startswith("only an administrator")
    assert length_of_log(app) == before + 1


def test_a_users_role_is_not_widened_by_a_token(app: Flask, client: FlaskClient) -> None:
    refused = issue(client, 409, user_id=somebody(app, "auditor"), scopes=["write"])
    assert "role does not admit the scope write" in refused["detail"]


def test_whoever_is_no_administrator_has_to_do_with_his_own_tokens_only(app: Flask, client: FlaskClient) -> None:
    seller = client_of(app, issued(ledger_of(app), somebody(app, "user"), name="hers"))
    hers = issue(seller)
    assert [item["name"] for item in seller.get(TOKENS).json["items"]] == ["reports", "hers"]
    assert seller.get(f"{TOKENS}?user_id=1").status_code == 403
    first = client.get(f"{TOKENS}?user_id=1").json["items"][0]["token_id"]
    for act in ("revoke", "rotate"):
        for token_id in (first, "0" * 32):
            assert seller.post(f"{TOKENS}/{token_id}/{act}", json={}).status_code == 404
    assert issue(seller, 403, user_id=1)["detail"] == "only an administrator may issue tokens to others"
    assert seller.post(f"{TOKENS}/{hers['token_id']}/revoke").json == {"token_id": hers["token_id"]}
    assert client_of(app, hers["token"]).get("/v1/leads").status_code == 401
    assert seller.post(f"{TOKENS}/{hers['token_id']}/revoke").status_code == 409


def test_an_administrator_sees_and_revokes_what_is_others_with_a_token_for_that_only(
    app: Flask, client: FlaskClient
) -> None:
    token = issued(ledger_of(app), somebody(app, "user"), name="hers")
    listed = client.get(TOKENS).json["items"]
    assert [item["user"]["name"] for item in listed] == ["User", "Administrator"]
    without = client_of(app, issue(client, scopes=["read", "write"])["token"])
    assert {item["user"]["id"] for item in without.get(TOKENS).json["items"]} == {1}
    assert without.post(f"{TOKENS}/{listed[0]['token_id']}/revoke").status_code == 404
    assert client_of(app, token).get("/v1/leads").status_code == 200
    assert client.post(f"{TOKENS}/{listed[0]['token_id']}/revoke").status_code == 200
    assert client_of(app, token).get("/v1/leads").status_code == 401


def test_an_auditor_sees_all_tokens_as_they_are_and_were_and_what_happened_to_them(
    app: Flask, client: FlaskClient
) -> None:
    auditor = client_of(app, issued(ledger_of(app), somebody(app, "auditor"), name="audit"))
    before = length_of_log(app)
    made = issue(client, scopes=["read"])
    client.post(f"{TOKENS}/{made['token_id']}/revoke")
    assert [item["name"] for item in auditor.get(TOKENS).json["items"]] == ["audit", "first"]
    then = auditor.get(f"{TOKENS}?as_of={before + 1}").json["items"]
    assert [item["name"] for item in then] == ["reports", "audit", "first"]
    events = auditor.get(f"{OURS}/events?after={before}").json["items"]
    told = {"user_id": 1, "token_id": made["token_id"]}
    assert [(event["event"], event["who"]["id"]) for event in events] == [("TokenIssued", 1), ("TokenRevoked", 1)]
    assert events[0]["data"] == {**told, "name": "reports", "scopes": ["read"], "expires": None, "replaces": None}
    assert events[1]["data"] == told
    assert auditor.post(TOKENS, json={"name": "more"}).status_code == 403


def test_tokens_are_listed_page_by_page_the_newest_first(client: FlaskClient) -> None:
    for number in range(4):
        issue(client, name=f"number {number}")
    first = client.get(f"{TOKENS}?limit=3").json
    rest = client.get(f"{TOKENS}?limit=3&cursor={first['next_cursor']}").json
    assert [item["name"] for item in first["items"] + rest["items"]] == [
        *(f"number {number}" for number in (3, 2, 1, 0)),
        "first",
    ]
    assert rest["next_cursor"] is None


def test_an_expired_token_lets_nobody_in_and_says_why(company: Company) -> None:
    expires = timestamp(company.now + timedelta(hours=1))
    token = company.post(TOKENS, name="short", expires=expires)["token"]
    short = client_of(company.client.application, token)
    assert short.get("/v1/leads").status_code == 200
    company.wait(hours=1)
    for path, field in (("/v1/leads", "error_info"), ("/api/v2/deals", "error_info"), (f"{OURS}/inbox", "detail")):
        answer = short.get(path)
        assert answer.status_code == 401
        assert answer.json[field] == f"the token expired at {expires}"
    over = company.client.post(TOKENS, json={"name": "over", "expires": expires})
    assert over.status_code == 409
    assert "would let nobody in" in over.text


def test_a_token_is_rotated_with_an_overlap_and_lives_as_long_again(company: Company) -> None:
    app = company.client.application
    before = company.post(TOKENS, name="door", expires=timestamp(company.now + timedelta(days=30)))
    company.wait(days=29)
    after = company.post(f"{TOKENS}/{before['token_id']}/rotate", overlap=3600)
    assert {name: after[name] for name in ("name", "scopes", "replaces", "expires")} == {
        "name": "door",
        "scopes": before["scopes"],
        "replaces": before["token_id"],
        "expires": timestamp(company.now + timedelta(days=30)),
    }

    def let_in() -> list[bool]:
        tokens = (before["token"], after["token"])
        return [client_of(app, token).get("/v1/leads").status_code == 200 for token in tokens]

    assert let_in() == [True, True]
    again = company.client.post(f"{TOKENS}/{before['token_id']}/rotate", json={})
    assert again.status_code == 409
    assert "rotated already" in again.text
    company.wait(hours=1)
    assert let_in() == [False, True]


def test_what_showed_a_token_is_not_repeated_and_issues_no_second_one(app: Flask, client: FlaskClient) -> None:
    first = client.get(TOKENS).json["items"][0]["token_id"]
    for path, given in ((TOKENS, {"name": "reports"}), (f"{TOKENS}/{first}/rotate", {})):
        asked = {"json": given, "headers": {"Idempotency-Key": f'"{path[-6:]}"'}}
        assert client.post(path, **asked).status_code == 201
        before = length_of_log(app)
        again = client.post(path, **asked)
        assert (again.status_code, "shown only once" in again.text) == (409, True)
        assert length_of_log(app) == before


def test_a_token_that_was_cut_off_is_told_from_one_that_lets_nobody_in(app: Flask, client: FlaskClient) -> None:
    token = issue(client)["token"]
    cut = client_of(app, token[:-1]).get(f"{OURS}/inbox")
    assert (cut.status_code, cut.json["detail"]) == (401, "the token was cut off or mistyped")
    assert client_of(app, "x" * 40).get(f"{OURS}/inbox").json["detail"] == "the token lets nobody in"
