"""Readiness is told by the policy that counts, and a policy can be tried before it does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from service.commands import users
from service.http.ledger import dry_run
from service.ledger.ledger import Origin
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, issued, ledger_of

TILES = {"name": "Fit", "kind": "fit", "product_lines": [{"name": "Tiles", "words": ["flis"]}]}
MEETING = {"name": "Enter", "kind": "first_stage", "signals": ["meeting_held"], "stage_id": 3}


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"default": {"combine": "any", "rules": list(rules)}, **more}


def adopt(company: Company, adopted: dict[str, Any]) -> None:
    answer = company.client.put(f"{OURS}/policy", json={"policy": adopted})
    assert answer.status_code == 200, answer.text


def verdict(company: Company, lead_id: str) -> str:
    said: str = company.get(f"/leads/{lead_id}/readiness")["verdict"]
    return said


def test_the_domain_of_the_organization_and_the_title_tell_of_what_is_sold(company: Company) -> None:
    sites = ("https://www.rorogmer.no/om-oss?x=1", "rør.no", "blomster.no", "http://user@vvs.example.org:8080")
    numbers = [
        company.post("/api/v2/organizations", name=f"Firma {place}", website=site)["data"]["id"]
        for place, site in enumerate(sites)
    ]
    said = [verdict(company, company.lead("Hei", organization_id=number)) for number in numbers]
    assert said == ["ready", "ready", "unknown", "ready"]
    assert verdict(company, company.lead("Ny rørlegger søkes")) == "ready"


def test_the_stage_that_a_rule_names_is_suggested(company: Company) -> None:
    adopt(company, policy(MEETING))
    lead_id = company.lead("Hei")
    company.post(f"{OURS}/leads/{lead_id}/signals", kind="meeting_held")
    assert company.get(f"/leads/{lead_id}/readiness")["suggestion"] == {"pipeline_id": 1, "stage_id": 3}


def test_the_pipeline_that_a_lead_is_ready_for_is_suggested(company: Company) -> None:
    other = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    lead_id = company.lead("Flislegging")
    own = {"pipeline_id": other, "combine": "any", "rules": [TILES]}
    adopt(company, policy(MEETING, pipelines=[own]))
    judged = company.get(f"/leads/{lead_id}/readiness")
    assert (judged["verdict"], judged["suggestion"], judged["policy_version"]) == ("ready", None, 2)
    stage = company.post("/api/v2/stages", name="Visit", pipeline_id=other)["data"]["id"]
    judged = company.get(f"/leads/{lead_id}/readiness")
    assert judged["suggestion"] == {"pipeline_id": other, "stage_id": stage}


def test_only_leads_have_a_readiness(company: Company) -> None:
    sold, deleted, archived = company.lead("Sold"), company.lead("Gone"), company.lead("Rør")
    company.post(f"{OURS}/leads/{sold}/convert")
    company.client.delete(f"/v1/leads/{deleted}")
    company.client.patch(f"/v1/leads/{archived}", json={"is_archived": True})
    for lead_id in (sold, deleted, str(uuid4())):
        assert company.client.get(f"{OURS}/leads/{lead_id}/readiness").status_code == 404
    assert verdict(company, archived) == "ready"


def test_a_dry_run_says_what_would_change_and_saves_nothing(company: Company) -> None:
    pipes, tiles, both = company.lead("Rør"), company.lead("Fliser"), company.lead("Rør og flis")
    company.lead("Neither")
    tried = company.post(f"{OURS}/policy/dry-run", policy=policy(TILES))
    assert tried == {
        "judged": 4,
        "would_become_ready": 1,
        "would_be_ready_no_longer": 1,
        "would_be_converted": 0,
        "changes": [
            {"lead_id": pipes, "title": "Rør", "now": "ready", "then": "unknown"},
            {"lead_id": tiles, "title": "Fliser", "now": "unknown", "then": "ready"},
        ],
        "next_cursor": None,
    }
    assert company.get("/policy")["version"] == 1
    assert verdict(company, both) == verdict(company, pipes) == "ready"


def test_a_dry_run_is_for_administrators_and_auditors(company: Company) -> None:
    app = company.client.application
    origin, facts = (
        Origin(None, "request", "test"),
        {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "UTC"},
    )
    user = ledger_of(app).execute(
        origin, lambda tx: users.add(tx, {**facts, "name": "Ola", "email": "ola@firma.no", "is_admin": False})
    )
    seller = client_of(app, issued(ledger_of(app), user["user_id"]))
    answer = seller.post(f"{OURS}/policy/dry-run", json={"policy": policy(TILES)})
    assert (answer.status_code, answer.json["detail"]) == (403, "only an administrator may do this")


def test_a_dry_run_of_a_long_inbox_goes_on_part_by_part(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "TRIED_AT_ONCE", 2)
    leads = [company.lead("Fliser") for _ in range(5)]
    found: list[str] = []
    cursor = None
    for judged in (2, 2, 1):
        tried = company.post(f"{OURS}/policy/dry-run", policy=policy(TILES), cursor=cursor)
        assert tried["judged"] == judged
        found += [change["lead_id"] for change in tried["changes"]]
        cursor = tried["next_cursor"]
    assert (found, cursor) == (leads, None)


def test_a_dry_run_of_what_cannot_be_adopted_is_refused(company: Company) -> None:
    for body in ({}, {"policy": policy(MEETING | {"stage_id": 99})}, {"policy": policy(), "cursor": "garbage"}):
        assert company.client.post(f"{OURS}/policy/dry-run", json=body).status_code == 400


def converted(company: Company, lead_id: str) -> Any:
    story = company.get("/timeline", lead_id=lead_id)["items"]
    return next(happening for happening in story if happening["event"] == "LeadConvertedToDeal")


def test_a_conversion_tells_what_the_policy_said_by_then_and_a_later_policy_changes_nothing_of_it(
    company: Company,
) -> None:
    fitting, unknown = company.lead("Rør"), company.lead("Hei")
    for lead_id in (fitting, unknown):
        company.post(f"/api/v2/leads/{lead_id}/convert/deal")
    adopt(company, policy(TILES))
    told = [converted(company, lead_id)["data"] for lead_id in (fitting, unknown)]
    assert [(data["verdict"], data["policy_version"], data["rules_met"]) for data in told] == [
        ("ready", 1, ["Fit"]),
        ("unknown", 1, []),
    ]


def test_converting_against_advice_asks_for_a_reason(company: Company) -> None:
    lead_id, other = company.lead("Hei"), company.lead("Hallo")
    for each in (lead_id, other):
        company.post(f"{OURS}/leads/{each}/signals", kind="email_opened")
    refused = company.client.post(f"{OURS}/leads/{lead_id}/convert", json={"stage_id": 2})
    assert refused.status_code == 409
    assert "to convert it all the same, say why in reason" in refused.json["detail"]
    assert "a signal of interest is missing: email answered" in refused.json["detail"]
    assert company.get("/opportunities", lead_id=lead_id)["form"] == "lead"
    company.post(f"{OURS}/leads/{lead_id}/convert", reason="An old friend")
    told = converted(company, lead_id)
    assert (told["reason"], told["data"]["verdict"]) == ("An old friend", "not_yet")
    company.post(f"/api/v2/leads/{other}/convert/deal")
    assert converted(company, other)["data"]["verdict"] == "not_yet"


def test_the_rules_of_the_pipeline_that_the_deal_enters_are_asked(company: Company) -> None:
    other = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    company.post("/api/v2/stages", name="Visit", pipeline_id=other)
    adopt(company, policy(pipelines=[{"pipeline_id": other, "combine": "any", "rules": [TILES]}]))
    here, there = company.lead("Fliser"), company.lead("Fliser")
    company.post(f"{OURS}/leads/{here}/convert", pipeline_id=1)
    company.post(f"{OURS}/leads/{there}/convert", pipeline_id=other)
    assert [converted(company, lead_id)["data"]["verdict"] for lead_id in (here, there)] == ["unknown", "ready"]


def inbox(company: Company, **query: Any) -> dict[str, str]:
    """The readiness of each lead in the inbox by its title, in the order of the page."""
    return {lead["title"]: lead["readiness"] for lead in company.get("/inbox", **query)["items"]}


def told(company: Company, lead_id: str) -> list[str]:
    """What a lead said of its own readiness, in order."""
    story = company.get("/timeline", lead_id=lead_id, order="oldest")["items"]
    return [happening["sentence"] for happening in story if "Ready" in happening["event"]]


BECAME, STOPPED = "The lead became ready to be a deal: {}", "The lead is no longer ready to be a deal"


def test_the_inbox_shows_filters_and_sorts_by_readiness(company: Company) -> None:
    company.lead("Hei")
    company.lead("Rør")
    learned = company.lead("Hallo")
    company.lead("VVS")
    company.post(f"{OURS}/leads/{learned}/signals", kind="email_opened")
    assert inbox(company) == {"VVS": "ready", "Hallo": "not_yet", "Rør": "ready", "Hei": "unknown"}
    assert list(inbox(company, sort="-readiness")) == ["VVS", "Rør", "Hallo", "Hei"]
    assert list(inbox(company, sort="readiness")) == ["Hei", "Hallo", "Rør", "VVS"]
    for readiness, titles in (("ready", ["VVS", "Rør"]), ("not_yet", ["Hallo"]), ("unknown", ["Hei"])):
        assert list(inbox(company, readiness=readiness)) == titles
    first = company.get("/inbox", sort="-readiness", limit=3)
    rest = company.get("/inbox", sort="-readiness", limit=3, cursor=first["next_cursor"])
    assert [lead["title"] for lead in rest["items"]] == ["Hei"]
    assert company.client.get(f"{OURS}/inbox?readiness=perhaps").status_code == 400


def test_a_lead_says_that_it_became_ready_and_that_it_is_so_no_longer(company: Company) -> None:
    lead_id, other = company.lead("Hei"), company.lead("Rør")
    signals = f"{OURS}/leads/{lead_id}/signals"
    company.post(signals, kind="email_answered", interest=True, occurred_at="2100-01-01T00:00:00Z")
    company.post(signals, kind="email_answered", interest=True, occurred_at="2100-01-02T00:00:00Z")
    company.post(signals, kind="email_answered", interest=False, occurred_at="2100-01-03T00:00:00Z")
    assert told(company, lead_id) == [BECAME.format("Interest"), STOPPED]
    company.client.patch(f"/v1/leads/{other}", json={"title": "Hallo"})
    company.client.patch(f"/v1/leads/{other}", json={"title": "Hallo!", "was_seen": True})
    company.client.patch(f"/v1/leads/{other}", json={"title": "Rørdeler"})
    assert told(company, other) == [BECAME.format("Fit"), STOPPED, BECAME.format("Fit")]
    assert inbox(company) == {"Rørdeler": "ready", "Hei": "not_yet"}


def test_what_is_learned_of_an_organization_makes_its_leads_ready(company: Company) -> None:
    number = company.post("/api/v2/organizations", name="Hansen AS")["data"]["id"]
    other = company.post("/api/v2/organizations", name="Berg AS")["data"]["id"]
    ours = [company.lead(title, organization_id=number) for title in "AB"]
    company.lead("C", organization_id=other)
    company.client.patch(f"/api/v2/organizations/{number}", json={"name": "Hansen Rør AS"})
    assert inbox(company) == {"C": "unknown", "B": "ready", "A": "ready"}
    company.client.patch(f"/api/v2/organizations/{number}", json={"name": "Hansen AS"})
    assert [told(company, lead_id) for lead_id in ours] == [[BECAME.format("Fit"), STOPPED]] * 2
    assert inbox(company) == {"C": "unknown", "B": "unknown", "A": "unknown"}


def test_a_lead_that_was_away_is_judged_when_it_comes_back(company: Company) -> None:
    archived, sold = company.lead("Archived"), company.lead("Sold")
    company.client.patch(f"/v1/leads/{archived}", json={"is_archived": True})
    deal_id = company.post(f"{OURS}/leads/{sold}/convert")["deal_id"]
    for lead_id in (archived, sold):
        company.post(f"{OURS}/leads/{lead_id}/signals", kind="email_sent")
        assert told(company, lead_id) == []
    company.client.patch(f"/v1/leads/{archived}", json={"is_archived": False})
    company.post(f"{OURS}/deals/{deal_id}/revert")
    assert inbox(company) == {"Sold": "ready", "Archived": "ready"}
    begun_as_deal = company.deal("Begun")
    company.post(f"{OURS}/deals/{begun_as_deal}/signals", kind="email_opened")
    company.post(f"{OURS}/deals/{begun_as_deal}/revert")
    assert inbox(company)["Begun"] == "not_yet"


def test_notes_tell_of_what_is_sold_and_lose_their_word_when_they_are_gone(company: Company) -> None:
    lead_id, other = company.lead("Hei"), company.lead("Hallo")
    note = company.post("/v1/notes", content="<p>De trenger en <b>r&oslash;rlegger</b></p>", lead_id=lead_id)["data"][
        "id"
    ]
    company.post("/v1/notes", content="De trenger en snekker", lead_id=other)
    judged = company.get(f"/leads/{lead_id}/readiness")
    assert judged["rules"][0]["evidence"][0]["matched"] == "rørlegger"
    assert inbox(company) == {"Hallo": "unknown", "Hei": "ready"}
    company.client.put(f"/v1/notes/{note}", json={"content": "De trenger ingen"})
    assert inbox(company)["Hei"] == "unknown"
    company.client.put(f"/v1/notes/{note}", json={"content": "Nytt avløp"})
    company.client.delete(f"/v1/notes/{note}")
    assert told(company, lead_id) == [BECAME.format("Fit"), STOPPED] * 2
