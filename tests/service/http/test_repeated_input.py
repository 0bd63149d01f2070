"""What is said twice is taken whole or refused by name, in any query, body or header; nothing of it is dropped."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from marshmallow import fields, validate
from werkzeug.test import TestResponse

from service.http.family import Family
from service.http.fields import Listed, Text
from service.http.json import UnreadableBody, parse
from service.http.route import Route
from tests.service.http.attacks import Ids, address, good_body, good_query, routes
from tests.service.http.refusals import company, complaint
from tests.service.serving import TOKEN

Place = tuple[Family, Route]
PARAMETERS = [
    ((family, route), field.data_key or name, field)
    for family, route in routes()
    for name, field in route.query.load_fields.items()
]


OF_NOTHING = ["999998", "999999"]
"""Two ids that nothing has: a command that is given them does the same each time."""


@pytest.fixture
def ids(client: FlaskClient) -> Ids:
    return company(client)


def ask(client: FlaskClient, place: Place, ids: Ids, name: str, *values: str) -> TestResponse:
    """What a route answers where a parameter is given as often as there are values, and all else is good."""
    family, route = place
    rest = {key: value for key, value in good_query(route.query, ids).items() if key != name}
    query = [*((name, value) for value in values), *rest.items()]
    return client.open(address(family, route, ids), method=route.method, query_string=query)


def two_of(listed: Listed) -> list[str]:
    """Two values that a list takes."""
    for rule in listed.inner.validators:
        if isinstance(rule, validate.OneOf):
            choices = [str(choice) for choice in rule.choices]
            return [choices[0], choices[-1]]
        if isinstance(rule, validate.Regexp):
            return ["a" * 40, "b" * 40]
    if isinstance(listed.inner, fields.UUID):
        return [f"{number:032x}" for number in (1, 2)]
    return ["1", "2"]


@pytest.mark.slow
def test_a_parameter_that_is_no_list_is_refused_by_name_where_it_is_repeated(client: FlaskClient, ids: Ids) -> None:
    refused = 0
    for (family, route), name, field in PARAMETERS:
        if not isinstance(field, Listed):
            for values in (("1", "2"), ("1", "1"), ("", "1"), ("1", "2", "3")):
                answer = ask(client, (family, route), ids, name, *values)
                assert complaint(family, answer, 400) is None
                assert f"{name}: " in answer.text, f"{route.path}: {answer.text}"
                refused += 1
    assert refused > 100


@pytest.mark.slow
def test_a_list_is_the_same_separated_by_commas_and_repeated(client: FlaskClient, ids: Ids) -> None:
    lists = [(place, name, field) for place, name, field in PARAMETERS if isinstance(field, Listed)]
    for (family, route), name, field in lists:
        values, status = (two_of(field), 200) if route.method == "GET" else (OF_NOTHING, 400)
        apart = ask(client, (family, route), ids, name, *values)
        together = ask(client, (family, route), ids, name, ",".join(values))
        assert (apart.status_code, apart.data) == (status, together.data), f"{route.path}: {apart.text}"
        takes_any_word = isinstance(field.inner, Text)
        for one in () if takes_any_word else ([values[0], "no such value"], ["no such value", values[0]]):
            assert complaint(family, ask(client, (family, route), ids, name, *one), 400) is None
    assert len({name for _, name, _ in lists}) > 4


def test_a_list_that_is_repeated_asks_for_everything_that_it_names(client: FlaskClient, ids: Ids) -> None:
    client.post("/api/v2/persons", json={"name": "Ola"})
    persons = client.get("/api/v2/persons?ids=1&ids=2").json["data"]
    assert [person["id"] for person in persons] == [1, 2]
    events = client.get("/api/ledger/v1/events?types=PersonAdded&types=NoteAdded&limit=500").json["items"]
    assert {event["event"] for event in events} == {"PersonAdded", "NoteAdded"}


def test_a_key_that_a_body_has_twice_is_refused_by_name(client: FlaskClient, ids: Ids) -> None:
    for family, route in routes():
        if route.body is not None:
            for name in good_body(route.body) | dict.fromkeys(route.body.load_fields):
                twice = ", ".join([f"{json.dumps(name)}: null"] * 2)
                answer = client.open(address(family, route, ids), method=route.method, data=f"{{{twice}}}")
                assert complaint(family, answer, 400) is None
                assert f"the body gives {name} more than once" in answer.text


@pytest.mark.parametrize(
    "body",
    ['{"a": 1, "a": 1}', '{"a": [{"b": {"c": 1, "c": 2}}]}', '{"a": 1, "\\u0061": 2}', '{"\\ud800": 1, "\\ud800": 2}'],
)
def test_a_key_is_not_given_twice_at_any_depth_or_in_any_spelling(body: str) -> None:
    with pytest.raises(UnreadableBody):
        parse(body.encode())


def test_a_request_bears_one_token(client: FlaskClient) -> None:
    mine, others = {"Authorization": f"Bearer {TOKEN}"}, {"Authorization": "Bearer somebody-else-s"}
    assert client.get(f"/v1/users/me?api_token={TOKEN}&api_token={TOKEN}", headers=mine).status_code == 200
    for path in ("/v1/users/me", "/api/v2/deals", "/api/ledger/v1/inbox"):
        for query, headers in (("", others), ("?api_token=another", mine), (f"?api_token={TOKEN}&api_token=x", {})):
            answer = client.get(path + query, headers=headers)
            assert answer.status_code == 400
            assert "the request bears different tokens" in answer.text
