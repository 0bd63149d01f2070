"""PostgreSQL cut at every point of a commit: what was committed is never told to be tried again, but found out."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aggregates.lead_label import LeadLabel
from service.cli import main
from service.ledger.ledger import Origin, Transaction
from service.log.errors import UnknownOutcome
from tests.databases import PostgresDatabases, postgres_server
from tests.service.cutting import COMMIT, Cut, Proxy, proxied
from tests.service.http.ledger.conftest import OURS
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.waiting import wait_for

ANSWER = 12 + 6
"""Bytes of the server's answer to a commit: that it is done, and that it is ready for more."""

CUTS = [
    *(Cut(sent=sent, away=away) for sent in (0, 5, len(COMMIT) - 1) for away in (True, False)),
    *(Cut(heard=heard, away=away) for heard in (0, 1, 11, 12, ANSWER - 1, ANSWER) for away in (True, False)),
]


class Cutter:
    """A service whose way to the database can be cut, and what its clients were told."""

    def __init__(self, proxy: Proxy, app: Flask, direct: Flask) -> None:
        self.proxy = proxy
        self.app = app
        self.client = client_of(app)
        self.direct = client_of(direct)
        self.told: Counter[int] = Counter()

    def create(self) -> tuple[str, TestResponse]:
        """Ask for a person under a name of its own, which is the request's id, too."""
        name = uuid.uuid4().hex
        return name, create(self.client, name)

    def check(self, name: str, answer: TestResponse) -> None:
        """The answer is true, and where it says that nobody knows, the client finds out."""
        self.told[answer.status_code] += 1
        found = outcome(self.client, name) if answer.status_code == 504 else None
        is_there = name in names(self.direct)
        check_told(answer, is_there=is_there)
        if found is not None:
            assert f"/commands/{name}" in answer.text
            assert found == ("committed" if is_there else "not_committed")


def create(client: FlaskClient, name: str) -> TestResponse:
    return client.post("/api/v2/persons", json={"name": name}, headers={"X-Request-Id": name})


def names(client: FlaskClient) -> set[str]:
    answer = client.get("/api/v2/persons?limit=500&sort_direction=desc")
    assert answer.status_code == 200, answer.text
    return {person["name"] for person in answer.get_json()["data"]}


def outcome(client: FlaskClient, name: str) -> str:
    answer = client.get(f"{OURS}/commands/{name}")
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["outcome"])


def check_told(answer: TestResponse, *, is_there: bool) -> None:
    """What was told is so, and only what certainly did not happen may be tried again."""
    assert answer.status_code in (200, 503, 504), answer.text
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    if answer.status_code != 504:
        assert is_there == (answer.status_code == 200), answer.text
    else:
        assert not {"again", "retry", "repeat"} & set(answer.text.lower().split())


@pytest.fixture
def cutter(postgres_databases: PostgresDatabases) -> Iterator[Cutter]:
    with (
        postgres_databases.fresh(founded) as url,
        proxied(url) as (proxy, through),
        serving(through) as app,
        serving(url) as direct,
    ):
        yield Cutter(proxy, app, direct)


@pytest.mark.slow
@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_a_command_that_was_cut_off_at_its_commit_is_told_truly(cutter: Cutter, cut: Cut) -> None:
    cutter.proxy.expect(cut)
    name, answer = cutter.create()
    assert cutter.proxy.cuts == 1
    cutter.proxy.mend()
    cutter.check(name, answer)
    assert answer.status_code == (200 if cut.heard == ANSWER else 504) or not cut.away
    assert cutter.create()[1].status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("is_committed", [True, False], ids=["committed", "given up"])
def test_while_a_lost_session_may_still_commit_nobody_says_what_became_of_it(
    cutter: Cutter, is_committed: bool
) -> None:
    cutter.proxy.expect(Cut(held=True))
    name, answer = cutter.create()
    assert answer.status_code == 504
    cutter.proxy.mend()
    assert outcome(cutter.client, name) == "unknown"
    letting_go = threading.Timer(1, cutter.proxy.let_go, kwargs={"is_committed": is_committed})
    letting_go.start()
    assert outcome(cutter.client, name) == ("committed" if is_committed else "not_committed")
    letting_go.join()
    cutter.check(name, answer)


@pytest.mark.parametrize("cut", [Cut(heard=0), Cut(sent=0)], ids=["committed", "not committed"])
def test_all_commands_of_a_group_are_unknown_where_its_commit_is(cutter: Cutter, cut: Cut) -> None:
    ledger, together = ledger_of(cutter.app), range(5)
    told: dict[int, str] = {}

    def label_and_be_cut(tx: Transaction) -> None:
        cutter.proxy.expect(cut)
        label(tx)

    def give(number: int) -> None:
        try:
            ledger.execute(Origin(1, f"label-{number}", "test"), label_and_be_cut)
            told[number] = "committed"
        except UnknownOutcome:
            told[number] = "unknown"

    threads = [threading.Thread(target=give, args=(number,)) for number in together]
    with ledger.event_log.writing():
        for thread in threads:
            thread.start()
        wait_for(ledger, len(together))
    for thread in threads:
        thread.join()
    cutter.proxy.mend()
    assert told == dict.fromkeys(together, "unknown")
    expected = "not_committed" if cut.sent == 0 else "committed"
    assert {outcome(cutter.client, f"label-{number}") for number in together} == {expected}


def test_an_answer_that_cannot_be_made_any_more_is_not_told_to_be_tried_again(cutter: Cutter) -> None:
    client = cutter.client
    assert cutter.create()[1].status_code == 200
    lead = client.post("/v1/leads", json={"title": "Boiler", "person_id": 1}).get_json()["data"]["id"]
    cutter.proxy.expect(Cut(heard=ANSWER))
    answer = client.post(
        f"{OURS}/leads/{lead}/signals", json={"kind": "email_sent"}, headers={"X-Request-Id": "signal"}
    )
    cutter.proxy.mend()
    assert (answer.status_code, "Retry-After" in answer.headers) == (504, False)
    assert outcome(client, "signal") == "committed"


def test_a_command_at_the_console_ends_with_a_sentence_where_nobody_knows_what_became_of_it(cutter: Cutter) -> None:
    url = ledger_of(cutter.app).database.url.render_as_string(hide_password=False)
    cutter.proxy.expect(Cut(heard=0))
    ended = CliRunner().invoke(main, ["token", "issue", "1"], env={"LEADLEDGER_DATABASE_URL": url})
    assert (cutter.proxy.cuts, ended.exit_code) == (1, 1)
    assert ended.output.startswith("Error: it is not known whether this was done")
    assert ended.output.count("\n") == 1


def test_a_receipt_costs_no_round_trip_more(cutter: Cutter) -> None:
    ledger = ledger_of(cutter.app)

    def round_trips(user_id: int | None) -> int:
        before = cutter.proxy.round_trips
        ledger.execute(Origin(user_id, "label", "test"), label)
        return cutter.proxy.round_trips - before

    made = {user_id: min(round_trips(user_id) for _ in range(20)) for user_id in (None, 1)}
    assert made[1] == made[None]
    assert outcome(cutter.client, "label") == "committed"


def label(tx: Transaction) -> None:
    tx.save(LeadLabel.add(uuid.uuid4(), name="Hot", color="red"))


def rounds(cutter: Cutter, number: int, seed: int) -> None:
    random = Random(seed)
    for _ in range(number):
        cutter.proxy.expect(random.choice(CUTS))
        name, answer = cutter.create()
        cutter.proxy.mend()
        cutter.check(name, answer)


@pytest.mark.slow
def test_many_cuts_are_told_truly(cutter: Cutter) -> None:
    rounds(cutter, 20, seed=1)


@pytest.mark.slow
def test_very_many_cuts_are_told_truly(cutter: Cutter) -> None:
    rounds(cutter, 300, seed=2)
    assert cutter.told.keys() == {200, 503, 504}


@pytest.mark.slow
def test_what_a_crashing_server_was_asked_to_commit_is_told_truly() -> None:
    told: list[tuple[str, TestResponse]] = []
    with postgres_server() as server, server.fresh(founded) as url, serving(url) as app:
        for number in range(8):
            stopping = threading.Event()

            def write(client: FlaskClient, stopping: threading.Event = stopping) -> None:
                while not stopping.is_set():
                    name = uuid.uuid4().hex
                    told.append((name, create(client, name)))

            writers = [threading.Thread(target=write, args=(client_of(app),)) for _ in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(0.5 + number / 20)
            server.stop("immediate")
            time.sleep(0.2)
            stopping.set()
            for writer in writers:
                writer.join()
            server.start()
        client = client_of(app)
        for name, answer in told:
            found = outcome(client, name)
            check_told(answer, is_there=found == "committed")
        assert {answer.status_code for _, answer in told} >= {200, 503}


@pytest.mark.slow
@pytest.mark.parametrize("away", [True, False], ids=["away", "back"])
def test_a_connection_that_is_cut_at_any_message_of_a_command_is_told_truly(cutter: Cutter, away: bool) -> None:
    message = 0
    while cutter.proxy.cuts == message:
        message += 1
        cutter.proxy.expect(Cut(at=message, sent=0, away=away))
        name, answer = cutter.create()
        cutter.proxy.mend()
        cutter.check(name, answer)
    assert message > 5
    assert cutter.told[503] > 3
