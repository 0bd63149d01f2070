"""When should a lead become a deal? The article's four examples, told to the service over HTTP."""

from __future__ import annotations

from typing import Any

from aggregates.lead_source import CHATBOT, LIVE_CHAT, PROSPECTOR, WEB_FORMS
from tests.service.http.ledger.conftest import OURS, Company, company

__all__ = ["company"]
"""The fixture, which our own interface's room has."""

FIRST_STAGE = {"pipeline_id": 1, "stage_id": 1}


def arrival(company: Company, source: str, **facts: Any) -> str:
    """A lead that comes in by one of the article's doors."""
    lead_id: str = company.post(f"{OURS}/leads", title="Hei", source=source, **facts)["lead_id"]
    return lead_id


def readiness(company: Company, lead_id: str) -> Any:
    return company.get(f"/leads/{lead_id}/readiness")


def rule(judged: Any, name: str) -> Any:
    [found] = [each for each in judged["rules"] if each["rule"] == name]
    return found


def signal(company: Company, lead_id: str, kind: str, **facts: Any) -> Any:
    return company.post(f"{OURS}/leads/{lead_id}/signals", kind=kind, **facts)


def test_a_lead_from_the_company_pipes_and_more_fits_since_plumbing_is_what_one_sells(company: Company) -> None:
    names = ("Rør og mer", "Sykkel og mer")
    fitting, other = (arrival(company, WEB_FORMS, organization={"name": name}) for name in names)
    judged = readiness(company, fitting)
    assert (judged["verdict"], judged["suggestion"], judged["policy_version"]) == ("ready", FIRST_STAGE, 1)
    told = {"where": "organization_name", "text": "Rør og mer", "matched": "rør", "product_line": "Plumbing"}
    assert rule(judged, "Fit") == {"rule": "Fit", "met": True, "evidence": [told], "missing": None}
    unknown = readiness(company, other)
    assert (unknown["verdict"], unknown["suggestion"]) == ("unknown", None)
    assert rule(unknown, "Fit")["missing"] == (
        "nothing in the organization's name and domain, the title or the notes tells of Plumbing"
    )


def test_a_lead_that_answers_the_automated_email_and_wants_to_talk_business_is_ready(company: Company) -> None:
    lead_id, other = (arrival(company, CHATBOT, person={"id": number}) for number in (1, 2))
    signal(company, lead_id, "email_opened")
    signal(company, other, "email_answered", interest=False)
    waiting = readiness(company, lead_id)
    assert waiting["verdict"] == "not_yet"
    assert rule(waiting, "Interest")["missing"] == "a signal of interest is missing: email answered"
    answer = signal(
        company, lead_id, "email_answered", interest=True, evidence={"text": "Let us talk"}, external_id="mail-7"
    )
    judged = readiness(company, lead_id)
    assert (judged["verdict"], judged["suggestion"]) == ("ready", FIRST_STAGE)
    assert rule(judged, "Interest")["evidence"] == [answer]
    assert readiness(company, other)["verdict"] == "not_yet"


def test_a_lead_from_prospector_with_a_profile_that_somebody_likes_is_ready(company: Company) -> None:
    link = {"kind": "profile_linked", "evidence": {"url": "https://www.linkedin.com/in/ola-hansen"}}
    lead_id = arrival(company, PROSPECTOR, person={"name": "Ola Hansen"}, signals=[link])
    [link] = company.get(f"/leads/{lead_id}/signals")["items"]
    judged = readiness(company, lead_id)
    assert (judged["verdict"], rule(judged, "Qualification")["missing"]) == (
        "not_yet",
        "a signal is missing: profile liked",
    )
    liked = signal(company, lead_id, "profile_liked")
    judged = readiness(company, lead_id)
    assert judged["verdict"] == "ready"
    assert rule(judged, "Qualification")["evidence"] == [{"source": "Prospector"}, link, liked]
    company.post(f"{OURS}/leads/{lead_id}/convert", **judged["suggestion"])
    arrival(company, WEB_FORMS, person={"name": "Per"})
    rates = {each["group"]: each["conversion_rate"] for each in company.get("/insights", by="source")["items"]}
    assert rates == {"Prospector": 1, "Web forms": 0}


def test_a_lead_to_which_an_email_was_sent_may_enter_the_stage_first_email_sent(company: Company) -> None:
    lead_id, other = (arrival(company, LIVE_CHAT, person={"id": number}) for number in (1, 2))
    sent = signal(company, lead_id, "email_sent")
    judged = readiness(company, lead_id)
    assert (judged["verdict"], judged["suggestion"]) == ("ready", FIRST_STAGE)
    assert rule(judged, "First stage")["evidence"] == [sent]
    assert rule(readiness(company, other), "First stage")["missing"] == (
        "the entry criterion of the first stage is missing: email sent"
    )
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert", **judged["suggestion"])["deal_id"]
    stages = company.get("/pipelines/1/board")["stages"]
    assert (stages[0]["name"], [deal["id"] for deal in stages[0]["deals"]]) == ("First email sent", [deal_id])
