"""What should have been done by a moment is told as it was advised then: by the policy and the clock of that time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.service.http.ledger.conftest import OURS, Company

TILES = {"name": "Fit", "kind": "fit", "product_lines": [{"name": "Tiles", "words": ["flis"]}]}
ANSWERED = {"name": "Interest", "kind": "interest", "signals": ["email_answered"]}


def adopt(company: Company, *rules: dict[str, Any]) -> int:
    body = {"policy": {"default": {"combine": "all", "rules": list(rules)}}}
    answer = company.client.put(f"{OURS}/policy", json=body)
    assert answer.status_code == 200, answer.text
    version: int = answer.json["version"]
    return version


def then(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_advice_of_a_day_is_given_by_the_policy_and_the_evidence_of_that_day(company: Company) -> None:
    first = adopt(company, TILES)
    lead = company.lead("Fliser til badet")
    ready, path = company.now, f"/leads/{lead}/readiness"
    company.wait(days=1)
    second = adopt(company, TILES, ANSWERED)
    company.wait(days=1)
    refused = company.now
    company.wait(days=1)
    company.post(f"{OURS}/leads/{lead}/signals", kind="email_answered", interest=True)
    said = [company.get(path, as_of=then(moment)) for moment in (ready, refused, company.now)]
    assert [each["policy_version"] for each in said] == [first, second, second]
    assert [each["verdict"] for each in said] == ["ready", "unknown", "ready"]
    assert [len(each["rules"]) for each in said] == [1, 2, 2]
    assert said[2] == company.get(path)
    counted = company.get("/policy", as_of=then(ready))
    assert (counted["version"], [rule["name"] for rule in counted["policy"]["default"]["rules"]]) == (first, ["Fit"])
    company.post(f"{OURS}/leads/{lead}/convert")
    assert company.client.get(f"{OURS}{path}").status_code == 404
    assert company.get(path, as_of=then(ready)) == said[0]


def test_the_deals_that_should_have_gone_back_on_a_day_are_told_with_the_days_of_then(company: Company) -> None:
    company.client.patch("/api/v2/stages/1", json={"is_deal_rot_enabled": True, "days_to_rotten": 7})
    deal = company.deal("Bathroom")
    denying = company.deal("Kitchen", stage_id=2)
    company.wait(days=7, hours=23)
    kept = company.now
    company.wait(hours=2)
    rotten = company.now
    company.wait(days=30)
    company.post(f"{OURS}/deals/{denying}/signals", kind="email_answered", interest=False)
    company.post(f"{OURS}/deals/{deal}/revert")
    company.client.patch("/api/v2/stages/1", json={"is_deal_rot_enabled": False})
    path = "/deals/suggested-reversals"
    assert [item["id"] for item in company.get(path)["items"]] == [denying]
    assert company.get(path, as_of=then(kept))["items"] == []
    (item,) = company.get(path, as_of=then(rotten))["items"]
    assert (item["id"], item["days_in_stage"], item["reasons"][0]["reason"]) == (deal, 8, "left_alone")


def test_a_conversion_is_completed_from_when_it_was(company: Company) -> None:
    lead = company.lead("Boiler")
    before = company.now
    company.wait(hours=1)
    told = company.post(f"/api/v2/leads/{lead}/convert/deal")["data"]["conversion_id"]
    path = f"/api/v2/leads/{lead}/convert/status/{told}"
    status = company.client.get(path)
    assert status.json["data"]["status"] == "completed"
    assert company.client.get(f"{path}?as_of={then(company.now)}").json == status.json
    assert company.client.get(f"{path}?as_of={then(before)}").status_code == 404
