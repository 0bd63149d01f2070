"""Scripts of configured pages may ask and read; all others are answered as if there were no such thing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.operating import Operation
from tests.databases import SqliteDatabases
from tests.service.http.attacks import address, routes
from tests.service.http.refusals import company
from tests.service.serving import client_of, founded, serving

PAGE, STRANGE = "https://app.example.com", "https://evil.example.com"
ASKING = {"Origin": PAGE, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-token"}
GARBAGE = (
    *("null", "*", "", "https://app.example.com.evil.example", "HTTPS://APP.EXAMPLE.COM", f"{PAGE}/"),
    *(f"{PAGE}, {PAGE}", "https://app.example.com\u00e9", "x" * 5000),
)


@pytest.fixture
def opened(sqlite_databases: SqliteDatabases) -> Iterator[Flask]:
    """The application that lets one page in."""
    operation = Operation(origins=frozenset({PAGE}))
    with sqlite_databases.fresh(founded) as url, serving(url, operation=operation) as app:
        yield app


def told(client: FlaskClient, method: str, path: str, **headers: str) -> dict[str, str]:
    answer = client.open(path, method=method, headers=headers)
    return {name: value for name, value in answer.headers if name.startswith("Access-Control") or name == "Vary"}


def test_a_page_may_ask_and_read_what_clients_need(opened: Flask) -> None:
    client = client_of(opened)
    seen = told(client, "GET", "/v1/leads", Origin=PAGE)
    assert (seen["Access-Control-Allow-Origin"], seen["Vary"]) == (PAGE, "Origin")
    shown = set(seen["Access-Control-Expose-Headers"].split(", "))
    assert shown >= {"ETag", "RateLimit", "X-As-Of-Position", "X-As-Of-Time", "Location", "Retry-After"}
    assert "Access-Control-Allow-Credentials" not in seen
    refused = opened.test_client().get("/v1/leads", headers={"Origin": PAGE})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, PAGE)


@pytest.mark.slow
def test_every_route_answers_a_preflight_without_a_token(opened: Flask) -> None:
    stranger, ids = opened.test_client(), company(client_of(opened))
    for family, route in routes():
        answer = stranger.options(address(family, route, ids), headers=ASKING)
        assert (answer.status_code, answer.data) == (204, b"")
        assert route.method in answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert "if-match" in answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize("origin", [STRANGE, *GARBAGE])
def test_another_page_is_told_nothing(opened: Flask, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert told(client_of(opened), method, "/v1/leads", **{**ASKING, "Origin": origin}) == {"Vary": "Origin"}


def test_where_no_page_is_let_in_nothing_is_said_of_it(client: FlaskClient) -> None:
    for method in ("GET", "OPTIONS"):
        assert told(client, method, "/v1/leads", **ASKING) == {}


def test_an_address_where_nothing_is_answers_a_preflight_and_then_that(opened: Flask) -> None:
    assert told(opened.test_client(), "OPTIONS", "/nothing", **ASKING)["Access-Control-Allow-Origin"] == PAGE
    assert client_of(opened).get("/nothing", headers={"Origin": PAGE}).status_code == 404
