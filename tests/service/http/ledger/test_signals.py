"""What is learned of leads and deals is recorded once, with its evidence, and stays with the opportunity."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.service.http.ledger.conftest import OURS, Company


def signal(company: Company, lead_id: str, kind: str = "email_sent", **facts: Any) -> Any:
    return company.post(f"{OURS}/leads/{lead_id}/signals", kind=kind, **facts)


def kinds(company: Company, path: str) -> list[str]:
    return [item["kind"] for item in company.get(f"{path}/signals")["items"]]


def test_a_signal_is_kept_with_its_evidence_and_who_recorded_it(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.lead("Another")
    evidence = {"subject": "Rør?", "opens": [1, 2], "share": 0.25, "_type_": "mail"}
    recorded = signal(
        company, lead_id, "email_answered", interest=True, evidence=evidence, occurred_at="2100-01-03T10:00:00+01:00"
    )
    company.wait(hours=1)
    plain = signal(company, lead_id, "x_visited_fair")
    assert recorded == {
        "id": recorded["id"],
        "opportunity_id": lead_id,
        "kind": "email_answered",
        "interest": True,
        "evidence": {**evidence, "share": "0.25"},
        "occurred_at": "2100-01-03T09:00:00.000000Z",
        "external_id": None,
        "recorded_at": "2100-01-04T08:00:00.000000Z",
        "who": {"id": 1, "name": "Administrator"},
    }
    assert (plain["interest"], plain["evidence"], plain["occurred_at"]) == (None, {}, "2100-01-04T09:00:00.000000Z")
    assert company.get(f"/leads/{lead_id}/signals") == {"items": [plain, recorded], "next_cursor": None}


def test_the_same_signal_reported_again_is_one_signal_with_the_same_answer(company: Company) -> None:
    lead_id, other = company.lead("Bathroom"), company.lead("Another")
    first = signal(company, lead_id, external_id="mail-1", evidence={"to": "kari@example.org"})
    company.wait(hours=1)
    assert signal(company, lead_id, external_id="mail-1", evidence={"to": "kari@example.org"}) == first
    assert signal(company, other, external_id="mail-1")["id"] != first["id"]
    same = {"kind": "email_sent", "external_id": "mail-1", "evidence": {"to": "kari@example.org"}}
    others: list[dict[str, Any]] = [{"kind": "email_opened"}, {"evidence": {}}, {"interest": False}]
    for another in [*others, {"occurred_at": "2099-01-01T00:00:00Z"}]:
        answer = company.client.post(f"{OURS}/leads/{lead_id}/signals", json=same | another)
        assert answer.status_code == 409, answer.text
    assert kinds(company, f"/leads/{lead_id}") == ["email_sent"]


def test_signals_stay_with_the_opportunity_through_its_forms(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    signal(company, lead_id)
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert")["deal_id"]
    company.post(f"{OURS}/deals/{deal_id}/signals", kind="meeting_held")
    signal(company, lead_id, "call_held")
    company.post(f"{OURS}/deals/{deal_id}/revert")
    expected = ["call_held", "meeting_held", "email_sent"]
    assert kinds(company, f"/leads/{lead_id}") == kinds(company, f"/deals/{deal_id}") == expected
    begun_as_deal = company.deal("Kitchen", person_id=2)
    company.post(f"{OURS}/deals/{begun_as_deal}/signals", kind="budget_named")
    back = company.post(f"{OURS}/deals/{begun_as_deal}/revert")["lead_id"]
    assert kinds(company, f"/leads/{back}") == ["budget_named"]


def test_timelines_tell_of_signals(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.lead("Kitchen", person_id=2)
    signal(company, lead_id, "email_opened", interest=True)
    signal(company, lead_id, "x_visited_fair")
    for query in ({"lead_id": lead_id}, {"person_id": 1}):
        newest = company.get("/timeline", **query)["items"][:2]
        assert [happening["sentence"] for happening in newest] == [
            "Administrator noted a signal: visited fair",
            "Administrator noted a signal: email opened, with interest",
        ]


def test_many_signals_go_on_page_by_page(company: Company) -> None:
    lead_id, other = company.lead("Bathroom"), company.lead("Kitchen")
    for number in range(5):
        signal(company, lead_id, f"x_{'abcde'[number]}")
    found: list[str] = []
    cursor = None
    while cursor or not found:
        page = company.get(f"/leads/{lead_id}/signals", limit=2, **({"cursor": cursor} if cursor else {}))
        found += [item["kind"] for item in page["items"]]
        cursor, last = page["next_cursor"], cursor or page["next_cursor"]
    assert found == ["x_e", "x_d", "x_c", "x_b", "x_a"]
    answer = company.client.get(f"{OURS}/leads/{other}/signals", query_string={"cursor": last})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"kind": "fax_sent"}, 400),
        ({"kind": "email_sent", "evidence": {"text": "x" * 10_001}}, 400),
        ({"kind": "email_sent", "evidence": []}, 400),
        ({"kind": "email_sent", "interest": "yes"}, 400),
        ({"kind": "email_sent", "occurred_at": "yesterday"}, 400),
        ({"kind": "email_sent", "occurred_at": "2101-01-01T00:00:00Z"}, 409),
        ({"kind": "email_sent", "weight": 3}, 400),
    ],
)
def test_what_cannot_be_is_refused_and_stores_nothing(company: Company, body: dict[str, Any], status: int) -> None:
    lead_id = company.lead("Bathroom")
    answer = company.client.post(f"{OURS}/leads/{lead_id}/signals", json=body)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert kinds(company, f"/leads/{lead_id}") == []


def test_what_is_gone_has_no_signals(company: Company) -> None:
    deleted, sold = company.lead("Gone"), company.lead("Sold")
    company.client.delete(f"/v1/leads/{deleted}")
    deal_id = company.post(f"{OURS}/leads/{sold}/convert")["deal_id"]
    company.client.delete(f"/api/v2/deals/{deal_id}")
    for path in (f"/leads/{deleted}", f"/leads/{sold}", f"/leads/{uuid4()}", f"/deals/{deal_id}", "/deals/99"):
        assert company.client.get(f"{OURS}{path}/signals").status_code == 404
        assert company.client.post(f"{OURS}{path}/signals", json={"kind": "call_held"}).status_code == 404


def test_no_more_kinds_are_taken_than_one_can_judge_by(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    for number in range(60):
        signal(company, lead_id, f"x_kind{number}")
    answer = company.client.post(f"{OURS}/leads/{lead_id}/signals", json={"kind": "x_more"})
    assert answer.status_code == 409
    signal(company, lead_id, "x_kind7")


def test_a_call_meeting_or_email_that_is_done_is_a_signal_and_only_once(company: Company) -> None:
    lead_id, other = company.lead("Bathroom"), company.lead("Kitchen")
    call = company.post("/api/v2/activities", subject="Ring Kari", type="call", lead_id=lead_id)["data"]["id"]
    company.post("/api/v2/activities", subject="Tidy up", type="task", lead_id=lead_id, done=True)
    company.post("/api/v2/activities", subject="Offer", type="email", lead_id=other, done=True)
    assert kinds(company, f"/leads/{lead_id}") == []
    for done in (True, False, True):
        company.client.patch(f"/api/v2/activities/{call}", json={"done": done})
    [signal] = company.get(f"/leads/{lead_id}/signals")["items"]
    assert (signal["kind"], signal["evidence"]) == ("call_held", {"activity_id": call, "subject": "Ring Kari"})
    assert company.get(f"/leads/{other}/readiness")["verdict"] == "ready"


def test_an_activity_of_a_deal_tells_of_its_opportunity(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert")["deal_id"]
    company.post("/api/v2/activities", subject="Visit", type="meeting", deal_id=deal_id, done=True)
    company.post(f"{OURS}/deals/{deal_id}/revert")
    assert kinds(company, f"/leads/{lead_id}") == ["meeting_held"]
    assert company.get(f"/leads/{lead_id}/readiness")["verdict"] == "not_yet"


@pytest.mark.parametrize("kinds", [("email_answered", "email_answered"), ("email_answered", "x_reply")])
@pytest.mark.parametrize("interests", [(True, False), (False, True), (True, False, True), (False, True, False)])
def test_of_signals_at_the_same_time_the_one_recorded_last_counts(
    company: Company, kinds: tuple[str, str], interests: tuple[bool, ...]
) -> None:
    lead_id, deal_id = company.lead("Bathroom"), company.deal("Kitchen")
    at = company.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    company.wait(hours=1)
    for number, interest in enumerate(interests):
        told = {"interest": interest, "occurred_at": at, "kind": kinds[number % 2]}
        company.post(f"{OURS}/deals/{deal_id}/signals", **told)
        company.post(f"{OURS}/leads/{lead_id}/signals", **{**told, "kind": "email_answered"})
    earlier = {"kind": kinds[0], "interest": interests[0], "occurred_at": "2100-01-01T00:00:00Z"}
    company.post(f"{OURS}/deals/{deal_id}/signals", **earlier)
    rules = {rule["rule"]: rule["met"] for rule in company.get(f"/leads/{lead_id}/readiness")["rules"]}
    assert rules["Interest"] == interests[-1]
    doubted = [item["id"] for item in company.get("/deals/suggested-reversals")["items"]]
    assert (deal_id in doubted) != interests[-1]
