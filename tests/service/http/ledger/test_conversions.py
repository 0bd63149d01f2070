"""Leads become deals and come back with details and reasons, and the opportunity tells how."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.service.http.ledger.conftest import OURS, Company


def convert(company: Company, lead_id: str, **facts: Any) -> Any:
    return company.post(f"{OURS}/leads/{lead_id}/convert", **facts)


def test_a_lead_becomes_a_deal_with_what_one_fills_in(company: Company) -> None:
    company.lead("Another")
    lead_id = company.lead("Bathroom", value={"amount": 1, "currency": "NOK"})
    done = convert(
        company,
        lead_id,
        title="A whole bathroom",
        value={"amount": 250000.5, "currency": "EUR"},
        owner_id=1,
        pipeline_id=1,
        stage_id=3,
        expected_close_date="2100-06-30",
        label_ids=[7, 8, 7],
        reason="They called",
    )
    assert (done["lead_id"], done["form"]) == (lead_id, "deal")
    deal = company.client.get(f"/api/v2/deals/{done['deal_id']}").json
    assert deal is not None
    told = ("title", "value", "currency", "stage_id", "expected_close_date", "label_ids", "person_id")
    assert [deal["data"][name] for name in told] == ["A whole bathroom", 250000.5, "EUR", 3, "2100-06-30", [7, 8], 1]


def test_an_opportunity_tells_every_conversion_and_reversal_with_who_and_why(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.lead("Another")
    there = convert(company, lead_id, reason="They called")
    company.wait(days=1)
    back = company.post(f"{OURS}/deals/{there['deal_id']}/revert", reason="They think it over")
    again = convert(company, lead_id)
    assert [(done["lead_id"], done["deal_id"], done["form"]) for done in (there, back, again)] == [
        (lead_id, 1, "deal"),
        (lead_id, 1, "lead"),
        (lead_id, 1, "deal"),
    ]
    opportunity = company.get("/opportunities", deal_id=1)
    assert company.get("/opportunities", lead_id=lead_id) == opportunity
    assert (opportunity["lead_id"], opportunity["deal_id"], opportunity["form"]) == (lead_id, 1, "deal")
    changes = opportunity["changes"]
    assert [change["conversion_id"] for change in changes] == [done["conversion_id"] for done in (there, back, again)]
    assert [(change["form"], change["reason"], change["when"][:10]) for change in changes] == [
        ("deal", "They called", "2100-01-04"),
        ("lead", "They think it over", "2100-01-05"),
        ("deal", None, "2100-01-05"),
    ]
    assert all(change["who"] == {"id": 1, "name": "Administrator"} for change in changes)
    assert [change["position"] for change in changes] == sorted(change["position"] for change in changes)


def test_the_form_of_an_opportunity_is_what_it_is_now(company: Company) -> None:
    lead_id, deal_id = company.lead("Bathroom"), company.deal("Kitchen")
    assert company.get("/opportunities", lead_id=lead_id)["form"] == "lead"
    assert company.get("/opportunities", deal_id=deal_id)["form"] == "deal"
    company.client.delete(f"/v1/leads/{lead_id}")
    company.client.delete(f"/api/v2/deals/{deal_id}")
    gone = [company.get("/opportunities", lead_id=lead_id), company.get("/opportunities", deal_id=deal_id)]
    assert [(opportunity["form"], opportunity["changes"]) for opportunity in gone] == [("deleted", [])] * 2
    assert [(opportunity["lead_id"], opportunity["deal_id"]) for opportunity in gone] == [
        (lead_id, None),
        (None, deal_id),
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"stage_id": 99}, 400),
        ({"pipeline_id": 99}, 400),
        ({"owner_id": 99}, 400),
        ({"title": " "}, 400),
        ({"value": {"amount": 1, "currency": "XXQ"}}, 400),
        ({"value": {"amount": 0.001, "currency": "NOK"}}, 400),
        ({"value": {"amount": 1}}, 400),
        ({"value": None}, 400),
        ({"label_ids": ["a"]}, 400),
        ({"reason": "x" * 1001}, 400),
        ({"colour": "red"}, 400),
        ({"expected_close_date": "soon"}, 400),
    ],
)
def test_what_cannot_be_is_refused_and_stores_nothing(company: Company, body: dict[str, Any], status: int) -> None:
    lead_id = company.lead("Bathroom")
    answer = company.client.post(f"{OURS}/leads/{lead_id}/convert", json=body)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert [lead["id"] for lead in company.get("/inbox")["items"]] == [lead_id]
    assert len(company.get("/timeline", lead_id=lead_id)["items"]) == 1


def test_a_stage_of_another_pipeline_than_the_one_named_is_refused(company: Company) -> None:
    other = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    stage = company.post("/api/v2/stages", name="Visit", pipeline_id=other)["data"]["id"]
    lead_id = company.lead("Bathroom")
    answer = company.client.post(f"{OURS}/leads/{lead_id}/convert", json={"pipeline_id": 1, "stage_id": stage})
    assert answer.status_code == 409
    assert convert(company, lead_id, pipeline_id=other, stage_id=stage)["form"] == "deal"


def test_what_is_gone_cannot_change_its_form(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.client.delete(f"/v1/leads/{lead_id}")
    answer = company.client.post(f"{OURS}/leads/{lead_id}/convert")
    assert (answer.status_code, answer.json and answer.json["detail"]) == (404, "the lead was deleted")
    lead_id = company.lead("Kitchen")
    company.client.patch(f"/v1/leads/{lead_id}", json={"is_archived": True})
    assert company.client.post(f"{OURS}/leads/{lead_id}/convert").status_code == 409
    for unknown in (f"/leads/{uuid4()}/convert", "/leads/7/convert", "/deals/99/revert", f"/deals/{'9' * 30}/revert"):
        assert company.client.post(OURS + unknown).status_code == 404


def test_whoever_asks_for_the_other_form_is_told_which_it_is_now(company: Company) -> None:
    company.lead("Another")
    lead_id = company.lead("Bathroom")
    deal_id = convert(company, lead_id)["deal_id"]
    as_deal = {"form": "deal", "lead_id": lead_id, "deal_id": deal_id}
    converting, reading = f"{OURS}/leads/{lead_id}/convert", f"{OURS}/leads/{lead_id}/readiness"
    for answer, status in ((company.client.post(converting), 409), (company.client.get(reading), 404)):
        assert answer.status_code == status
        assert answer.json is not None
        assert answer.json["detail"] == f"the lead was converted: it is deal {deal_id} now"
        assert answer.json | as_deal == answer.json
    company.post(f"{OURS}/deals/{deal_id}/revert")
    answer = company.client.post(f"{OURS}/deals/{deal_id}/revert")
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["detail"] == f"the deal was taken back: it is lead {lead_id} now"
    assert answer.json | as_deal | {"form": "lead"} == answer.json


def test_the_wire_does_not_know_the_form_that_is_gone(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    deal_id = convert(company, lead_id)["deal_id"]
    assert company.client.post(f"/api/v2/leads/{lead_id}/convert/deal").status_code == 404
    assert company.client.patch(f"/v1/leads/{lead_id}", json={"title": "Kitchen"}).status_code == 404
    company.post(f"{OURS}/deals/{deal_id}/revert")
    assert company.client.post(f"/api/v2/deals/{deal_id}/convert/lead").status_code == 404
    assert company.client.patch(f"/api/v2/deals/{deal_id}", json={"title": "Kitchen"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"lead_id": str(uuid4()), "deal_id": 1}, 400),
        ({"lead_id": str(uuid4())}, 404),
        ({"deal_id": 99}, 404),
    ],
)
def test_an_opportunity_is_asked_for_by_just_one_identity(company: Company, query: dict[str, Any], status: int) -> None:
    assert company.client.get(f"{OURS}/opportunities", query_string=query).status_code == status
