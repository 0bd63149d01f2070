"""Random requests to any route: answered, or refused in the words of its family with nothing stored; never poison."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.http.route import Route
from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.service.http.attacks import address, parameters, routes
from tests.service.http.refusals import company, complaint, send_a_lead
from tests.service.serving import client_of, founded, serving
from tests.service.whole import check_whole, length_of_log

WORDS = st.text(max_size=20) | st.sampled_from(["_type_", "\x00", "\ud800", "NOK", "2026-12-31", "1", "open"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
ROUTES = list(routes())


def requests(route: Route) -> st.SearchStrategy[dict[str, Any]]:
    """Requests to one route that know its names but not what they mean."""
    keys = [field.data_key or name for name, field in route.body.load_fields.items()] if route.body else []
    parts = [field.data_key or name for name, field in route.query.load_fields.items()]
    return st.fixed_dictionaries(
        {
            "body": st.dictionaries(st.sampled_from(keys) if keys else WORDS, JSON, max_size=6) | JSON,
            "query": st.dictionaries(
                st.sampled_from(parts) if parts else st.just("x"), st.text(max_size=20), max_size=3
            ),
            "ids": st.fixed_dictionaries(
                {name: st.none() | st.text("0123456789abcdef-\x00/é", max_size=40) for name in parameters(route)}
            ),
        }
    )


def attacked(databases: Databases, examples: int) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        ids = company(client)

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.data())
        def attack(data: st.DataObject) -> None:
            family, route = data.draw(st.sampled_from(ROUTES))
            request = data.draw(requests(route))
            here = {**ids, **{name: other for name, other in request["ids"].items() if other}}
            length = length_of_log(app)
            answer = client.open(
                address(family, route, here),
                method=route.method,
                query_string=request["query"],
                data=json.dumps(request["body"]),
            )
            if answer.status_code >= 400:
                assert complaint(family, answer) is None
                assert length_of_log(app) == length

        attack()
        check_whole(app)
        another = client.post("/api/v2/persons", json={"name": "Ola"}).get_json()["data"]["id"]
        assert send_a_lead(client, another)


@pytest.mark.slow
def test_random_requests_are_answered_or_refused(databases: Databases, rounds: Rounds) -> None:
    for _ in rounds(1):
        attacked(databases, examples=200)
