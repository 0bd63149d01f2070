"""Events are told with what they changed, from what to what, and found by field, kind, client, token and verdict."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from projections.field_changes import fields_of
from projections.kinds import KINDS
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague
from tests.service.serving import client_of, issued, ledger_of


def found(company: Company, **query: Any) -> list[Any]:
    items: list[Any] = company.get("/events", limit=500, **query)["items"]
    return items


def changes(company: Company, **query: Any) -> list[Any]:
    """What was changed, in short."""
    return [
        (item["event"], change["field"], change["before"], change["after"])
        for item in found(company, **query)
        for change in item["changes"]
    ]


def patch(company: Company, path: str, **facts: Any) -> None:
    answer = company.client.patch(path, json=facts)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def raised(company: Company) -> int:
    """A deal that was raised twice, once after it was won, with a lead and others beside it."""
    lead_id = company.lead("Boiler", value={"amount": 5, "currency": "NOK"})
    deal_id = company.deal("Pumps", value=100, currency="NOK")
    company.deal("Tiles", value=7, currency="NOK")
    company.wait(days=40)
    patch(company, f"/v1/leads/{lead_id}", value={"amount": 6, "currency": "NOK"})
    patch(company, f"/api/v2/deals/{deal_id}", value=150.25, title="Two pumps")
    patch(company, f"/api/v2/deals/{deal_id}", status="won")
    patch(company, f"/api/v2/deals/{deal_id}", value=160)
    return deal_id


def nok(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "NOK"}


def test_every_value_that_was_changed_since_is_told_from_what_to_what_and_by_whom(
    company: Company, raised: int
) -> None:
    items = found(company, field="value", kind="deal", since="2100-01-31T23:00:00Z")
    assert [(item["data"]["deal_id"], item["who"]["name"], item["changes"]) for item in items] == [
        (raised, "Administrator", [{"field": "value", "before": nok(100), "after": nok(150.25)}]),
        (raised, "Administrator", [{"field": "value", "before": nok(150.25), "after": nok(160)}]),
    ]
    assert found(company, field="value", kind="deal", until="2100-01-31T23:00:00Z") == []


def test_a_field_is_found_in_all_kinds_that_have_it(company: Company, raised: int) -> None:
    assert [item["kind"] for item in found(company, field="value")] == ["lead", "deal", "deal"]
    assert changes(company, field="status,title") == [
        ("DealEdited", "title", "Pumps", "Two pumps"),
        ("DealWon", "status", "open", "won"),
    ]
    assert [item["event"] for item in found(company, field="value", deal_id=raised)] == ["DealEdited", "DealEdited"]


def test_all_that_an_event_changed_is_told_where_that_is_asked_and_only_there(company: Company, raised: int) -> None:
    created, edited, *_ = found(company, deal_id=raised, changes="true")
    assert created["changes"] == []
    assert [change["field"] for change in edited["changes"]] == ["title", "value"]
    assert all("changes" not in item for item in found(company))


def test_of_things_that_are_no_deals_too(company: Company) -> None:
    patch(company, "/api/v2/persons/1", name="Kari Hansen", emails=[{"value": "kari@example.no"}])
    note = company.post("/v1/notes", content="They called", person_id=1)["data"]["id"]
    assert company.client.put(f"/v1/notes/{note}", json={"content": "She called"}).status_code == 200
    patch(company, "/api/v2/stages/1", deal_probability=33)
    activity = company.post("/api/v2/activities", subject="Call")["data"]["id"]
    patch(company, f"/api/v2/activities/{activity}", done=True, location={"value": "Bergen"})
    assert company.client.delete("/api/v2/persons/2").status_code == 200
    told = changes(company, changes="true")
    assert ("PersonEdited", "name", "Kari Nordmann", "Kari Hansen") in told
    assert ("NoteEdited", "content", "They called", "She called") in told
    assert ("StageEdited", "deal_probability", 100, 33) in told
    assert ("ActivityDone", "is_done", False, True) in told
    assert ("PersonDeleted", "is_deleted", False, True) in told
    assert next(after for _, field, _, after in told if field == "location")["value"] == "Bergen"


def test_by_kind_client_and_token_and_all_of_them_at_once(company: Company) -> None:
    ledger = ledger_of(company.client.application)
    _, colleague = a_colleague(company.client.application)
    machine = client_of(company.client.application, issued(ledger, 1, name="machine"))
    token_id = found(company, types="TokenIssued")[-1]["data"]["token_id"]
    for client, agent in (
        (colleague, "prospector/2.1 (Linux)"),
        (machine, "prospector/2.2"),
        (machine, "prospector-x"),
    ):
        client.post("/api/v2/persons", json={"name": agent}, headers={"User-Agent": agent})
    company.person("By hand")

    def names(**query: Any) -> list[str]:
        return [item["data"]["name"] for item in found(company, kind="person", **query)][-4:]

    assert names() == ["prospector/2.1 (Linux)", "prospector/2.2", "prospector-x", "By hand"]
    assert names(client="prospector") == ["prospector/2.1 (Linux)", "prospector/2.2"]
    assert names(client="prospector/2.2") == ["prospector/2.2"]
    assert names(token_id=token_id) == ["prospector/2.2", "prospector-x"]
    assert names(token_id=token_id, client="prospector", user_id=1) == ["prospector/2.2"]
    assert names(token_id=token_id, user_id=2) == names(client="Prospector") == names(token_id='"å\\') == []
    assert [item["who"]["id"] for item in found(company, user_id=1)] == [
        item["who"]["id"] for item in found(company) if item["who"] == {"id": 1, "name": "Administrator"}
    ]


def test_conversions_against_advice_are_told_with_who_and_why(company: Company) -> None:
    rule = {"name": "Interest", "kind": "interest", "signals": ["email_answered"]}
    wanted = {"policy": {"default": {"combine": "any", "rules": [rule]}}}
    assert company.client.put(f"{OURS}/policy", json=wanted).status_code == 200
    ready, early = company.lead("Ready"), company.lead("Early")
    company.post(f"{OURS}/leads/{ready}/signals", kind="email_answered", interest=True)
    for lead_id, reason in ((ready, "They answered"), (early, "I know them")):
        company.post(f"{OURS}/leads/{lead_id}/convert", reason=reason)
    against = found(company, verdict="not_yet,unknown")
    assert [(item["reason"], item["who"]["id"], item["data"]["rules_met"]) for item in against] == [
        ("I know them", 1, [])
    ]
    assert [item["reason"] for item in found(company, verdict="ready")] == ["They answered"]


def test_what_the_caller_may_not_see_is_found_by_no_filter_and_tells_no_change(company: Company) -> None:
    _, colleague = a_colleague(company.client.application)
    deal_id = company.deal("Mine", value=1, currency="NOK", visible_to=1)
    patch(company, f"/api/v2/deals/{deal_id}", value=2)
    assert colleague.get(f"{OURS}/events?field=value").json["items"] == []
    hidden = [item for item in colleague.get(f"{OURS}/events?changes=true&limit=500").json["items"] if not item["when"]]
    assert [(item["event"], item["changes"], item["kind"]) for item in hidden] == [("Hidden", [], None)] * 2


def test_what_an_erased_person_was_called_is_told_by_no_change(company: Company) -> None:
    patch(company, "/api/v2/persons/1", name="Kari Hansen", emails=[{"value": "kari@example.no"}])
    patch(company, "/api/v2/persons/1", visible_to=1)
    assert len(changes(company, kind="person", field="name")) == 1
    company.post(f"{OURS}/persons/1/erase", reason="The person asked for it", legal_basis="GDPR Art. 17(1)(b)")
    assert changes(company, kind="person", field="visible_to") == [("PersonEdited", "visible_to", 3, 1)]
    told = company.client.get(f"{OURS}/events?changes=true&limit=500").text
    assert not [word for word in ("Nordmann", "Kari", "kari@example.no") if word in told]


def test_lines_and_tables_tell_changes_too(company: Company, raised: int) -> None:
    query = {"field": "value", "kind": "deal"}
    lines = company.client.get(f"{OURS}/events", query_string={**query, "format": "ndjson"}).text.splitlines()
    assert [json.loads(line)["changes"] for line in lines] == [item["changes"] for item in found(company, **query)]
    stream = company.client.get(f"{OURS}/events/stream", query_string=query).text.splitlines()
    assert [json.loads(line)["changes"] for line in stream if line] == [json.loads(line)["changes"] for line in lines]
    table = company.client.get(f"{OURS}/events", query_string={**query, "format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [
        (row["field"], json.loads(row["before"])["amount"], json.loads(row["after"])["amount"]) for row in rows
    ] == [
        ("value", 100, 150.25),
        ("value", 150.25, 160),
    ]
    everything = company.client.get(f"{OURS}/events", query_string={"deal_id": raised, "changes": "1", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(everything.text)))
    assert [(row["version"], row["field"]) for row in rows[:3]] == [("1", ""), ("2", "title"), ("2", "value")]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("kind=house", "kind: Must be one of: lead, deal, person"),
        ("field=price", "field: Must be one of: add_time, address, "),
        (
            "field=value&kind=stage,pipeline",
            "field: here it must be one of: add_time, days_to_rotten, deal_probability, is_deal_",
        ),
        ("kind=deal&types=LeadCreated", "types: here it must be one of: DealArchived, "),
        ("verdict=ready&types=DealWon", "types: here it must be one of: LeadConvertedToDeal"),
        ("verdict=ready&kind=deal", "types: here it must be one of: none"),
        ("verdict=maybe", "verdict: Must be one of: unknown, not_yet, ready"),
        ("changes=perhaps", "changes: it must be true or false"),
        ("client=%0A", "client: "),
        ("fields=value", "fields: Unknown field"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(company: Company, query: str, reason: str) -> None:
    answer = company.client.get(f"{OURS}/events?{query}")
    assert answer.status_code == 400
    assert reason in answer.json["detail"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_every_kind_has_fields_to_be_asked_for(kind: Any) -> None:
    assert {*fields_of(kind)}.isdisjoint({"valid_from", "valid_to", "bucket", "update_time", "edited_position"})
    assert len(fields_of(kind)) > 0
