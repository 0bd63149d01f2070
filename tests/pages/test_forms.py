"""What holds for every page and every form: nobody gets in without a token, and no form works that is not ours."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from service.http.fields import Amount, Flag, Id, Text
from service.http.route import Route
from service.pages.addresses import pages
from service.pages.forms import body_of
from service.pages.sessions import COOKIE
from tests.service.serving import TOKEN

FORMS = [route for route in pages.routes if route.method == "POST"]
PAGES = [route for route in pages.routes if route.method == "GET" and not route.is_public]


class Body(Schema):
    """A body with a field of each kind that forms have."""

    title = Text()
    amount = Amount(allow_none=True)
    owner_id = Id()
    is_archived = Flag()
    label_ids = fields.List(Id())


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


@pytest.mark.parametrize(
    ("told", "body"),
    [
        ("12 500,50", Decimal("12500.50")),
        ("-3", Decimal(-3)),
        (" ", None),
        *((nonsense, nonsense) for nonsense in ("NaN", "sNaN", "Infinity", "1e999999", "--5", "1.2.3", "9" * 5_000)),
    ],
)
def test_an_amount_is_read_as_people_write_it_and_anything_else_is_left_to_the_schema(told: str, body: object) -> None:
    assert body_of(MultiDict({"amount": told}), Body()) == {"amount": body}


@pytest.mark.parametrize("told", ["--5", "5.0", "9" * 5_000, "٣", "x"])
def test_what_is_no_whole_number_is_left_to_the_schema(told: str) -> None:
    assert body_of(MultiDict({"owner_id": told}), Body()) == {"owner_id": told}


def test_a_flag_is_one_of_few_words_and_a_list_what_is_not_blank() -> None:
    form = MultiDict([("is_archived", "on"), ("label_ids", ""), ("label_ids", "7")])
    assert body_of(form, Body()) == {"is_archived": True, "label_ids": [7]}
    assert body_of(MultiDict({"is_archived": "perhaps"}), Body()) == {"is_archived": "perhaps"}


def test_a_field_that_is_given_twice_is_refused_unless_it_says_the_same() -> None:
    assert body_of(MultiDict([("title", "Bath"), ("title", "Bath")]), Body()) == {"title": "Bath"}
    with pytest.raises(ValidationError, match="several times"):
        body_of(MultiDict([("title", "Bath"), ("title", "Kitchen")]), Body())


@pytest.mark.parametrize(
    "address", ["//[", "//elsewhere.example", "/\\\\elsewhere.example", "https://elsewhere.example"]
)
def test_no_address_leads_anywhere_else_or_breaks_a_page(app: Flask, address: str) -> None:
    answer = app.test_client().get("/sign-in", query_string={"to": address}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert 'action="/sign-in"' in answer.text, "the form leads to the start"
