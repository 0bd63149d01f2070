"""The stream tells the log line by line and goes on: it holds nothing up, loses nothing, and ends by itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pytest
from eventsourcing.persistence import Notification, OperationalError
from flask import Flask
from sqlalchemy import QueuePool
from werkzeug.test import TestResponse

from service.commands import persons
from service.http.ledger import event_stream
from service.http.ledger.event_search import AT_ONCE
from service.ledger.ledger import Origin
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, ledger_of
from tests.service.whole import length_of_log

MANY = 3000


def opened(app: Flask, **query: Any) -> TestResponse:
    """A stream whose lines come as they are asked for."""
    answer = client_of(app).get(f"{OURS}/events/stream", query_string=query, buffered=False)
    assert answer.status_code == 200
    assert answer.mimetype == "application/x-ndjson"
    return answer


def told(answer: TestResponse) -> Iterator[Any]:
    """The events of a stream; empty lines are none."""
    for text in answer.iter_encoded():
        yield from (json.loads(line) for line in text.splitlines() if line)


def streamed(company: Company, **query: Any) -> list[Any]:
    """All events of a stream that ended."""
    return list(told(opened(company.client.application, **query)))


def length(company: Company) -> int:
    return length_of_log(company.client.application)


def add_many(app: Flask) -> None:
    def add(tx: Any) -> None:
        for number in range(MANY):
            persons.add(tx, {"name": f"Person {number}"})

    ledger_of(app).execute(Origin(1, "request", "test"), add)


class Reads(list[int]):
    """How many events each question to the log was answered with."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        log = ledger_of(app).event_log
        select = log.select_notifications

        def counted(*arguments: Any, **options: Any) -> Sequence[Notification]:
            found = select(*arguments, **options)
            self.append(len(found))
            return found

        monkeypatch.setattr(log, "select_notifications", counted)


def test_the_stream_tells_the_whole_log_as_the_feed_does_and_ends_by_itself(company: Company) -> None:
    company.lead("Boiler")
    items = streamed(company)
    assert items == company.get("/events", limit=500)["items"]
    assert len(items) == length(company)


@pytest.mark.parametrize(
    "query",
    [
        {"after": 20},
        {"person_id": 1},
        {"person_id": 1, "types": "LeadCreated"},
        {"person_id": 1, "user_id": 1, "after": 15},
        {"types": "LeadCreated,PersonAdded", "user_id": 1},
        {"since": "2100-01-04T08:00:00Z", "until": "2100-01-04T09:00:00Z"},
        {"person_id": 2, "since": "2100-01-04T09:00:00Z"},
        {"user_id": 99},
    ],
)
def test_the_stream_takes_the_feeds_filters(company: Company, query: dict[str, Any]) -> None:
    company.lead("Boiler")
    company.wait(hours=1)
    company.lead("Tiles", person_id=2)
    expected = company.get("/events", limit=500, **query)["items"]
    assert streamed(company, **query) == expected
    assert ("user_id", 99) in query.items() or expected


@pytest.mark.slow
def test_what_comes_while_the_stream_waits_is_told_until_nothing_comes_any_more(company: Company) -> None:
    end, began = length(company), time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        following = threads.submit(streamed, company, after=end, wait=1)
        for title in ("Boiler", "Tiles", "Roof"):
            time.sleep(0.6)
            company.lead(title)
        assert [item["data"]["title"] for item in following.result()] == ["Boiler", "Tiles", "Roof"]
    assert 2.7 < time.monotonic() - began < 10


def test_who_waits_for_one_thing_is_not_kept_by_anothers_events(company: Company) -> None:
    end = length(company)
    with ThreadPoolExecutor(1) as threads:
        following = threads.submit(streamed, company, person_id=1, after=end, wait=1)
        while not following.done():
            time.sleep(0.2)
            company.lead("Tiles", person_id=2)
        assert following.result() == []


def test_a_stream_that_waits_says_now_and_then_that_it_is_there(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "SILENCE_SECONDS", 0.25)
    silent = opened(company.client.application, after=length(company), wait=1)
    assert 3 <= silent.data.count(b"\n") <= 5
    assert not silent.data.strip()


def test_a_stream_with_nothing_to_tell_begins_at_once(company: Company) -> None:
    began = time.monotonic()
    answer = opened(company.client.application, after=length(company), wait=25)
    assert next(answer.iter_encoded()) == b"\n"
    assert time.monotonic() - began < 3
    answer.close()


def test_a_stream_goes_on_from_its_last_line(company: Company) -> None:
    company.lead("Boiler")
    app, seen = company.client.application, list[int]()
    for size in range(1, 10):
        answer = opened(app, after=seen[-1] if seen else 0)
        seen += [item["position"] for item in islice(told(answer), size)]
        answer.close()
    assert seen == list(range(1, length(company) + 1))


@pytest.mark.slow
def test_readers_who_stop_in_the_middle_and_come_back_while_many_write_miss_nothing(company: Company) -> None:
    app, stop = company.client.application, threading.Event()

    def write(number: int) -> None:
        client = client_of(app)
        for _ in range(6):
            lead = {"title": f"Lead {number}", "person_id": 1 + number % 2}
            assert client.post("/v1/leads", json=lead).status_code == 201

    def read(lines: int, query: dict[str, Any]) -> list[int]:
        seen, after = list[int](), 0
        while True:
            is_last = stop.is_set()
            answer = opened(app, after=after, wait=1, **query)
            found = [item["position"] for item in islice(told(answer), lines)]
            answer.close()
            seen += found
            after = seen[-1]
            if is_last and not found:
                return seen

    queries: list[dict[str, Any]] = [{}, {"person_id": 1}, {"types": "LeadCreated", "user_id": 1}]
    with ThreadPoolExecutor(14) as threads:
        readers = [threads.submit(read, lines, query) for query in queries for lines in (3, 40)]
        for done in [threads.submit(write, number) for number in range(8)]:
            done.result()
        stop.set()
        for query, first, second in zip(queries, readers[::2], readers[1::2], strict=True):
            expected = [item["position"] for item in company.get("/events", limit=500, **query)["items"]]
            assert len(expected) >= 24
            assert first.result() == second.result() == expected


@pytest.mark.slow
def test_a_long_log_is_read_no_faster_than_it_is_taken(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    app = company.client.application
    add_many(app)
    reads = Reads(app, monkeypatch)
    stream = told(opened(app))
    assert [next(stream)["position"] for _ in range(AT_ONCE)] == list(range(1, AT_ONCE + 1))
    assert reads == [AT_ONCE]
    assert [item["position"] for item in stream] == list(range(AT_ONCE + 1, length(company) + 1))
    assert sum(reads) == length(company)
    assert max(reads) == AT_ONCE


@pytest.mark.slow
def test_a_stream_holds_no_connection_while_nobody_takes_its_lines(company: Company) -> None:
    app = company.client.application
    database = ledger_of(app).database
    pool = database.readers.pool
    assert isinstance(pool, QueuePool)
    streams = [opened(app, wait=25, **query) for query in ({}, {"person_id": 1}) for _ in range(20)]
    for stream in streams:
        next(told(stream))
        database.close_idle()
        assert pool.checkedout() == 0
    company.lead("Boiler")
    for stream in streams:
        stream.close()
    database.close_idle()
    assert pool.checkedout() == 0


@pytest.mark.slow
def test_a_stream_breaks_off_rather_than_pretend_that_it_ended(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = company.client.application
    add_many(app)
    answer = opened(app)
    seen = [next(stream := told(answer))["position"]]

    def away(*_: Any, **__: Any) -> Sequence[Notification]:
        raise OperationalError("the database is away")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(ledger_of(app).event_log, "select_notifications", away)
        with pytest.raises(OperationalError):
            seen.extend(item["position"] for item in stream)
    answer.close()
    seen += [item["position"] for item in streamed(company, after=seen[-1])]
    assert seen == list(range(1, length(company) + 1))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("after=-1", 400),
        ("wait=26", 400),
        ("types=Nothing", 400),
        ("since=x", 400),
        ("lead_id=7", 400),
        ("limit=5", 400),
        ("format=csv", 400),
        ("person_id=1&deal_id=1", 400),
        ("person_id=99", 404),
        ("lead_id=00000000-0000-4000-8000-000000000000", 404),
    ],
)
def test_what_is_wrong_is_said_before_the_first_line(company: Company, query: str, status: int) -> None:
    answer = company.client.get(f"{OURS}/events/stream?{query}")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]


def test_nobody_streams_without_a_token_and_whoever_does_leaves_a_record(company: Company) -> None:
    assert client_of(company.client.application, "wrong").get(f"{OURS}/events/stream").status_code == 401
    opened(company.client.application, after=3, person_id=1).close()
    _, record = company.get("/audit/access")["items"]
    assert (record["path"], record["query"]) == (f"{OURS}/events/stream", "after=3&person_id=1")


def test_proxies_are_told_to_pass_lines_on_as_they_come(company: Company) -> None:
    assert opened(company.client.application).headers["X-Accel-Buffering"] == "no"
