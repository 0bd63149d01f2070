"""Commands that are committed together: each sees what those before it did, and all are written at once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aggregates.lead_label import LeadLabel
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log import group_commit
from service.log.foresight import Foresight, foresee
from service.log.observer import Observer
from tests.databases import Databases, PostgresDatabases
from tests.service.cutting import Proxy, proxied
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.waiting import wait_for
from tests.service.whole import check_whole

T = TypeVar("T")

ORIGIN = Origin(user_id=1, request_id="group", client="test")
TOGETHER = 6
LONG = 30
"""More seconds than anything here takes."""
A_COMMIT = 0.3
"""More seconds than a command takes for which nobody waits."""


class Groups(Observer):
    """How many commands shared each transaction."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def group_formed(self, size: int) -> None:
        self.sizes.append(size)


@pytest.fixture
def app(databases: Databases) -> Iterator[Flask]:
    with databases.fresh(founded) as url, serving(url) as app:
        yield app


@pytest.fixture
def counted(postgres_databases: PostgresDatabases) -> Iterator[tuple[Proxy, Flask]]:
    """The service on PostgreSQL, and what counts its round trips there."""
    with postgres_databases.fresh(founded) as url, proxied(url) as (proxy, through), serving(through) as app:
        yield proxy, app


def as_one_group(ledger: Ledger, tasks: Sequence[Callable[[], T]]) -> list[T]:
    """What comes of tasks of which each gives a command while somebody else holds the log's lock."""
    groups = ledger.event_log.observer = Groups()
    with ThreadPoolExecutor(len(tasks)) as threads:
        with ledger.event_log.writing():
            given = [threads.submit(task) for task in tasks]
            wait_for(ledger, len(tasks))
        answers = [each.result() for each in given]
    assert groups.sizes == [len(tasks)]
    return answers


def label(tx: Transaction) -> None:
    tx.save(LeadLabel.add(uuid.uuid4(), name="Hot", color="red"))


def test_each_of_many_edits_that_are_committed_together_is_answered_with_what_it_left(app: Flask) -> None:
    client = client_of(app)
    person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    lead = client.post("/v1/leads", json={"title": "Boiler", "person_id": person}).get_json()["data"]["id"]
    titles = [f"Edit {number}" for number in range(TOGETHER)]

    def edit(title: str) -> str:
        answer = client_of(app).patch(f"/v1/leads/{lead}", json={"title": title})
        return str(answer.get_json()["data"]["title"])

    assert as_one_group(ledger_of(app), [partial(edit, title) for title in titles]) == titles
    assert client.get(f"/v1/leads/{lead}").get_json()["data"]["title"] in titles
    check_whole(app)


def test_whoever_leads_waits_for_as_many_as_shared_the_last_transaction(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", LONG)
    ledger = ledger_of(app)
    add = partial(ledger.execute, ORIGIN, label)
    as_one_group(ledger, [add] * 2)
    groups = ledger.event_log.observer = Groups()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(add)
        time.sleep(A_COMMIT)
        threads.submit(add).result(LONG / 2), first.result(LONG / 2)
    assert groups.sizes == [2]


def test_a_command_waits_a_moment_for_those_who_have_nothing_more_to_do_and_the_next_for_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_of(app)
    add = partial(ledger.execute, ORIGIN, label)
    as_one_group(ledger, [add] * 2)
    groups = ledger.event_log.observer = Groups()
    with ThreadPoolExecutor(1) as threads:
        threads.submit(add).result(LONG)
        monkeypatch.setattr(group_commit, "PATIENCE", LONG)
        threads.submit(add).result(LONG / 2)
    assert groups.sizes == [1, 1]


def test_commands_that_are_committed_together_cost_no_more_round_trips_than_one(counted: tuple[Proxy, Flask]) -> None:
    proxy, app = counted
    ledger = ledger_of(app)

    def round_trips(number: int) -> int:
        before = proxy.round_trips
        as_one_group(ledger, [lambda: ledger.execute(ORIGIN, label)] * number)
        return proxy.round_trips - before

    round_trips(1)
    assert min(round_trips(TOGETHER) for _ in range(3)) <= min(round_trips(1) for _ in range(3))


def test_conversions_that_are_committed_together_ask_at_once_for_what_they_need(counted: tuple[Proxy, Flask]) -> None:
    proxy, app = counted

    def round_trips(number: int) -> int:
        leads = [a_lead(client_of(app)) for _ in range(number)]
        before = proxy.round_trips
        assert as_one_group(ledger_of(app), [partial(convert, app, lead) for lead in leads]) == [200] * number
        return proxy.round_trips - before

    round_trips(1), round_trips(TOGETHER)
    assert min(round_trips(TOGETHER) for _ in range(3)) <= min(round_trips(1) for _ in range(3)) + 2
    check_whole(app)


def test_what_was_read_ahead_for_commands_is_not_what_those_before_them_have_changed(app: Flask) -> None:
    client = client_of(app)
    leads = [a_lead(client) for _ in range(3)]

    def note(lead: str) -> int:
        return client_of(app).post("/v1/notes", json={"lead_id": lead, "content": "They want a boiler"}).status_code

    def rename(lead: str) -> int:
        return client_of(app).patch(f"/v1/leads/{lead}", json={"title": "Another"}).status_code

    others = [partial(rename, leads[0]), partial(note, leads[1])]
    statuses = as_one_group(ledger_of(app), [*others, *(partial(convert, app, lead) for lead in [*leads, *leads[1:]])])
    assert sorted(statuses[2:]) == [200, 200, 200, 404, 404]
    assert len(client.get("/api/v2/deals").get_json()["data"]) == len(leads)
    check_whole(app)


def test_no_key_that_was_destroyed_comes_back_with_what_was_read_ahead(postgres_databases: PostgresDatabases) -> None:
    with postgres_databases.fresh(founded) as url, serving(url) as app:
        lead = UUID(a_lead(client_of(app)))
        log = ledger_of(app).event_log
        with log.writing() as writing:
            foresee(writing, [Foresight((lead,))])
            assert lead.hex in writing.foreseen
            writing.destroy_keys([lead])
            assert log.select_events(lead)
            assert lead not in writing.keys


def a_lead(client: FlaskClient) -> str:
    person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    return str(client.post("/v1/leads", json={"title": "Boiler", "person_id": person}).get_json()["data"]["id"])


def convert(app: Flask, lead: str) -> int:
    return client_of(app).post(f"/api/v2/leads/{lead}/convert/deal", json={}).status_code
