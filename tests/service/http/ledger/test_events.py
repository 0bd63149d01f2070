"""The log is a feed: in order, without gaps, to be followed by as many as like, and never missing anything."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from projections import timeline
from service.commands import users
from service.http.ledger.event_formats import RecordedEvent, table
from service.ledger.ledger import Origin
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, issued, ledger_of
from tests.service.whole import length_of_log

NOBODYS = "00000000-0000-4000-8000-000000000000"
SECOND = timedelta(seconds=1)
BY_THING = ("lead_id", "deal_id", "person_id", "organization_id")


def positions(feed: Any) -> list[int]:
    return [item["position"] for item in feed["items"]]


def in_timeline(company: Company, **thing: Any) -> list[int]:
    return positions(company.get("/timeline", **thing, order="oldest", limit=500))


@pytest.fixture
def things(company: Company) -> dict[str, Any]:
    """The ids of a lead that became a deal and of whom it is about; others' events lie between theirs."""
    organization_id = company.post("/api/v2/organizations", name="Hansen og Berg AS")["data"]["id"]
    lead_id = company.lead("Boiler", person_id=2, organization_id=organization_id)
    company.lead("Tiles")
    company.wait(hours=1)
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert")["deal_id"]
    company.client.patch("/api/v2/persons/1", json={"name": "Kari Hansen"})
    company.wait(hours=1)
    company.post("/v1/notes", content="They called", deal_id=deal_id)
    colleague(company).patch(f"/api/v2/deals/{deal_id}", json={"title": "Two boilers"})
    return {"lead_id": lead_id, "deal_id": deal_id, "person_id": 2, "organization_id": organization_id}


def colleague(company: Company) -> Any:
    """The client of a second user."""
    facts = {"name": "Ola", "email": "ola@example.org", "is_admin": False, "is_auditor": False}
    place = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    ledger, here = ledger_of(company.client.application), Origin(None, "request", "test")
    user = ledger.execute(here, lambda tx: users.add(tx, {**facts, **place}))
    return client_of(company.client.application, issued(ledger, user["user_id"]))


def test_the_feed_tells_every_event_from_the_first_on(company: Company) -> None:
    company.lead("Boiler")
    feed = company.get("/events", limit=500)
    length = length_of_log(company.client.application)
    assert positions(feed) == list(range(1, length + 1))
    assert feed["next"] == length
    last = feed["items"][-1]
    assert (last["event"], last["who"]["id"], last["version"]) == ("LeadCreated", 1, 1)
    assert last["data"]["title"] == "Boiler"


def test_whoever_goes_on_from_next_sees_everything_once(company: Company) -> None:
    company.lead("Boiler")
    seen, after = list[int](), 0
    while (feed := company.get("/events", after=after, limit=7))["items"]:
        seen += positions(feed)
        after = feed["next"]
    assert seen == list(range(1, length_of_log(company.client.application) + 1))


def test_events_are_told_by_type_by_actor_and_by_period(company: Company) -> None:
    company.wait(hours=1)
    begins = company.now
    company.lead("Boiler")
    company.wait(hours=1)
    company.lead("Tiles")
    assert {item["event"] for item in company.get("/events", types="LeadCreated,StageAdded")["items"]} == {
        "LeadCreated",
        "StageAdded",
    }
    assert all(item["who"]["id"] == 1 for item in company.get("/events", user_id=1)["items"])
    assert company.get("/events", user_id=99)["items"] == []
    before, last = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (company.now - SECOND, company.now))
    since = begins.strftime("%Y-%m-%dT%H:%M:%SZ")
    titles = [item["data"]["title"] for item in company.get("/events", since=since, until=before)["items"]]
    assert titles == ["Boiler"]
    titles = [item["data"]["title"] for item in company.get("/events", since=since, until=last)["items"]]
    assert titles == ["Boiler", "Tiles"]


def test_a_filter_never_lets_a_follower_miss_what_comes_later(company: Company) -> None:
    after = company.get("/events", types="DealWon")["next"]
    assert after == length_of_log(company.client.application)
    deal_id = company.deal("Boiler")
    company.client.patch(f"/api/v2/deals/{deal_id}", json={"status": "won"})
    assert [item["event"] for item in company.get("/events", types="DealWon", after=after)["items"]] == ["DealWon"]


def test_a_period_begins_with_its_first_moment_and_ends_with_its_last(company: Company) -> None:
    first, now = company.get("/events", limit=500)["items"], company.now.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    company.wait(seconds=0.000001)
    company.lead("Boiler")
    (last,) = company.get("/events", after=first[-1]["position"])["items"]
    at_once = [item["position"] for item in first if item["when"] == now]
    assert len(at_once) > 1
    assert positions(company.get("/events", since=now, until=now)) == at_once
    assert positions(company.get("/events", since=now, until=last["when"])) == [*at_once, last["position"]]
    assert company.get("/events", until=now)["next"] == at_once[-1]
    assert positions(company.get("/events", since=last["when"])) == [last["position"]]


@pytest.mark.parametrize("name", BY_THING)
def test_the_events_of_one_thing_are_those_of_its_timeline(company: Company, things: dict[str, Any], name: str) -> None:
    thing = {name: things[name]}
    feed = company.get("/events", **thing)
    assert positions(feed) == in_timeline(company, **thing)
    assert len(feed["items"]) > 3
    assert feed["next"] == length_of_log(company.client.application)


@pytest.mark.parametrize("name", BY_THING)
def test_whoever_follows_one_thing_sees_its_events_once(company: Company, things: dict[str, Any], name: str) -> None:
    thing, seen, after = {name: things[name]}, list[int](), 0
    while (feed := company.get("/events", after=after, limit=1, **thing))["items"]:
        seen += positions(feed)
        after = feed["next"]
    assert seen == in_timeline(company, **thing)
    company.lead("Another")
    company.client.patch(f"/api/v2/deals/{things['deal_id']}", json={"status": "won"})
    company.client.patch(f"/api/v2/organizations/{things['organization_id']}", json={"name": "Berg AS"})
    seen += positions(company.get("/events", after=feed["next"], **thing))
    assert seen == in_timeline(company, **thing)


def test_filters_go_together(company: Company, things: dict[str, Any]) -> None:
    everything = company.get("/events", limit=500)["items"]
    middle = next(item["when"] for item in everything if item["event"] == "LeadConvertedToDeal")
    of_deal = in_timeline(company, deal_id=things["deal_id"])
    filters: dict[str, tuple[Any, Callable[[Any], bool]]] = {
        "deal_id": (things["deal_id"], lambda item: item["position"] in of_deal),
        "types": ("LeadCreated,NoteAdded,DealEdited", lambda item: item["event"] in "LeadCreated,NoteAdded,DealEdited"),
        "user_id": (1, lambda item: item["who"] and item["who"]["id"] == 1),
        "since": (middle, lambda item: item["when"] >= middle),
        "after": (20, lambda item: item["position"] > 20),
    }
    filters_until = {**filters, "until": (middle, lambda item: item["when"] <= middle)}
    del filters_until["since"]
    for possible in (filters, filters_until):
        for size in range(2, len(possible) + 1):
            for names in combinations(possible, size):
                query = {name: possible[name][0] for name in names}
                expected = [item for item in everything if all(possible[name][1](item) for name in names)]
                assert company.get("/events", limit=500, **query)["items"] == expected, query


def test_one_things_events_are_told_in_every_format(company: Company, things: dict[str, Any]) -> None:
    items = company.get("/events", deal_id=things["deal_id"], limit=2)["items"]
    query = f"deal_id={things['deal_id']}&limit=2"
    assert [
        json.loads(line) for line in company.client.get(f"{OURS}/events?{query}&format=ndjson").text.splitlines()
    ] == items
    rows = list(csv.DictReader(io.StringIO(company.client.get(f"{OURS}/events?{query}&format=csv").text)))
    assert [int(row["position"]) for row in rows] == [item["position"] for item in items]


@pytest.mark.parametrize(
    "query", [{}, {"person_id": 1}, {"types": "LeadCreated"}, {"user_id": 1}, {"since": "2100-01-04T08:00:00Z"}]
)
def test_what_is_recorded_while_the_feed_is_read_is_told_the_next_time(
    company: Company, monkeypatch: pytest.MonkeyPatch, query: dict[str, Any]
) -> None:
    log, length = ledger_of(company.client.application).event_log, length_of_log(company.client.application)

    def with_a_lead_behind(question: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*arguments: Any, **options: Any) -> Any:
            found = question(*arguments, **options)
            monkeypatch.undo()
            company.lead("Boiler")
            return found

        return asked

    for where, name in ((log, "max_notification_id"), (log, "select_notifications"), (timeline, "positions")):
        monkeypatch.setattr(where, name, with_a_lead_behind(getattr(where, name)))
    first = company.get("/events", limit=500, **query)
    assert first["next"] == length
    assert positions(company.get("/events", after=first["next"], **query)) == [length + 1]
    assert length + 1 not in positions(first)


def test_who_waits_is_answered_as_soon_as_something_happens(company: Company) -> None:
    end = length_of_log(company.client.application)
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        waiting = threads.submit(client_of(company.client.application).get, f"{OURS}/events?after={end}&wait=20")
        time.sleep(0.3)
        assert not waiting.done()
        company.lead("Boiler")
        assert [item["event"] for item in waiting.result().json["items"]] == ["LeadCreated"]
    assert time.monotonic() - began < 10


def test_who_waits_for_a_period_that_is_still_to_come_hears_nothing_of_what_comes_before(company: Company) -> None:
    begins = company.now.replace(hour=9).strftime("%Y-%m-%dT%H:%M:%SZ")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client_of(company.client.application).get, f"{OURS}/events?since={begins}&wait=20")
        time.sleep(0.3)
        company.lead("Tiles")
        time.sleep(0.3)
        assert not waiting.done()
        company.wait(hours=1)
        company.lead("Boiler")
        assert [item["data"]["title"] for item in waiting.result().json["items"]] == ["Boiler"]


def test_who_waits_in_vain_is_told_where_to_go_on(company: Company) -> None:
    end = length_of_log(company.client.application)
    assert company.get("/events", after=end, wait=1) == {"items": [], "next": end}


def test_who_waits_for_one_thing_is_not_answered_by_anothers_events(company: Company) -> None:
    end = length_of_log(company.client.application)
    with ThreadPoolExecutor(1) as threads:
        query = f"person_id=1&after={end}&wait=20"
        waiting = threads.submit(client_of(company.client.application).get, f"{OURS}/events?{query}")
        company.lead("Tiles", person_id=2)
        time.sleep(0.3)
        assert not waiting.done()
        company.lead("Boiler")
        feed = waiting.result().json
    assert [item["data"]["title"] for item in feed["items"]] == ["Boiler"]
    assert feed["next"] == length_of_log(company.client.application)


@pytest.mark.slow
@pytest.mark.parametrize("query", ["", "person_id=1&", "types=LeadCreated&user_id=1&"])
def test_readers_who_come_and_go_while_many_write_miss_nothing(company: Company, query: str) -> None:
    app, stop = company.client.application, threading.Event()

    def write(number: int) -> None:
        client = client_of(app)
        for _ in range(6):
            lead = {"title": f"Lead {number}", "person_id": 1 + number % 2}
            assert client.post("/v1/leads", json=lead).status_code == 201

    def read(limit: int) -> list[int]:
        seen, after = list[int](), 0
        while True:
            is_last = stop.is_set()
            feed = client_of(app).get(f"{OURS}/events?{query}after={after}&limit={limit}").json
            seen += positions(feed)
            after = feed["next"]
            if is_last and not feed["items"]:
                return seen

    with ThreadPoolExecutor(11) as threads:
        readers = [threads.submit(read, limit) for limit in (1, 5, 100)]
        for done in [threads.submit(write, number) for number in range(8)]:
            done.result()
        stop.set()
        everything = positions(client_of(app).get(f"{OURS}/events?{query}limit=500").json)
        assert len(everything) >= 24
        assert [reader.result() for reader in readers] == [everything] * 3


def test_the_feed_is_told_line_by_line_and_as_a_table_too(company: Company) -> None:
    company.lead('=HYPERLINK("http://example.com"), "quoted"')
    feed = company.get("/events", limit=500)["items"]
    lines = company.client.get(f"{OURS}/events?format=ndjson&limit=500")
    assert lines.mimetype == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == feed
    table = company.client.get(f"{OURS}/events?format=csv&limit=500")
    assert table.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [int(row["position"]) for row in rows] == [item["position"] for item in feed]
    assert json.loads(rows[-1]["data"]) == feed[-1]["data"]


def test_no_cell_of_a_table_begins_like_a_formula(company: Company) -> None:
    company.client.post("/v1/leads", json={"title": "A", "person_id": 1}, headers={"User-Agent": " =1+1"})
    rows = list(csv.DictReader(io.StringIO(company.client.get(f"{OURS}/events?format=csv&limit=500").text)))
    assert rows[-1]["client"] == "' =1+1"


BEFORE_A_SIGN = (
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\v",
    "\x00",
    "\x1f",
    "\x85",
    "\xa0",
    "\u200b",
    "\u3000",
    "\ufeff",
    "\u0301",
)
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe62", "\ufe66", "\ufe6b", "\u2212", "\u207a")


def test_a_formula_in_any_width_behind_anything_that_is_overlooked_is_harmless() -> None:
    formulas = [before + sign + "1+1" for before in (*BEFORE_A_SIGN, " \u200b\t ") for sign in SIGNS]
    harmless = ["", "a=1", "1-1", "Åse", "{}", "  a", "\u00e5", "12"]
    rest = dict.fromkeys(name for name in RecordedEvent().fields if name != "changes")
    written = table([{**rest, "position": cell} for cell in (*formulas, *harmless)], tells_changes=False)
    cells = [row[0] if row else "" for row in csv.reader(io.StringIO(written, newline=""))][1:]
    assert cells == [f"'{formula}" for formula in formulas] + harmless


@pytest.mark.parametrize(
    "wrong",
    [
        "after=-1",
        "after=x",
        "limit=0",
        "limit=501",
        "wait=26",
        "wait=x",
        "format=xml",
        "types=Nothing",
        "since=x",
        "user_id=0",
        "lead_id=7",
        "deal_id=0",
        "person_id=x",
        "organization_id=-1",
        "a=1",
    ],
)
def test_what_is_no_question_to_the_feed_is_refused(company: Company, wrong: str) -> None:
    assert company.client.get(f"{OURS}/events?{wrong}").status_code == 400


def test_two_things_at_once_are_refused_with_a_reason(company: Company) -> None:
    for one, other in combinations((f"lead_id={NOBODYS}", "deal_id=1", "person_id=1", "organization_id=1"), 2):
        answer = company.client.get(f"{OURS}/events?{one}&{other}")
        assert answer.status_code == 400
        assert answer.json["detail"] == "query: give at most one of lead_id, deal_id, person_id, organization_id"


@pytest.mark.parametrize("thing", [f"lead_id={NOBODYS}", "deal_id=99", "person_id=99", f"organization_id={2**53 - 1}"])
def test_a_thing_that_there_never_was_has_no_events(company: Company, thing: str) -> None:
    answer = company.client.get(f"{OURS}/events?{thing}")
    assert answer.status_code == 404
    assert answer.json["detail"] == f"there is no such {thing.partition('_')[0]}"


@pytest.mark.parametrize("path", ["/events", "/events/stream"])
def test_a_position_behind_the_end_is_refused_and_the_end_is_where_one_may_wait(company: Company, path: str) -> None:
    end = length_of_log(company.client.application)
    for after, hint in ((end + 1, ""), (10**9, ""), (20261231, "; a time is written like 2026-12-31T10:00:00Z")):
        answer = company.client.get(f"{OURS}{path}?after={after}")
        assert (answer.status_code, answer.json["detail"]) == (400, f"after: the log ends at position {end}{hint}")
    assert company.client.get(f"{OURS}{path}?after={end}").status_code == 200
