"""A policy that converts by itself does so in a name of its own, at most once with each lead, while it counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.background.reviewing import convert_ready_leads, go_on
from service.commands import automation
from tests.databases import Databases
from tests.service.http.ledger.conftest import OURS, Company, company
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import check_whole

__all__ = ["company"]
"""The fixture, which our own interface's room has."""

INTEREST = {"name": "Interest", "kind": "interest", "signals": ["email_answered"]}
EARLY_BIRD = {"name": "Early bird"}


def policy(**more: Any) -> dict[str, Any]:
    return {"default": {"combine": "any", "rules": [INTEREST]}, **more}


def adopt(company: Company, **more: Any) -> None:
    answer = company.client.put(f"{OURS}/policy", json={"policy": policy(**more)})
    assert answer.status_code == 200, answer.text
    ledger = ledger_of(company.client.application)
    while go_on(ledger):
        pass


def ready_lead(company: Company, title: str = "Boiler") -> str:
    lead_id = company.lead(title)
    company.post(f"{OURS}/leads/{lead_id}/signals", kind="email_answered", interest=True)
    return lead_id


def convert(company: Company) -> int:
    return convert_ready_leads(ledger_of(company.client.application))


def form(company: Company, lead_id: str) -> str:
    form: str = company.get("/opportunities", lead_id=lead_id)["form"]
    return form


def test_no_policy_converts_by_itself_unless_it_is_told_to(company: Company) -> None:
    lead_id = ready_lead(company)
    assert convert(company) == 0
    assert form(company, lead_id) == "lead"


def test_a_ready_lead_becomes_a_deal_in_the_name_of_the_automation_and_its_timeline_says_so(company: Company) -> None:
    adopt(company, automation=EARLY_BIRD)
    lead_id = ready_lead(company)
    company.lead("Nobody has answered")
    assert convert(company) == 1
    told = next(
        item for item in company.get("/timeline", lead_id=lead_id)["items"] if item["event"] == "LeadConvertedToDeal"
    )
    assert told["who"]["name"] == "Early bird"
    assert told["sentence"].startswith("Early bird confirmed the lead")
    assert told["reason"] == "version 2 of the policy says that the lead is ready, and converts by itself"
    assert (told["data"]["verdict"], told["data"]["policy_version"]) == ("ready", 2)
    check_whole(company.client.application)


def test_all_that_the_automation_does_it_does_as_one_user_whom_no_token_lets_in(company: Company) -> None:
    adopt(company, automation=EARLY_BIRD)
    for _ in range(2):
        ready_lead(company)
        assert convert(company) == 1
    users = [user for user in company.client.get("/v1/users").json["data"] if user["name"] == "Early bird"]
    assert len(users) == 1


def test_a_lead_that_was_taken_back_is_never_converted_by_itself_again(company: Company) -> None:
    adopt(company, automation=EARLY_BIRD)
    lead_id = ready_lead(company)
    assert convert(company) == 1
    deal_id = company.get("/opportunities", lead_id=lead_id)["deal_id"]
    company.post(f"{OURS}/deals/{deal_id}/revert", reason="too early")
    company.post(f"{OURS}/leads/{lead_id}/signals", kind="email_answered", interest=True)
    assert convert(company) == 0
    assert form(company, lead_id) == "lead"


def test_an_archived_lead_stays_where_somebody_put_it(company: Company) -> None:
    adopt(company, automation=EARLY_BIRD)
    lead_id = ready_lead(company)
    assert company.client.patch(f"/v1/leads/{lead_id}", json={"is_archived": True}).status_code == 200
    assert convert(company) == 0


def test_a_policy_that_converts_by_itself_no_longer_stops_at_once(company: Company) -> None:
    adopt(company, automation=EARLY_BIRD)
    ready_lead(company)
    adopt(company)
    assert convert(company) == 0


def test_a_policy_under_another_name_acts_as_somebody_else(company: Company) -> None:
    names = []
    for name in ("Early bird", "Night owl"):
        adopt(company, automation={"name": name})
        lead_id = ready_lead(company)
        convert(company)
        names.append(company.get("/opportunities", lead_id=lead_id)["changes"][0]["who"]["name"])
    assert names == ["Early bird", "Night owl"]


def test_a_lead_that_cannot_be_converted_does_not_keep_the_others_waiting(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt(company, automation=EARLY_BIRD)
    ready_lead(company)
    other = ready_lead(company, "Tiles")
    monkeypatch.setattr(automation, "ready_leads", lambda _: ["3f0a2d2e-0000-4000-8000-000000000000", other])
    assert convert(company) == 1
    assert form(company, other) == "deal"


def test_a_dry_run_says_how_many_leads_a_policy_would_convert_by_itself(company: Company) -> None:
    ready_lead(company)
    company.lead("Nobody has answered")
    for more, count in (({}, 0), ({"automation": EARLY_BIRD}, 1)):
        tried = company.post(f"{OURS}/policy/dry-run", policy=policy(**more))
        assert tried["would_be_converted"] == count


@pytest.mark.parametrize("wrong", [None, True, {}, {"name": ""}, {"name": "x" * 101}, {"name": "a", "more": 1}])
def test_an_automation_without_a_proper_name_is_refused(company: Company, wrong: Any) -> None:
    answer = company.client.put(f"{OURS}/policy", json={"policy": policy(automation=wrong)})
    assert answer.status_code == 400
    assert company.get("/policy")["version"] == 1


def test_whoever_comes_first_converts_and_nobody_does_so_twice(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        company = Company()
        company.client = client_of(one)
        company.person("Kari")
        adopt(company, automation=EARLY_BIRD)
        leads = [ready_lead(company, f"Boiler {number}") for number in range(12)]

        def by_hand(lead_id: str) -> bool:
            answer = client_of(other).post(f"{OURS}/leads/{lead_id}/convert", json={})
            assert answer.status_code in (200, 201, 409), answer.text
            return answer.status_code != 409

        with ThreadPoolExecutor(8) as threads:
            automatic = [threads.submit(convert_ready_leads, ledger_of(app)) for app in (one, other, one, other)]
            by_people = [threads.submit(by_hand, lead_id) for lead_id in reversed(leads)]
        assert sum(done.result() for done in automatic) + sum(done.result() for done in by_people) == len(leads)
        assert [len(company.get("/opportunities", lead_id=lead_id)["changes"]) for lead_id in leads] == [1] * len(leads)
        check_whole(one)
