"""The log is a feed: in order, without gaps, to be followed by as many as like, and never missing anything."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of
from tests.service.whole import length_of_log


def positions(feed: Any) -> list[int]:
    return [item["position"] for item in feed["items"]]


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
    period = {"since": begins.strftime("%Y-%m-%dT%H:%M:%SZ"), "until": company.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert [item["data"]["title"] for item in company.get("/events", **period)["items"]] == ["Boiler"]


def test_a_filter_never_lets_a_follower_miss_what_comes_later(company: Company) -> None:
    after = company.get("/events", types="DealWon")["next"]
    assert after == length_of_log(company.client.application)
    deal_id = company.deal("Boiler")
    company.client.patch(f"/api/v2/deals/{deal_id}", json={"status": "won"})
    assert [item["event"] for item in company.get("/events", types="DealWon", after=after)["items"]] == ["DealWon"]


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


def test_who_waits_in_vain_is_told_where_to_go_on(company: Company) -> None:
    end = length_of_log(company.client.application)
    assert company.get("/events", after=end, wait=1) == {"items": [], "next": end}


def test_readers_who_come_and_go_while_many_write_miss_nothing(company: Company) -> None:
    app, stop = company.client.application, threading.Event()

    def write(number: int) -> None:
        client = client_of(app)
        for _ in range(6):
            assert client.post("/v1/leads", json={"title": f"Lead {number}", "person_id": 1}).status_code == 201

    def read(limit: int) -> list[int]:
        seen, after = list[int](), 0
        while True:
            is_last = stop.is_set()
            feed = client_of(app).get(f"{OURS}/events?after={after}&limit={limit}").json
            seen += positions(feed)
            after = feed["next"]
            if is_last and not feed["items"]:
                return seen

    with ThreadPoolExecutor(11) as threads:
        readers = [threads.submit(read, limit) for limit in (1, 5, 100)]
        for done in [threads.submit(write, number) for number in range(8)]:
            done.result()
        stop.set()
        everything = list(range(1, length_of_log(app) + 1))
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
    company.client.post("/v1/leads", json={"title": "A", "person_id": 1}, headers={"User-Agent": "=1+1"})
    rows = list(csv.DictReader(io.StringIO(company.client.get(f"{OURS}/events?format=csv&limit=500").text)))
    assert rows[-1]["client"] == "'=1+1"


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
        "a=1",
    ],
)
def test_what_is_no_question_to_the_feed_is_refused(company: Company, wrong: str) -> None:
    assert company.client.get(f"{OURS}/events?{wrong}").status_code == 400


def test_a_position_that_is_not_there_yet_is_where_one_may_wait(company: Company) -> None:
    assert company.get("/events", after=10**9) == {"items": [], "next": 10**9}
