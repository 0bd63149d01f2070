"""What a repeated request is known by: its key, quoted or not, and all that it asks for, however that is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from service.http.idempotency import LONGEST_KEY, MalformedKey, keyed_request
from service.log.keyed_receipts import KeyedRequest


def known(asked: Mapping[str, Any], key: str | None = "mine", *, takes_body: bool = True) -> KeyedRequest | None:
    """What a request is known by."""
    headers = Headers() if key is None else Headers({"Idempotency-Key": key})
    request = Request(
        EnvironBuilder(**{"method": "POST", "path": "/v1/leads", **asked, "headers": headers}).get_environ()
    )
    request.max_content_length = 1000
    return keyed_request(request, takes_body=takes_body)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ("8e03978e-40d5", "8e03978e-40d5"),
        ('"a \\"quoted\\" \\\\ one, two; three"', 'a "quoted" \\ one, two; three'),
        ("Root=1-5e/a:b", "Root=1-5e/a:b"),
        ("k" * LONGEST_KEY, "k" * LONGEST_KEY),
    ],
)
def test_a_key_is_a_string_whose_quotes_may_be_left_out(given: str, key: str) -> None:
    found = known({}, given)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "given",
    ["", '""', '"', '"a', 'a"', "a b", "a,b", "a;b", '"a", "b"', '"\\a"', "\x7f", "æ", '"æ"', "k" * (LONGEST_KEY + 1)],
)
def test_anything_else_is_no_key(given: str) -> None:
    with pytest.raises(MalformedKey):
        known({}, given)


def test_a_request_without_a_key_is_not_known_again() -> None:
    assert known({"data": "no JSON"}, None) is None


SAME = [
    {"data": '{"title": "Å", "value": {"amount": 1.5, "currency": "NOK"}}', "query_string": "a=1&b=2"},
    {"data": '{"value":{"currency":"NOK","amount":1.5},\n"title":"A\u030a"}', "query_string": "b=2&api_token=x&a=1"},
]

OTHER = [
    {**SAME[0], "method": "PUT"},
    {**SAME[0], "path": "/api/v1/leads"},
    {**SAME[0], "query_string": "a=1"},
    {**SAME[0], "query_string": "a=1&b=2&b=2"},
    {**SAME[0], "data": '{"title": "Å", "value": {"amount": "1.5", "currency": "NOK"}}'},
    {**SAME[0], "data": '{"title": "Å", "value": {"amount": 1.5, "currency": "NOK"}, "was_seen": null}'},
    {**SAME[0], "data": ""},
]


def test_a_request_is_the_same_however_it_is_written() -> None:
    assert known(SAME[0]) == known(SAME[1], '"mine"')


@pytest.mark.parametrize("other", OTHER, ids=str)
def test_a_request_is_another_one_where_anything_of_it_differs(other: dict[str, Any]) -> None:
    assert known(SAME[0]) != known(other)


def test_a_body_that_a_route_does_not_take_does_not_count() -> None:
    assert known({"data": "no JSON"}, takes_body=False) == known({}, takes_body=False)
