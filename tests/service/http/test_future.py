"""Whatever is said to have happened cannot lie in the future; what is planned or expected may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clock import timestamp, wall_clock
from service.http.family import Family
from service.http.route import Route
from service.http.time_fields import Moment
from tests.service.http.attacks import address, good_body, routes
from tests.service.http.refusals import company

MINUTE = timedelta(minutes=1)
AS_IT_WAS: dict[str, dict[str, Any]] = {
    "won_time": {"status": "won"},
    "lost_time": {"status": "lost"},
    "close_time": {"status": "won"},
    "archive_time": {"is_archived": True},
}
"""What must be so for a time to make sense."""

AHEAD = {"expires"}
"""Names of fields whose times are to come."""


def tellings() -> Iterator[tuple[Family, Route, str]]:
    """Every route whose body may tell when something happened, and the name of that field."""
    for family, route in routes():
        for name, field in (route.body.load_fields if route.body else {}).items():
            if isinstance(field, Moment) and name not in AHEAD:
                yield family, route, field.data_key or name


TELLINGS = list(tellings())


def test_all_fields_are_found_that_tell_when_something_happened() -> None:
    found = {(route.method, route.path, name) for _, route, name in TELLINGS}
    deals = {(method, path) for method, path in (("POST", "/deals"), ("PATCH", "/deals/<id:deal_id>"))}
    assert found >= {(*deal, name) for deal in deals for name in AS_IT_WAS}
    assert {path for _, path, name in found if name == "occurred_at"} == {
        *("/leads/<uuid:lead_id>/signals", "/deals/<id:deal_id>/signals")
    }
    assert {"/notes", "/persons", "/organizations"} <= {path for _, path, name in found if name == "add_time"}


@pytest.mark.parametrize(("family", "route", "name"), TELLINGS, ids=[f"{r.name}-{name}" for _, r, name in TELLINGS])
def test_what_happened_cannot_have_happened_later_than_another_clock_may_say(
    client: FlaskClient, family: Family, route: Route, name: str
) -> None:
    assert route.body is not None
    ids = company(client)
    path, body = address(family, route, ids), {**good_body(route.body), **AS_IT_WAS.get(name, {})}
    if route.path == "/notes":
        body["lead_id"] = ids["lead_id"]

    def told(moment: Any) -> Any:
        return client.open(path, method=route.method, json={**body, name: timestamp(moment)})

    refused = told(wall_clock() + 6 * MINUTE)
    assert refused.status_code in (400, 409), refused.text
    assert "lies in the future" in refused.text
    assert told(wall_clock() + 3 * MINUTE).status_code < 300


def test_what_is_planned_or_expected_may_lie_in_the_future(client: FlaskClient) -> None:
    ids = company(client)
    dated = {"expected_close_date": "2199-12-31"}
    assert client.patch(f"/api/v2/deals/{ids['deal_id']}", json=dated).status_code == 200
    assert client.patch(f"/v1/leads/{ids['lead_id']}", json=dated).status_code == 200
    due = {"due_date": "2199-12-31", "due_time": "23:59:59"}
    assert client.patch(f"/api/v2/activities/{ids['activity_id']}", json=due).status_code == 200
    token = {"user_id": 1, "name": "Laptop", "expires": "2199-12-31T00:00:00Z"}
    assert client.post("/api/ledger/v1/tokens", json=token).status_code == 201
