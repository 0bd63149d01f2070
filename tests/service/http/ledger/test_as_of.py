"""Every list and every single thing can be asked as of any moment, and is shown as it was, names and days and all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.http.routes import FAMILIES
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import ledger_of

WITHOUT_PAST = [
    *("/health", "/metrics", "/openapi", "/docs", "/audit", "/events", "/policy", "/readiness", "/suggested-reversals"),
    *("/convert/status", "/users/me", "/currencies", "/diff", "/persons/<id:person_id>/data", "/erasure", "/commands"),
]
"""What tells of the service or the log itself, or what somebody should do now; and lists that never change."""

ALWAYS_THERE = ["/v1/leadSources", f"{OURS}/lead-sources"]
"""Lists of what every company has before anything is recorded, and of what was added to it."""


def end_of(company: Company) -> int:
    return ledger_of(company.client.application).event_log.max_notification_id() or 0


def ask(company: Company, path: str) -> TestResponse:
    return company.client.get(path, headers={"X-Request-Id": "the same"})


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def a_history(company: Company) -> tuple[list[str], list[tuple[int, str, dict[str, Any]]]]:
    """A lead's way into the board and back, and after each step: the position, the time, and what everybody saw."""
    organization = company.post("/api/v2/organizations", name="Rør AS")["data"]["id"]
    lead = company.lead("Boiler", organization_id=organization, value={"amount": 12.5, "currency": "NOK"})
    deal = company.post(f"{OURS}/leads/{lead}/convert", stage_id=1)["deal_id"]
    paths = [
        f"{OURS}/inbox",
        f"{OURS}/inbox?sort=-value",
        f"{OURS}/inbox?owner_id=1&sort=updated",
        f"{OURS}/pipelines/1/board",
        f"{OURS}/pipelines/1/deals?stage_id=2",
        f"{OURS}/opportunities?deal_id={deal}",
        f"{OURS}/timeline?deal_id={deal}",
        f"{OURS}/leads/{lead}/signals",
        f"{OURS}/insights",
        "/v1/leads",
        f"/v1/leads/{lead}",
        "/v1/leads/search?term=boi",
        "/v1/notes",
        "/v1/leadLabels",
        *ALWAYS_THERE,
        "/v1/users",
        "/api/v2/deals",
        "/api/v2/deals?status=open,deleted&sort_by=update_time",
        f"/api/v2/deals/{deal}?include_fields=notes_count,activities_count",
        "/api/v2/deals/search?term=boi",
        "/api/v2/persons",
        "/api/v2/persons/1?include_fields=open_deals_count",
        "/api/v2/persons/search?term=kari",
        "/api/v2/organizations",
        f"/api/v2/organizations/{organization}?include_fields=people_count",
        "/api/v2/activities",
        "/api/v2/pipelines",
        "/api/v2/stages",
    ]
    seen = []

    def look() -> None:
        company.wait(hours=30)
        answers = {path: ask(company, path).json for path in paths}
        seen.append((end_of(company), written(company.now), answers))
        company.wait(hours=1)

    look()
    company.client.patch("/api/v2/persons/1", json={"name": "Kari Berg", "org_id": organization})
    look()
    company.client.patch(f"/api/v2/deals/{deal}", json={"stage_id": 2, "title": "Two boilers", "value": 25})
    company.post("/v1/notes", content="They want two", deal_id=deal)
    company.post("/api/v2/activities", subject="Visit", type="meeting", deal_id=deal, due_date="2100-01-20")
    company.post(f"{OURS}/deals/{deal}/signals", kind="email_answered", interest=True)
    look()
    company.post(f"{OURS}/deals/{deal}/revert", reason="Next year")
    company.client.patch(f"/api/v2/organizations/{organization}", json={"name": "Rør og mer AS"})
    look()
    company.client.delete(f"/v1/leads/{lead}")
    company.client.delete("/api/v2/persons/1")
    company.post(f"{OURS}/lead-sources", name="Trade fair")
    company.client.patch("/api/v2/pipelines/1", json={"name": "Sold"})
    look()
    return paths, seen


def as_of(company: Company, path: str, moment: Any) -> TestResponse:
    return ask(company, f"{path}{'&' if '?' in path else '?'}as_of={moment}")


@pytest.mark.slow
def test_whatever_was_seen_at_a_time_is_answered_as_of_it(company: Company) -> None:
    paths, seen = a_history(company)
    for position, time, answers in seen:
        for path in paths:
            answer = as_of(company, path, time)
            assert answer.json == answers[path], f"{path} at {time}"
            if answer.status_code == 200:
                assert answer.headers["X-As-Of-Position"] == str(position)


@pytest.mark.slow
def test_a_position_and_a_time_mean_the_same_moment_but_for_how_old_things_are(company: Company) -> None:
    paths, seen = a_history(company)
    for position, _, answers in seen:
        for path in paths:
            if "/inbox" not in path and "/board" not in path and "/pipelines/1/deals" not in path:
                assert as_of(company, path, position).json == answers[path], f"{path} at {position}"
        shown = as_of(company, f"{OURS}/pipelines/1/board", position).json
        for stage, then in zip(shown["stages"], answers[f"{OURS}/pipelines/1/board"]["stages"], strict=True):
            assert [deal["id"] for deal in stage["deals"]] == [deal["id"] for deal in then["deals"]]
            assert all(deal["days_in_stage"] <= 1 for deal in stage["deals"])


@pytest.mark.slow
def test_before_there_was_anything_lists_are_empty_and_single_things_unknown(company: Company) -> None:
    paths, _ = a_history(company)
    for path in paths:
        answer = as_of(company, path, 0)
        shown: Any = answer.json
        told = shown.get("data", shown.get("items"))
        assert answer.status_code == 404 or told in ([], {"items": []}) or path in ALWAYS_THERE, path


def test_pages_of_the_past_go_on_where_they_ended_whatever_happens_meanwhile(company: Company) -> None:
    for number in range(5):
        company.lead(f"Lead {number}")
    position = end_of(company)
    first = company.get("/inbox", limit=2, as_of=position)
    for lead in first["items"]:
        company.client.delete(f"/v1/leads/{lead['id']}")
    company.lead("Later")
    titles, page = [lead["title"] for lead in first["items"]], first
    while page["next_cursor"]:
        page = company.get("/inbox", limit=2, as_of=position, cursor=page["next_cursor"])
        titles += [lead["title"] for lead in page["items"]]
    assert titles == [f"Lead {number}" for number in reversed(range(5))]


def test_every_list_and_every_thing_can_be_asked_as_of_a_moment() -> None:
    reads = [route for family in FAMILIES for route in family.routes if route.method == "GET" and route.path != "/"]
    for route in reads:
        assert ("as_of" in route.query.fields) != any(part in route.path for part in WITHOUT_PAST), route.path
    assert sum("as_of" in route.query.fields for route in reads) > 25


@pytest.mark.parametrize("wrong", ["yesterday", "-1", "1.5", "2100-13-01T00:00:00Z", "", "9" * 30])
@pytest.mark.parametrize("path", [f"{OURS}/inbox", "/api/v2/deals", "/v1/leads"])
def test_what_is_no_moment_is_refused(company: Company, path: str, wrong: str) -> None:
    assert as_of(company, path, wrong).status_code == 400


@pytest.mark.parametrize("path", ["/policy", "/events", "/audit/access", "/deals/suggested-reversals"])
def test_what_has_no_past_says_so(company: Company, path: str) -> None:
    answer = as_of(company, OURS + path, 3)
    assert answer.status_code == 400
    assert "as_of" in answer.text
