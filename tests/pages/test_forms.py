"""What holds for every page and every form: nobody gets in without a token, and no form works that is not ours."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.http.route import Route
from service.pages.addresses import pages
from service.pages.sessions import COOKIE
from tests.service.serving import TOKEN

FORMS = [route for route in pages.routes if route.method == "POST"]
PAGES = [route for route in pages.routes if route.method == "GET" and not route.is_public]


def _address(route: Route) -> str:
    values = {"id": "1", "uuid": "00000000-0000-4000-8000-000000000000", "token_id": "0" * 32}
    parts = (part for part in route.path.split("/"))
    return "/".join(values.get(part[1:].partition(":")[0], "x") if part.startswith("<") else part for part in parts)


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """A browser without a cookie."""
    return app.test_client()


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.path)
def test_a_page_asks_whoever_has_no_token_to_sign_in(anybody: FlaskClient, route: Route) -> None:
    answer = anybody.get(_address(route))
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.path)
def test_a_form_that_is_not_ours_is_refused(anybody: FlaskClient, route: Route) -> None:
    anybody.set_cookie(COOKIE, TOKEN)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        assert anybody.post(_address(route), data={"proof": "0" * 64}, headers=headers).status_code == 403


def test_the_api_takes_no_cookie(anybody: FlaskClient) -> None:
    anybody.set_cookie(COOKIE, TOKEN)
    assert anybody.get("/api/ledger/v1/inbox").status_code == 401


@pytest.mark.parametrize("route", [page for page in PAGES if page.no_past is None], ids=lambda route: route.path)
def test_no_page_of_the_past_fails(anybody: FlaskClient, route: Route) -> None:
    anybody.set_cookie(COOKIE, TOKEN)
    assert anybody.get(f"{_address(route)}?as_of=1").status_code < 500
