"""Every route that changes something answers a repeated request as it did the first time, and changes nothing more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.http.family import Family
from service.http.idempotency import NAME
from service.http.route import Route
from tests.service.http.attacks import Ids, address, good_body, good_query, parameters, routes
from tests.service.http.refusals import company, complaint, in_whole
from tests.service.serving import ledger_of

Place = tuple[Family, Route]

REPEATED = "Idempotent-Replayed"
COMMANDS = [(family, route) for family, route in routes() if route.is_command]
IN_A_BATCH = (
    {"method": "POST", "path": "/v1/leads", "body": {"title": "Boiler", "person_id": 1}},
    {"method": "DELETE", "path": "/api/v2/persons/999999"},
    {"method": "PATCH", "path": "/api/v2/organizations/1", "body": {"name": "Varme og rør AS"}},
)
"""Commands of which the second is refused."""

ADDS = {(family, route.path): route for family, route in COMMANDS if route.method == "POST"}


def ids_for(client: FlaskClient, place: Place, ids: Ids) -> Ids:
    """The ids of things that a route can do its work on: to add below, or to take away, they are new ones."""
    family, route = place
    if route.method == "POST" and "<" in route.path:
        return company(client)
    above, _, last = route.path.rpartition("/")
    added = ADDS.get((family, above if "<" in last else route.path))
    if route.method != "DELETE" or added is None:
        return ids
    ids = ids_for(client, (family, added), ids)
    answer = client.open(**request_to(client, (family, added), ids)).get_json()
    thing = answer.get("data", answer)
    return {**ids, [*parameters(route), "ids"][-1 if route.may_ask_in_body else -2]: str(thing.get("id") or 1)}


def request_to(client: FlaskClient, place: Place, ids: Ids) -> dict[str, Any]:
    """A request that a route can carry out."""
    family, route = place
    query = {"ids": ids["ids"]} if route.may_ask_in_body else good_query(route.query, ids)
    body = None if route.body is None else in_whole(client, ids, good_body(route.body))
    if body is not None and "name" in body:
        body["name"] = uuid.uuid4().hex
    if body is not None and "commands" in body:
        body |= {"mode": "one_by_one", "commands": [*IN_A_BATCH]}
    return {"path": address(family, route, ids), "method": route.method, "query_string": query, "json": body}


def ask(client: FlaskClient, asked: Mapping[str, Any], key: str) -> TestResponse:
    return client.open(**asked, headers={NAME: key})


@pytest.mark.slow
def test_every_command_is_answered_again_under_its_key_and_refused_under_that_of_another(client: FlaskClient) -> None:
    ledger, ids = ledger_of(client.application), company(client)
    used = ask(client, request_to(client, COMMANDS[0], ids), "used")
    assert used.status_code == COMMANDS[0][1].status
    for family, route in COMMANDS:
        asked, key = request_to(client, (family, route), ids_for(client, (family, route), ids)), uuid.uuid4().hex
        assert complaint(family, ask(client, asked, "used"), 422) is None
        first = ask(client, asked, key)
        assert first.status_code == route.status, f"{route.method} {route.path}: {first.text}"
        assert REPEATED not in first.headers
        end = ledger.event_log.max_notification_id()
        again = ask(client, asked, key)
        if route.shows_secret:
            assert complaint(family, again, 409) is None
        else:
            assert (again.status_code, again.data) == (first.status_code, first.data)
            assert again.headers[REPEATED] == "true"
        assert ledger.event_log.max_notification_id() == end
