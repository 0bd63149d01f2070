"""A cursor that somebody made up is refused or leads somewhere; it never breaks a list, on either database."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import validate

from service.http import cursors
from service.http.family import Family
from service.http.route import Route
from tests.service.http.attacks import Ids, address, good_query, routes
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague
from tests.service.http.refusals import company as one_of_everything
from tests.service.http.refusals import complaint
from tests.service.serving import ledger_of

TERMS = {"/persons/search": "kari", "/organizations/search": "varme", "/deals/search": "boil", "/leads/search": "boil"}
ORDERS = ("sort", "sort_by", "sort_direction", "order")
BOUNDS = [2**15, -(2**15) - 1, 2**31, -(2**31) - 1, 2**62, -(2**62), 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**400]
VALUES = (
    st.sampled_from(BOUNDS)
    | st.integers()
    | st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "\x00", "\ud800", "2026-01-01T00:00:00Z", "9" * 20, "NaN"])
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


class Page(NamedTuple):
    """A first page that others follow: how it was asked for, and where it ended."""

    family: Family
    route: Route
    query: Mapping[str, str]
    ends: list[Any]

    def following(self, client: FlaskClient, ids: Ids, ends: list[Any]) -> Any:
        """The answer to a cursor with those values in it."""
        path, cursor = address(self.family, self.route, ids), cursors.encode(*ends)
        if self.route.method == "POST":
            policy = client.get(f"{OURS}/policy").get_json()["policy"]
            return client.post(path, json={"policy": policy, "cursor": cursor})
        return client.get(path, query_string={**self.query, "cursor": cursor})


@pytest.fixture
def ids(company: Company) -> Ids:
    """Two of everything that is listed; the ids of some for paths and queries."""
    for _ in range(2):
        ids = one_of_everything(company.client)
        deal = company.deal("Boiler", stage_id=2)
        archived = company.client.patch(f"/api/v2/deals/{deal}", json={"is_archived": True})
        assert archived.status_code == 200, archived.text
        company.post("/api/v2/pipelines", name="Service")
        company.get("/audit/access")
        assert company.client.get(f"{OURS}/audit/checkpoint").status_code == 200
    colleague, _ = a_colleague(company.client.application)
    for kind in ("deal", "person", "organization"):
        for user_id in (1, colleague):
            company.post(f"/api/v2/{kind}s/{ids[f'{kind}_id']}/followers", user_id=user_id)
    for kind in ("leads", "deals"):
        for _ in range(2):
            company.post(f"{OURS}/{kind}/{ids[kind.rstrip('s') + '_id']}/signals", kind="email_sent")
    assert company.client.patch("/api/v2/stages/1", json={"is_deal_rot_enabled": True, "days_to_rotten": 1}).json
    company.wait(days=3)
    company.post("/api/v2/pipelines", name="Projects")  # so that the log ends when deals have been left alone
    return {
        **ids,
        "user_id": str(colleague),
        "end": str(ledger_of(company.client.application).event_log.max_notification_id()),
    }


def asked(family: Family, route: Route, ids: Ids) -> Iterator[dict[str, str]]:
    """Ways to ask for the first page of a list: in each of its orders, as it is now and as it was."""
    choices: dict[str, list[str]] = {}
    for name in ORDERS:
        for rule in route.query.load_fields[name].validators if name in route.query.load_fields else ():
            if isinstance(rule, validate.OneOf):
                choices[name] = list(rule.choices)
    query = {**(good_query(route.query, ids) if route.path != "/activities" else {}), "limit": "1"}
    query |= {"term": TERMS[route.path]} if "term" in query else {}
    query |= {"stage_id": "1"} if "stage_id" in query else {}
    for order in product(*choices.values()):
        yield {**query, **dict(zip(choices, order, strict=True))}
    if "as_of" in route.query.load_fields:
        yield {**query, "as_of": ids["end"]}


def pages(client: FlaskClient, ids: Ids) -> Iterator[Page]:
    """The first page of every list in every order; each ends with a cursor."""
    for family, route in routes():
        if route.body is not None and "cursor" in route.body.load_fields:
            yield Page(family, route, {}, ["dry-run", 1])
        elif "cursor" in route.query.load_fields:
            for query in asked(family, route, ids):
                answer = client.get(address(family, route, ids), query_string=query)
                assert answer.status_code == 200, f"{route.path} {query}: {answer.text}"
                body = answer.get_json()
                cursor = body["next_cursor"] if family.name == "ledger" else body["additional_data"]["next_cursor"]
                assert cursor is not None, f"{route.path} {query} has one page only"
                yield Page(family, route, query, json.loads(base64.urlsafe_b64decode(cursor + "===")[4:]))


def forged(page: Page) -> Iterator[list[Any]]:
    """Cursors that differ from a good one in one value, by as much as there is room for somewhere."""
    for place, value in enumerate(page.ends):
        others: list[Any] = [None, True, 1.5, [], "\x00", "9" * 40]
        others += BOUNDS if isinstance(value, int) else [1, ""]
        for other in others:
            yield [*page.ends[:place], other, *page.ends[place + 1 :]]
    yield from (page.ends[:-1], [*page.ends, 1], [])


@pytest.mark.slow
def test_no_forged_cursor_breaks_a_list(company: Company, ids: Ids) -> None:
    client = company.client
    found = list(pages(client, ids))
    assert {page.route.path for page in found} == {route.path for _, route in routes() if _is_paged(route)}
    complaints: list[str | None] = []
    for page in found:
        good = page.following(client, ids, page.ends)
        assert good.status_code == 200, f"{page}: {good.text}"
        for ends in forged(page):
            answer = page.following(client, ids, ends)
            if answer.status_code != 200 or not _has_kinds_of(page.ends, ends):
                complaints.append(complaint(page.family, answer, 400))
    assert not list(filter(None, complaints))


@pytest.mark.slow
def test_whatever_is_in_a_cursor_is_refused_or_leads_somewhere(company: Company, ids: Ids) -> None:
    client = company.client
    found = list(pages(client, ids))

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(found), st.data())
    def forge(page: Page, data: st.DataObject) -> None:
        named = data.draw(st.integers(0, len(page.ends)))
        ends = [*page.ends[:named], *data.draw(st.lists(VALUES, min_size=0, max_size=len(page.ends) + 1 - named))]
        answer = page.following(client, ids, ends)
        if answer.status_code != 200:
            assert complaint(page.family, answer, 400) is None

    forge()


def _is_paged(route: Route) -> bool:
    return "cursor" in route.query.load_fields or (route.body is not None and "cursor" in route.body.load_fields)


def _has_kinds_of(ends: list[Any], others: list[Any]) -> bool:
    return list(map(type, ends)) == list(map(type, others))
