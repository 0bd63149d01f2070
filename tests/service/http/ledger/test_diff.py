"""What is different between two moments is told thing by thing and field by field, with the event that made it so."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from service.http.ledger import diff
from tests.databases import SqliteDatabases
from tests.generated import Clock, fill
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.ledger.diffs import ask, end_of, items, pages
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.watched import watch


def told(company: Company, since: Any, **query: Any) -> list[tuple[Any, ...]]:
    """What is different, in short."""
    found = items(company.client, since, **query)
    return [(item["kind"], item["what"], item["title"], [field["field"] for field in item["fields"]]) for item in found]


def test_fields_are_told_with_what_made_them_so_by_whom_and_why(company: Company) -> None:
    lead_id = company.lead("Boiler", value={"amount": 12.5, "currency": "NOK"})
    since = end_of(company.client)
    company.client.patch(f"/v1/leads/{lead_id}", json={"title": "Two boilers"})
    company.client.patch(f"/v1/leads/{lead_id}", json={"value": {"amount": 25, "currency": "EUR"}})
    company.client.patch(f"/v1/leads/{lead_id}", json={"title": "Three boilers"})
    page = ask(company.client, since)
    assert (page["from"], page["to"], page["next_cursor"]) == (since, since + 3, None)
    (item,) = page["items"]
    assert (item["kind"], item["id"], item["title"]) == ("lead", lead_id, "Three boilers")
    assert (item["what"], item["gone_to"], item["cause"]) == ("changed", None, None)
    title, value = item["fields"]
    assert (title["field"], title["before"], title["after"]) == ("title", "Boiler", "Three boilers")
    assert title["cause"] == {
        "position": since + 3,
        "event": "LeadEdited",
        "when": "2100-01-04T08:00:00.000000Z",
        "who": {"id": 1, "name": "Administrator"},
        "reason": None,
    }
    assert value["before"] == {"amount": 12.5, "currency": "NOK"}
    assert value["after"] == {"amount": 25, "currency": "EUR"}
    assert value["cause"]["position"] == since + 2


def test_a_lead_that_becomes_a_deal_leaves_and_the_deal_appears(company: Company) -> None:
    lead_id = company.lead("Boiler")
    since = end_of(company.client)
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert", reason="They called")["deal_id"]
    lead, deal = items(company.client, since)
    assert (lead["what"], lead["gone_to"], lead["title"]) == ("left", "deal", "Boiler")
    assert (lead["cause"]["event"], lead["cause"]["reason"]) == ("LeadConvertedToDeal", "They called")
    assert {"before": "inbox", "after": None}.items() <= {field["field"]: field for field in lead["fields"]}[
        "place"
    ].items()
    assert (deal["what"], deal["id"], deal["gone_to"]) == ("appeared", deal_id, None)
    assert deal["cause"]["event"] == "DealCreated"
    assert {field["before"] for field in deal["fields"]} == {None}
    converted = end_of(company.client)
    company.post(f"{OURS}/deals/{deal_id}/revert")
    assert told(company, since) == [("lead", "changed", "Boiler", ["deal_id", "source_deal_id"])]
    (back,) = items(company.client, converted, lead_id=lead_id, limit=1)[1:]
    assert (back["kind"], back["what"], back["cause"]["event"]) == ("lead", "appeared", "LeadReturned")


def test_what_came_and_went_or_was_changed_back_meanwhile_is_not_different(company: Company) -> None:
    lead_id = company.lead("Boiler")
    since = end_of(company.client)
    company.client.delete(f"/v1/leads/{company.lead('Mistake')}")
    company.client.patch(f"/v1/leads/{lead_id}", json={"title": "Two boilers", "was_seen": True})
    company.client.patch(f"/v1/leads/{lead_id}", json={"title": "Boiler", "was_seen": False})
    company.client.patch("/api/v2/persons/1", json={"name": "Kari Berg"})
    company.client.patch("/api/v2/persons/1", json={"name": "Kari Nordmann"})
    assert end_of(company.client) > since + 6
    assert told(company, since) == []


def test_what_is_deleted_left_and_what_was_put_aside_changed(company: Company) -> None:
    kept, deleted, deal = company.lead("Kept"), company.lead("Deleted"), company.deal("Deal")
    organization = company.post("/api/v2/organizations", name="Rør AS")["data"]["id"]
    since = end_of(company.client)
    company.client.patch(f"/v1/leads/{kept}", json={"is_archived": True})
    for path in (f"/v1/leads/{deleted}", "/api/v2/persons/2", f"/api/v2/organizations/{organization}"):
        company.client.delete(path)
    company.client.delete(f"/api/v2/deals/{deal}")
    found = items(company.client, since)
    assert [(item["kind"], item["title"], item["what"], item["gone_to"]) for item in found] == [
        ("lead", "Kept", "changed", None),
        ("lead", "Deleted", "left", "deleted"),
        ("person", "Ola Hansen", "left", "deleted"),
        ("organization", "Rør AS", "left", "deleted"),
        ("deal", "Deal", "left", "deleted"),
    ]
    assert told(company, since)[0][-1] == ["place"]
    assert [item["cause"]["event"] for item in found[1:]] == [
        *("LeadDeleted", "PersonDeleted", "OrganizationDeleted", "DealDeleted")
    ]


def test_a_signal_changes_what_it_says_of_the_form_that_is_there(company: Company) -> None:
    lead_id, deal_id = company.lead("Hei"), company.deal("Deal")
    since = end_of(company.client)
    company.post(f"{OURS}/leads/{lead_id}/signals", kind="email_sent")
    company.post(f"{OURS}/deals/{deal_id}/signals", kind="email_answered", interest=False)
    found = items(company.client, since)
    assert told(company, since) == [
        ("lead", "changed", "Hei", ["readiness"]),
        ("deal", "changed", "Deal", ["is_interest_denied"]),
    ]
    assert found[1]["fields"][0]["cause"]["event"] == "SignalRecorded"
    assert (found[1]["fields"][0]["before"], found[1]["fields"][0]["after"]) == (False, True)


def test_lists_and_addresses_are_told_as_such(company: Company) -> None:
    since = end_of(company.client)
    company.client.patch("/api/v2/persons/1", json={"emails": [{"value": "kari@example.no"}]})
    company.post("/api/v2/organizations", name="Rør AS", address={"value": "Bryggen 1"})
    person, organization = items(company.client, since)
    assert person["fields"][0]["after"] == [{"value": "kari@example.no", "primary": True, "label": "work"}]
    address = next(field for field in organization["fields"] if field["field"] == "address")
    assert address["after"]["value"] == "Bryggen 1"


def test_times_mean_the_same_as_the_positions_that_were_reached_then(company: Company) -> None:
    company.wait(hours=1)
    company.lead("First")
    begun, at = end_of(company.client), company.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    company.wait(hours=1)
    company.lead("Second")
    ended, until = end_of(company.client), company.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    company.wait(hours=1)
    company.lead("Third")
    later = (company.now - timedelta(minutes=59)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ask(company.client, later, later) == {"from": ended, "to": ended, "items": [], "next_cursor": None}
    assert ask(company.client, at, until)["from"] < begun
    titles = [item["title"] for item in ask(company.client, at, until)["items"]]
    assert titles[-2:] == ["First", "Second"]
    assert [item["title"] for item in ask(company.client, until, until)["items"]] == ["Second"]
    assert [item["title"] for item in ask(company.client, until)["items"]] == ["Second", "Third"]


def test_nothing_is_different_within_a_moment(company: Company) -> None:
    company.lead("Boiler")
    end = end_of(company.client)
    nothing: dict[str, Any] = {"items": [], "next_cursor": None}
    assert ask(company.client, 0, 0) == {"from": 0, "to": 0, **nothing}
    assert ask(company.client, end) == {"from": end, "to": end, **nothing}
    assert ask(company.client, end, end) == {"from": end, "to": end, **nothing}


def test_both_ends_are_those_of_commands(company: Company) -> None:
    lead_id = company.lead("Boiler")
    before = end_of(company.client)
    company.post(f"{OURS}/leads/{lead_id}/convert")
    converted = end_of(company.client)
    assert converted > before + 1
    assert ask(company.client, before + 1)["items"] == []
    assert ask(company.client, before, before + 1) == ask(company.client, before, converted)


def test_an_opportunity_that_was_not_there_yet_is_not_different(company: Company) -> None:
    end = end_of(company.client)
    lead_id = company.lead("Boiler")
    assert items(company.client, 0, end, lead_id=lead_id) == []
    assert [item["what"] for item in items(company.client, end, lead_id=lead_id)] == ["appeared"]


def test_pages_tell_of_the_moment_that_was_now_when_the_first_was_asked_for(company: Company) -> None:
    since = end_of(company.client)
    leads = [company.lead(f"Lead {number}") for number in range(5)]
    first = ask(company.client, since, limit=2)
    company.client.delete(f"/v1/leads/{leads[4]}")
    company.lead("Later")
    found, page = first["items"], first
    while page["next_cursor"]:
        page = ask(company.client, since, limit=2, cursor=page["next_cursor"])
        assert (page["from"], page["to"]) == (first["from"], first["to"])
        found += page["items"]
    assert [(item["title"], item["what"]) for item in found] == [(f"Lead {n}", "appeared") for n in range(5)]


def test_a_page_ends_where_much_was_read_though_it_tells_little(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_id = company.lead("Boiler")
    since = end_of(company.client)
    for number in range(20):
        company.client.patch(f"/v1/leads/{lead_id}", json={"was_seen": number % 2 == 0})
    company.lead("Kitchen")
    monkeypatch.setattr(diff, "MOST_READ", 5)
    monkeypatch.setattr(diff, "_EVENTS_AT_ONCE", 5)
    told_by_page = [[item["title"] for item in page["items"]] for page in pages(company.client, since)]
    assert told_by_page[0] == []
    assert told_by_page[-1] == ["Kitchen"]


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ({}, 400, "from"),
        ({"from": "yesterday"}, 400, "from"),
        ({"from": "-1"}, 400, "from"),
        ({"from": ""}, 400, "from"),
        ({"from": "1", "to": "9" * 30}, 400, "to"),
        ({"from": "1", "to": "2100-13-01T00:00:00Z"}, 400, "to"),
        ({"from": "3", "to": "2"}, 400, "to: it must not be before from"),
        ({"from": "3", "to": "2000-01-01T00:00:00Z"}, 400, "to: it must not be before from"),
        ({"from": "2150-01-01T00:00:00Z", "to": "2140-01-01T00:00:00Z"}, 400, "to: it must not be before from"),
        ({"from": str(10**9), "to": str(10**8)}, 400, "to: it must not be before from"),
        ({"from": "0", "limit": "0"}, 400, "limit"),
        ({"from": "0", "limit": "501"}, 400, "limit"),
        ({"from": "0", "cursor": "garbage"}, 400, "cursor"),
        ({"from": "0", "as_of": "3"}, 400, "as_of"),
        ({"from": "0", "lead_id": "7"}, 400, "lead_id"),
        ({"from": "0", "deal_id": "none"}, 400, "deal_id"),
        ({"from": "0", "person_id": "1"}, 400, "person_id"),
        ({"from": "0", "lead_id": str(uuid4()), "deal_id": "1"}, 400, "at most one of lead_id, deal_id"),
        ({"from": "0", "lead_ids": f"{uuid4()},7"}, 400, "lead_ids"),
        ({"from": "0", "deal_ids": ",".join(["1"] * 501)}, 400, "at most 500 values"),
        ({"from": "0", "deal_ids": "1", "person_ids": "1"}, 400, "at most one of"),
        ({"from": "0", "lead_id": str(uuid4())}, 404, "there is no such lead"),
        ({"from": "0", "deal_id": "99"}, 404, "there is no such deal"),
    ],
)
def test_what_makes_no_sense_or_is_not_there_is_refused(
    company: Company, query: dict[str, str], status: int, reason: str
) -> None:
    answer = company.client.get(f"{OURS}/diff", query_string=query)
    assert answer.status_code == status, answer.text
    assert reason in answer.json["detail"]


def test_a_cursor_leads_on_in_its_own_question_only(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.lead("Kitchen")
    end = end_of(company.client)
    cursor = ask(company.client, 0, end, limit=1)["next_cursor"]
    assert ask(company.client, 0, end, limit=1, cursor=cursor)["items"]
    for other in (
        {"from": 1, "to": end},
        {"from": 0, "to": end - 1},
        {"from": 0},
        {"from": 0, "to": end, "lead_id": lead_id},
        {"from": 0, "to": end, "lead_ids": lead_id},
    ):
        answer = company.client.get(f"{OURS}/diff", query_string={**other, "cursor": cursor})
        assert answer.status_code == 400, other


@pytest.mark.slow
def test_a_difference_costs_the_same_however_much_there_was_before(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url, Clock()) as app:
        client, ledger, steps = client_of(app), ledger_of(app), list[None]()
        post = partial(client.open, method="POST")

        watch(ledger.database, lambda driver: driver.set_progress_handler(lambda: steps.append(None), 1))

        def work() -> int:
            """Some things happen; answers how many steps SQLite takes to tell what is different."""
            since = end_of(client)
            client.patch(f"/v1/leads/{lead}", json={"title": f"Behind {since}"})
            other = post("/v1/leads", json={"title": "Boiler", "person_id": 1}).json["data"]["id"]
            client.delete(f"/v1/leads/{other}")
            steps.clear()
            assert len(ask(client, since)["items"]) == 1
            return len(steps)

        fill(ledger, 200)
        lead = post("/v1/leads", json={"title": "Kitchen", "person_id": 1}).json["data"]["id"]
        work()
        few = work()
        assert few > 0
        fill(ledger, 3000, seed=8)
        for number in range(200):
            client.patch(f"/v1/leads/{lead}", json={"was_seen": number % 2 == 0})
        assert work() <= 1.1 * few
