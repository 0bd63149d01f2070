"""Whatever is answered, browsers are told to run nothing of it and caches to keep nothing of it for others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.http.attacks import Ids, address, good_body, good_query, routes
from tests.service.http.refusals import company, send
from tests.service.http.wrong import body_of

HANDBOOK = "/api/ledger/v1/docs"


@pytest.fixture
def ids(client: FlaskClient) -> Ids:
    return company(client)


def answers(app: Flask, client: FlaskClient, ids: Ids) -> Iterator[TestResponse]:
    """What every route answers: to a good request, a bad one, a stranger's, and by methods that it does not know."""
    for family, route in routes():
        path = address(family, route, ids)
        body = None if route.body is None else body_of(good_body(route.body))
        yield send(client, route, path, good_query(route.query, ids), data=body)
        yield send(client, route, path, {"as_of": "x", "limit": "x"}, data=b"[")
        yield send(app.test_client(), route, path)
        for method in ("BREW", "OPTIONS", "HEAD"):
            yield client.open(path, method=method)
    for path in ("/", "/nothing", "/v1/nothing", "/api/v2/nothing", "/api/ledger/v1/nothing"):
        yield client.get(path)
    yield client.post("/v1/leads", data=b"x" * 2_000_000)


@pytest.mark.slow
def test_every_answer_says_what_may_be_done_with_it(app: Flask, client: FlaskClient, ids: Ids) -> None:
    seen = set()
    confidential = {(route.method, address(family, route, ids)) for family, route in routes() if route.is_confidential}
    assert ("GET", f"/api/ledger/v1/persons/{ids['person_id']}/data") in confidential
    for answer in answers(app, client, ids):
        seen.add(answer.status_code)
        policy, caching = answer.headers["Content-Security-Policy"], answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert policy.startswith("default-src 'none'; ")
        is_answered = answer.status_code != 405 and answer.request.method != "OPTIONS"
        is_page = answer.request.path == HANDBOOK and answer.status_code == 200 and is_answered
        assert ("-src 'nonce-" in policy) == is_page
        assert "unsafe" not in policy
        method = answer.request.method.replace("HEAD", "GET")
        is_confidential = (method, answer.request.path) in confidential and is_answered
        assert caching == ("no-store" if is_confidential else "private, no-cache")
    assert seen >= {200, 201, 302, 400, 401, 404, 405, 413}


def test_an_answer_that_goes_wrong_says_so_too(app: Flask, client: FlaskClient) -> None:
    app.view_functions["v1.get_leads"] = lambda: str(1 / 0)
    answer = client.get("/v1/leads")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (500, "private, no-cache")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_page_has_nothing_but_the_style_that_its_policy_names(client: FlaskClient) -> None:
    pages = [client.get(HANDBOOK) for _ in range(2)]
    for page in pages:
        [nonce] = re.findall(r"style-src 'nonce-([\w-]{20,})'", page.headers["Content-Security-Policy"])
        assert re.findall(r"<(?:style|script|link|img|iframe|form|base)\b[^>]*>", page.text) == [
            f'<style nonce="{nonce}">'
        ]
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page.text)
    assert pages[0].headers["Content-Security-Policy"] != pages[1].headers["Content-Security-Policy"]
