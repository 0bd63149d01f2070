"""A lead that arrives: where it comes from, whom it is about, what it brings along, and that it counts once."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.lead_source import LEAD_SOURCES
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague
from tests.service.serving import ledger_of

PATH = f"{OURS}/leads"
KARI = {"name": "Kari Berg", "emails": [{"value": "kari@berg.no"}], "phones": [{"value": "+47 55 00 00 00"}]}


def end_of(company: Company) -> int:
    return ledger_of(company.client.application).event_log.max_notification_id() or 0


def arrived(company: Company, **facts: Any) -> Any:
    return company.post(PATH, **{"title": "Boiler", "source": "Web forms", **facts})


def refused(company: Company, status: int, **facts: Any) -> str:
    """What is said against a lead, of which nothing is left."""
    before = end_of(company)
    answer = company.client.post(PATH, json={"title": "Boiler", "source": "Web forms", **facts})
    assert answer.status_code == status, answer.text
    assert end_of(company) == before
    return str(answer.get_json()["detail"])


def lead_of(company: Company, lead_id: str) -> Any:
    return company.client.get(f"/v1/leads/{lead_id}").get_json()["data"]


def person_of(company: Company, person_id: int) -> Any:
    return company.client.get(f"/api/v2/persons/{person_id}").get_json()["data"]


def test_a_lead_arrives_with_a_person_an_organization_and_where_it_comes_from(company: Company) -> None:
    label = company.post("/v1/leadLabels", name="Hot", color="red")["data"]["id"]
    value = {"amount": 185000.5, "currency": "NOK"}
    told = arrived(
        company,
        value=value,
        person=KARI,
        organization={"name": "Rør AS"},
        channel=7,
        external_id="f-9",
        label_ids=[label],
    )
    assert told == {
        "lead_id": told["lead_id"],
        "person_id": 3,
        "organization_id": 1,
        "position": end_of(company),
        "duplicates": [],
    }
    lead = lead_of(company, told["lead_id"])
    assert {name: lead[name] for name in ("title", "owner_id", "person_id", "organization_id", "label_ids")} == {
        "title": "Boiler",
        "owner_id": 1,
        "person_id": 3,
        "organization_id": 1,
        "label_ids": [label],
    }
    assert (lead["source_name"], lead["channel"], lead["value"]) == ("Web forms", 7, value)
    person = person_of(company, 3)
    assert (person["name"], person["org_id"], person["emails"][0]["value"]) == ("Kari Berg", 1, "kari@berg.no")
    topics = [item["event"] for item in company.get("/events", after=told["position"] - 4)["items"]]
    assert topics == ["OrganizationAdded", "PersonAdded", "LeadCreated", "LeadBecameReady"]


def test_its_owner_is_the_caller_or_somebody_who_is_named_and_owns_whatever_it_brings_along(company: Company) -> None:
    user_id, hers = a_colleague(company.client.application)
    told = hers.post(PATH, json={"title": "Boiler", "source": "API", "person": {"name": "Per"}}).get_json()
    assert lead_of(company, told["lead_id"])["owner_id"] == person_of(company, told["person_id"])["owner_id"] == user_id
    told = arrived(company, person={"name": "Pål"}, owner_id=user_id)
    assert lead_of(company, told["lead_id"])["owner_id"] == person_of(company, told["person_id"])["owner_id"] == user_id


@pytest.mark.parametrize("word", ["Web forms", "web  FORMS", "Chatbot", "Manual", "Trade fair"])
def test_it_comes_from_any_source_of_the_register_in_the_registers_words(company: Company, word: str) -> None:
    company.post(f"{OURS}/lead-sources", name="Trade fair")
    name = {"web  FORMS": "Web forms", "Manual": "Manually created"}.get(word, word)
    told = arrived(company, source=word, person={"id": 1})
    assert lead_of(company, told["lead_id"])["source_name"] == name
    [group] = [each for each in company.get("/insights", by="source")["items"] if each["leads_in"]]
    assert (group["group"], group["leads_in"]) == (name, 1)


def test_a_source_that_is_not_in_the_register_is_refused_and_the_others_are_named(company: Company) -> None:
    assert refused(company, 400, source="Fax", person=KARI) == (
        f"leads do not come from 'Fax'; the register of sources has {', '.join(LEAD_SOURCES)}"
    )


# Whom it is about


@pytest.mark.parametrize("email", ["kari@berg.no", "KARI@Berg.no", "other@berg.no"])
def test_a_person_who_has_the_email_address_already_is_found_and_not_edited(company: Company, email: str) -> None:
    ways = [{"value": "kari@berg.no"}, {"value": "Other@berg.no"}]
    known = company.post("/api/v2/persons", name="Kari", emails=ways)["data"]
    told = arrived(company, person={"name": "K. Berg", "emails": [{"value": "new@berg.no"}, {"value": email}]})
    assert told["person_id"] == known["id"]
    assert person_of(company, known["id"]) == known


def test_of_several_persons_with_the_address_the_first_is_found_and_the_others_are_hinted_at(company: Company) -> None:
    emails = [{"value": "post@berg.no"}]
    first, second = (company.post("/api/v2/persons", name=name, emails=emails)["data"]["id"] for name in ("Ek", "Bø"))
    told = arrived(company, person={"name": "Bø", "emails": emails})
    assert told["person_id"] == first
    assert told["duplicates"] == [{"what": "person", "id": second, "why": "the same e-mail address"}]


def test_a_person_is_not_found_by_name_or_by_an_address_of_somebody_deleted_but_hinted_at(company: Company) -> None:
    gone = company.post("/api/v2/persons", **KARI)["data"]["id"]
    company.client.delete(f"/api/v2/persons/{gone}")
    told = arrived(company, person={"name": "kari  NORDMANN", "emails": KARI["emails"]})
    assert told["person_id"] == gone + 1
    assert told["duplicates"] == [{"what": "person", "id": 1, "why": "the same name"}]


@pytest.mark.parametrize(
    ("name", "is_same"),
    [("RØR  og mer", True), ("Rør og mer AS", False), ("Rør og mer A/S", False), ("Rør og annet", None)],
)
def test_an_organization_is_found_by_its_name_and_hinted_at_where_only_the_form_differs(
    company: Company, name: str, is_same: bool | None
) -> None:
    known = company.post("/api/v2/organizations", name="Rør og mer")["data"]["id"]
    told = arrived(company, organization={"name": name})
    assert (told["organization_id"] == known) == (is_same is True)
    hint = {"what": "organization", "id": known, "why": "the same name but for the legal form"}
    assert told["duplicates"] == ([hint] if is_same is False else [])


def test_a_lead_of_the_same_person_or_of_the_same_title_and_organization_is_hinted_at(company: Company) -> None:
    first = arrived(company, person={"id": 1})
    company.client.patch(f"/v1/leads/{arrived(company, person={'id': 1})['lead_id']}", json={"is_archived": True})
    again = arrived(company, title="Pump", person={"id": 1}, organization={"name": "Rør"})
    assert again["duplicates"] == [{"what": "lead", "id": first["lead_id"], "why": "the same person"}]
    third = arrived(company, title="PUMP", organization={"name": "Rør"})
    assert third["duplicates"] == [{"what": "lead", "id": again["lead_id"], "why": "the same organization and title"}]


@pytest.mark.parametrize("what", ["person", "organization"])
def test_an_id_that_is_not_there_is_not_there(company: Company, what: str) -> None:
    assert refused(company, 400, **{what: {"id": 99}}) == f"there is no {what} 99"
    company.post("/api/v2/organizations", name="Rør")
    company.client.delete(f"/api/v2/{what}s/1")
    assert refused(company, 400, **{what: {"id": 1}}) == f"there is no {what} 1"


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        (409, {}),
        (400, {"person": {}}),
        (400, {"person": {"id": 1, "name": "Kari"}}),
        (400, {"person": {"emails": [{"value": "kari@berg.no"}]}}),
        (400, {"person": KARI, "organization": {"id": 99}}),
        (400, {"person": KARI, "organization": {"name": "Rør"}, "owner_id": 99}),
        (400, {"person": KARI, "label_ids": ["3b1f7a90-4c56-4d9e-8f1a-2f6c0f5b7a33"]}),
        (400, {"person": KARI, "signals": [{"kind": "no such kind"}]}),
        (409, {"person": KARI, "signals": [{"kind": "call_held", "occurred_at": "2199-01-01T00:00:00Z"}]}),
        (400, {"person": KARI, "value": {"amount": 0.001, "currency": "NOK"}}),
    ],
)
def test_whatever_fails_leaves_nothing(company: Company, status: int, facts: dict[str, Any]) -> None:
    refused(company, status, **facts)
    assert arrived(company, person={"name": "Ny"})["person_id"] == 3


# What it brings along


def test_signals_are_recorded_and_the_lead_is_judged_in_the_same_transaction(company: Company) -> None:
    signals: list[dict[str, Any]] = [
        {"kind": "profile_linked", "evidence": {"url": "https://www.linkedin.com/in/ola"}, "external_id": "p-1"},
        {"kind": "profile_linked", "evidence": {"url": "https://www.linkedin.com/in/ola"}, "external_id": "p-1"},
        {"kind": "profile_liked"},
    ]
    told = arrived(company, source="Prospector", person={"id": 2}, signals=signals)
    judged = company.get(f"/leads/{told['lead_id']}/readiness")
    assert judged["verdict"] == "ready"
    [rule] = [each for each in judged["rules"] if each["met"]]
    assert (rule["rule"], rule["evidence"][0]) == ("Qualification", {"source": "Prospector"})
    events = company.get("/events", after=told["position"] - 4)["items"]
    topics = [event["event"] for event in events]
    assert topics == ["LeadCreated", "SignalRecorded", "SignalRecorded", "LeadBecameReady"]
    assert len({event["request_id"] for event in events}) == 1
    report = signals[0] | {"evidence": {"url": "elsewhere"}}
    assert "with another evidence" in refused(company, 409, person={"id": 1}, signals=[signals[0], report])
    assert company.post(f"{PATH}/{told['lead_id']}/signals", **signals[0])["external_id"] == "p-1"
    assert len(company.get(f"/leads/{told['lead_id']}/signals")["items"]) == 2


# That it counts once


def test_under_the_same_external_id_it_counts_once_and_has_the_first_answer(company: Company) -> None:
    facts = {"person": {"name": "Kari Nordmann"}, "organization": {"name": "Rør"}, "external_id": "form-7/42"}
    first = arrived(company, **facts, signals=[{"kind": "email_sent"}])
    assert first["duplicates"] == [{"what": "person", "id": 1, "why": "the same name"}]
    company.post("/api/v2/persons", name="Kari Nordmann")
    company.client.patch(f"/v1/leads/{first['lead_id']}", json={"person_id": 2, "title": "Pump"})
    company.post(f"{PATH}/{first['lead_id']}/convert", stage_id=1)
    end = end_of(company)
    assert arrived(company, **facts) == first
    assert arrived(company, title="Other", source="web forms", external_id="form-7/42", person={"id": 99}) == first
    assert end_of(company) == end


def test_an_external_id_counts_for_its_source_whatever_that_is_called_since(company: Company) -> None:
    company.post(f"{OURS}/lead-sources", name="Trade fair")
    one, other = (
        arrived(company, source=name, person={"id": 1}, external_id="7") for name in ("Chatbot", "Trade fair")
    )
    assert one["lead_id"] != other["lead_id"]
    company.client.patch(f"{OURS}/lead-sources/1", json={"name": "Fair"})
    assert arrived(company, source="Fair", person={"id": 2}, external_id="7") == other


def test_without_an_external_id_each_counts(company: Company) -> None:
    assert arrived(company, person={"id": 1})["lead_id"] != arrived(company, person={"id": 1})["lead_id"]


def test_nobody_can_tell_the_external_id_from_the_leads(company: Company) -> None:
    with_same = arrived(company, person={"id": 1}, external_id="7")["lead_id"]
    assert with_same[14] == "5"


def test_once_the_person_is_erased_it_still_counts_once_and_nothing_tells_of_it(company: Company) -> None:
    first = arrived(company, person=KARI, external_id="canary-4711")
    reason = {"reason": "Asked for it", "legal_basis": "GDPR 17"}
    company.post(f"{OURS}/persons/{first['person_id']}/erase", **reason)
    again = arrived(company, person=KARI, external_id="canary-4711")
    assert again == first
    told = company.client.get(f"{OURS}/events?limit=500").text
    assert "canary-4711" not in told
    assert "kari@berg.no" not in told
    assert arrived(company, person=KARI)["person_id"] != first["person_id"]
