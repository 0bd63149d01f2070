"""No client is waited for without end, and none takes so much that nothing is left for the others."""

from __future__ import annotations

import fcntl
import json
import time
from itertools import cycle
from pathlib import Path

import pytest

from tests.databases import SqliteDatabases
from tests.served import LEADLEDGER, Served, free_port, leadledger, served
from tests.service.server.conftest import IMPATIENCE
from tests.service.server.sockets import Talk, asked, request
from tests.service.serving import founded

pytestmark = pytest.mark.slow

PATIENCE = 10 * IMPATIENCE
PERSONS, EVENTS = "/api/v2/persons", "/api/ledger/v1/events"
KARI = b'{"name": "Kari"}'
KILOBYTE = 1000


def drip(talk: Talk, first: bytes, more: bytes) -> float:
    """Send a little now and then for as long as the server lets us; answers for how many seconds it did."""
    began = time.monotonic()
    talk.say(first)
    for piece in cycle(more[number : number + 1] for number in range(len(more))):
        if talk.has_something_to_hear(0.2) or time.monotonic() - began > PATIENCE:
            break
        talk.say(piece)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "more"),
    [
        pytest.param(b"GET ", b"/", id="a line that does not end"),
        pytest.param(b"GET /v1/leads HTTP/1.1\r\n", b"X: x\r\n", id="a head that does not end"),
        pytest.param(request("POST", PERSONS, Content_Length="9000"), b" ", id="a body that does not end"),
        pytest.param(request("POST", PERSONS, Transfer_Encoding="chunked"), b"1\r\nx\r\n", id="chunks that do not end"),
    ],
)
def test_a_request_has_a_deadline_however_often_it_goes_on(impatient: Served, first: bytes, more: bytes) -> None:
    with Talk(impatient.port) as talk:
        assert IMPATIENCE - 1 < drip(talk, first, more) < PATIENCE
        answer = talk.hear()
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert f"{IMPATIENCE} seconds" in answer.body.decode()
        assert talk.is_over()


def test_a_connection_on_which_nothing_goes_on_is_closed(impatient: Served) -> None:
    live = request("GET", "/health/live")
    with Talk(impatient.port) as silent, Talk(impatient.port, live) as idle, Talk(impatient.port, live) as slow:
        assert (idle.hear().status, slow.hear().status) == (200, 200)
        assert drip(slow, b"GET ", b"/") < PATIENCE
        assert silent.is_over(PATIENCE)
        assert idle.is_over(PATIENCE)


def test_who_does_not_read_is_hung_up_on_whatever_he_asked_for(impatient: Served) -> None:
    for number in range(30):
        note = {"content": f"{number} " + "x" * 90 * KILOBYTE, "person_id": 1}
        asked(impatient.port, request("POST", PERSONS, KARI))
        assert asked(impatient.port, request("POST", "/v1/notes", json.dumps(note).encode())).status == 200
    stream = request("GET", f"{EVENTS}/stream?wait=25")
    pages = request("GET", f"{EVENTS}?limit=500") * 20
    with Talk(impatient.port, stream, room=4096) as one, Talk(impatient.port, pages, room=4096) as other:
        time.sleep(2 * IMPATIENCE)
        assert one.is_over(PATIENCE)
        assert other.is_over(PATIENCE)


def test_half_sent_bodies_fill_no_memory(impatient: Served) -> None:
    half = request("POST", PERSONS, Content_Length="990000") + b" " * 900 * KILOBYTE
    with Talk(impatient.port, half), Talk(impatient.port, half), Talk(impatient.port, half) as third:
        answer = third.hear()
        assert (answer.status, answer.headers["connection"], answer.headers["retry-after"]) == (503, "close", "2")
    time.sleep(0.5)
    assert asked(impatient.port, request("POST", PERSONS, b" " * 900 * KILOBYTE + KARI)).status == 200


def test_a_request_whose_client_has_left_is_not_begun(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, leadledger(url, "--workers", "1", "--writers", "1") as server:
        with Path(f"{url.removeprefix('sqlite:///')}.lock").open("a") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)  # nobody can write, so the only thread is busy with the first
            first = Talk(server.port, request("POST", PERSONS, b'{"name": "The first"}'))
            time.sleep(0.5)
            for number in range(5):
                with Talk(server.port, request("POST", PERSONS, b'{"name": "Impatient %d"}' % number)):
                    time.sleep(0.1)
            time.sleep(0.5)
        with first:
            assert first.hear().status == 200
        assert asked(server.port, request("POST", PERSONS, b'{"name": "The last"}')).status == 200
        persons = asked(server.port, request("GET", PERSONS)).json["data"]
        assert [person["name"] for person in persons] == ["The first", "The last"]


def test_more_connections_than_the_system_allows_make_no_worker_deaf(sqlite_databases: SqliteDatabases) -> None:
    port = free_port()
    few = ["sh", "-c", 'ulimit -n 240 && exec "$@"', "sh", LEADLEDGER, "serve", "--port", str(port)]
    with (
        sqlite_databases.fresh(founded) as url,
        served(few, port, {"LEADLEDGER_DATABASE_URL": url}, "/health/ready") as server,
    ):
        workers = server.workers
        halves = (b"", b"GET /v1/", request("POST", PERSONS, KARI)[:-3])
        held = [Talk(port, halves[number % 3]) for number in range(500)]
        for _ in range(5):
            assert asked(port, request("GET", "/health/live")).status == 200
            assert asked(port, request("POST", PERSONS, KARI)).status == 200
        for talk in held:
            talk.__exit__()
        assert set(workers) <= set(server.workers)


def test_where_all_connections_are_at_work_another_is_told_to_come_back(sqlite_databases: SqliteDatabases) -> None:
    port = free_port()
    few = ["sh", "-c", 'ulimit -n 140 && exec "$@"', "sh", LEADLEDGER, "serve", "--port", str(port), "--workers", "1"]
    with (
        sqlite_databases.fresh(founded) as url,
        served(few, port, {"LEADLEDGER_DATABASE_URL": url}, "/health/ready"),
    ):
        end = asked(port, request("GET", f"{EVENTS}?limit=500")).json["next"]
        waiting = [Talk(port, request("GET", f"{EVENTS}?after={end}&wait=25")) for _ in range(70)]
        time.sleep(2)
        answer = asked(port, b"")
        assert (answer.status, answer.headers["retry-after"], answer.json["status"]) == (503, "2", 503)
        for talk in waiting:
            talk.__exit__()
