"""Every list and every single thing can be asked as of any moment, and is shown as it was, names and days and all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.service.http.attacks import address, parameters, routes
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import ledger_of

ALWAYS_THERE = ["/v1/leadSources", f"{OURS}/lead-sources", f"{OURS}/policy"]
"""What every company has before anything is recorded, beside what was added to it."""

TELLING_DAYS = ("/inbox", "/board", "/pipelines/1/deals", "/suggested-reversals")
"""Lists that tell for how many days things have been there, by the time that was named."""

UNKNOWN = "7f6f1d0e-0000-4000-8000-000000000000"
IDS = {"lead_id": UNKNOWN, "lead_label_id": UNKNOWN, "conversion_id": UNKNOWN, "token_id": "0" * 32}


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
    converted = company.post(f"{OURS}/leads/{lead}/convert", stage_id=1)
    deal = converted["deal_id"]
    paths = [
        f"{OURS}/inbox",
        f"{OURS}/inbox?sort=-value",
        f"{OURS}/inbox?owner_id=1&sort=updated",
        f"{OURS}/pipelines/1/board",
        f"{OURS}/deals?sort=closes",
        f"{OURS}/deals/totals",
        f"{OURS}/pipelines/1/deals?stage_id=2",
        f"{OURS}/opportunities?deal_id={deal}",
        f"{OURS}/timeline?deal_id={deal}",
        f"{OURS}/leads/{lead}/signals",
        f"{OURS}/insights",
        f"{OURS}/policy",
        f"{OURS}/leads/{lead}/readiness",
        f"{OURS}/deals/suggested-reversals",
        f"/api/v2/leads/{lead}/convert/status/{converted['conversion_id']}",
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
            if not any(part in path for part in TELLING_DAYS):
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
        told = shown.get("data", shown.get("items", shown.get("totals")))
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


def test_every_route_takes_as_of_or_says_why_it_has_no_past(company: Company) -> None:
    told = 0
    for family, route in routes():
        if route.no_past is None:
            told += 1
            assert "as_of" in route.query.fields, route.path
            continue
        path = address(family, route, {name: IDS.get(name, "1") for name in parameters(route)})
        answer = company.client.open(f"{path}?as_of=3", method=route.method, json={})
        assert answer.status_code == 400, (route.method, route.path, answer.text)
        assert route.no_past in answer.text, (route.method, route.path, answer.text)
    assert told > 80


def test_whatever_is_only_read_and_has_no_past_says_a_reason_of_its_own() -> None:
    of_commands = {route.no_past for _, route in routes() if route.is_command}
    for _, route in routes():
        assert route.is_command or route.no_past is None or route.no_past not in of_commands, route.path


@pytest.mark.parametrize("wrong", ["yesterday", "-1", "1.5", "2100-13-01T00:00:00Z", "", "9" * 30])
@pytest.mark.parametrize("path", [f"{OURS}/inbox", "/api/v2/deals", "/v1/leads"])
def test_what_is_no_moment_is_refused(company: Company, path: str, wrong: str) -> None:
    assert as_of(company, path, wrong).status_code == 400
