"""A timeline tells everything that happened to one thing, in order and in words."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import ledger_of
from tests.service.whole import ends_of_commands


def test_both_forms_of_an_opportunity_share_one_story(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.lead("Another")
    company.client.patch(f"/v1/leads/{lead_id}", json={"was_seen": True, "title": "Bath", "person_id": 2})
    company.post(f"{OURS}/leads/{lead_id}/convert", reason="They called")
    company.client.patch("/api/v2/deals/1", json={"stage_id": 4})
    company.client.patch("/api/v2/deals/1", json={"status": "lost", "lost_reason": "Too dear"})
    story = company.get("/timeline", lead_id=lead_id, order="oldest")
    assert [happening["sentence"] for happening in story["items"]] == [
        "Administrator added the lead “Bathroom”",
        "Administrator changed the lead’s title and person",
        "Administrator looked at the lead",
        "Administrator confirmed the lead: it became deal 1 at First email sent",
        "The deal “Bath” entered Sales at First email sent",
        "Administrator moved the deal to Offer made",
        "Administrator lost the deal: Too dear",
    ]
    newest = company.get("/timeline", deal_id=1)
    assert newest["items"] == story["items"][::-1]
    converted = story["items"][3]
    assert converted["event"] == "LeadConvertedToDeal"
    assert converted["who"] == {"id": 1, "name": "Administrator"}
    assert converted["when"] == "2100-01-04T08:00:00.000000Z"
    assert converted["reason"] == "They called"
    told = {"conversion_id", "deal_id", "pipeline_id", "stage_id", "verdict", "policy_version", "rules_met"}
    assert converted["data"].keys() == told


def test_what_happens_to_a_lead_touches_the_persons_and_organizations_it_is_about(company: Company) -> None:
    organization = company.post("/api/v2/organizations", name="Hansen og Berg AS")["data"]["id"]
    company.lead("Bathroom", person_id=2, organization_id=organization)
    company.lead("Kitchen")
    for query in ({"person_id": 2}, {"organization_id": organization}):
        events = [happening["event"] for happening in company.get("/timeline", **query)["items"]]
        assert events[0] == "LeadCreated"
        assert events[1] in ("PersonAdded", "OrganizationAdded")
        assert len(events) == 2


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_long_story_goes_on_page_by_page(company: Company, order: str) -> None:
    for number in range(4):
        company.lead(f"Lead {number}")
    whole = company.get("/timeline", person_id=1, order=order)["items"]
    page = company.get("/timeline", person_id=1, order=order, limit=2)
    told = page["items"]
    while page["next_cursor"]:
        page = company.get("/timeline", person_id=1, order=order, limit=2, cursor=page["next_cursor"])
        told += page["items"]
    assert told == whole
    assert len(told) == 5
    for number, happening in enumerate(whole):
        behind = company.get("/timeline", person_id=1, order=order, after=happening["position"])["items"]
        assert behind == whole[number + 1 :]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"person_id": 1, "organization_id": 1}, 400),
        ({"person_id": 1, "order": "random"}, 400),
        ({"person_id": 1, "cursor": "garbage"}, 400),
        ({"person_id": 1, "after": "yesterday"}, 400),
        ({"lead_id": "7"}, 400),
        ({"person_id": 99}, 404),
        ({"organization_id": 2**53 - 1}, 404),
        ({"lead_id": str(uuid4())}, 404),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_refused(company: Company, query: dict[str, Any], status: int) -> None:
    assert company.client.get(f"{OURS}/timeline", query_string=query).status_code == status


def test_a_cursor_leads_on_in_its_own_timeline_only(company: Company) -> None:
    company.lead("Bathroom")
    company.lead("Kitchen", person_id=2)
    cursor = company.get("/timeline", person_id=1, limit=1)["next_cursor"]
    for query in ({"person_id": 2}, {"person_id": 1, "order": "oldest"}):
        answer = company.client.get(f"{OURS}/timeline", query_string={**query, "cursor": cursor})
        assert answer.status_code == 400


def test_a_timeline_as_of_a_moment_is_what_it_was_then(company: Company) -> None:
    lead_id = company.lead("Boiler")
    company.wait(hours=1)
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert")["deal_id"]
    company.wait(hours=1)
    then = company.get("/timeline", deal_id=deal_id)["items"]
    at = company.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    company.wait(hours=1)
    company.post(f"{OURS}/deals/{deal_id}/revert")
    now = company.get("/timeline", lead_id=lead_id)["items"]
    assert len(now) > len(then)
    assert company.get("/timeline", lead_id=lead_id, as_of=at)["items"] == then
    began = now[-1]["position"]
    not_yet = company.client.get(f"{OURS}/timeline", query_string={"lead_id": lead_id, "as_of": began - 1})
    assert not_yet.status_code == 404
    for position, end in ends_of_commands(ledger_of(company.client.application)).items():
        if position < began:
            continue
        expected = [item for item in now if item["position"] <= end]
        assert company.get("/timeline", lead_id=lead_id, as_of=position)["items"] == expected
        backwards = company.get("/timeline", lead_id=lead_id, as_of=position, order="oldest")["items"]
        assert backwards == expected[::-1]
