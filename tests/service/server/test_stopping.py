"""A server that is told to stop, or killed, owes nobody an answer and leaves nothing behind that serves on."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from projections.persons import PERSONS
from tests.databases import Databases, SqliteDatabases, environment_of
from tests.served import SECONDS_TO_STOP, Served, free_port, leadledger
from tests.service.server.sockets import Talk, asked, request
from tests.service.serving import founded, ledger_of, serving
from tests.service.whole import check_whole, current

pytestmark = pytest.mark.slow

CLIENTS = 8
EVENTS = "/api/ledger/v1/events"

SLOWLY_FORKED = """
import os, time
from service.cli import main

os.register_at_fork(after_in_child=lambda: time.sleep(2))
main(["serve", *os.environ["OPTIONS"].split()])
"""
"""The service, each of whose workers takes a while from its fork to the first thing it does."""


class Load:
    """Clients that add persons until the server is gone: what was answered, and what went wrong."""

    def __init__(self, port: int, *, is_kept_alive: bool) -> None:
        self.answered: list[str] = []
        self.resets: list[str] = []
        self._port, self._is_kept_alive = port, is_kept_alive
        self._threads = [threading.Thread(target=self._add, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        for thread in self._threads:
            thread.join(SECONDS_TO_STOP)

    def _add(self, client: int) -> None:
        number = 0
        while True:
            try:
                with Talk(self._port) as talk:
                    is_open = True
                    while is_open:
                        number += 1
                        is_open = self._is_added(talk, f"{client}-{number}")
            except ConnectionRefusedError:
                return
            except (ConnectionError, TimeoutError) as error:
                self.resets.append(repr(error))

    def _is_added(self, talk: Talk, name: str) -> bool:
        """Add a person; answers whether the connection is good for another."""
        talk.say(request("POST", "/api/v2/persons", json.dumps({"name": name}).encode()))
        answer = talk.hear()
        assert answer.status == 200, answer.body
        self.answered.append(name)
        return self._is_kept_alive and answer.headers.get("connection") != "close"


@pytest.mark.parametrize("is_kept_alive", [True, False], ids=["kept alive", "a connection each"])
def test_who_is_let_in_is_answered_and_what_was_answered_is_there(databases: Databases, is_kept_alive: bool) -> None:
    with databases.fresh(founded) as url:
        with leadledger(url) as server:
            load = Load(server.port, is_kept_alive=is_kept_alive)
            time.sleep(1.5)
            assert server.stop() == 0
            load.end()
        assert load.resets == []
        with serving(url) as app:
            added = [row["name"] for row in current(ledger_of(app), PERSONS)]
            assert sorted(added) == sorted(load.answered)
            check_whole(app)


def test_who_waits_is_answered_at_once_and_who_says_nothing_is_not_waited_for(
    sqlite_databases: SqliteDatabases,
) -> None:
    with sqlite_databases.fresh(founded) as url, leadledger(url) as server, ExitStack() as stack:
        end = asked(server.port, request("GET", f"{EVENTS}?after=0&types=UserAdded")).json["next"]
        poll = Talk(server.port, request("GET", f"{EVENTS}?after={end}&wait=25"))
        stream = Talk(server.port, request("GET", f"{EVENTS}/stream?after={end}&wait=25"))
        for sent in (b"", b"GET /v1/leads HTTP/1.1\r\n", b""):
            stack.enter_context(Talk(server.port, sent))
        with poll, stream:
            time.sleep(1)
            began = time.monotonic()
            server.process.terminate()
            assert poll.hear().json == {"items": [], "next": end}
            assert stream.hear().status == 200
            assert server.process.wait(SECONDS_TO_STOP) == 0
            assert time.monotonic() - began < 25


def test_workers_whose_master_was_killed_let_the_next_server_take_their_place(
    sqlite_databases: SqliteDatabases,
) -> None:
    with sqlite_databases.fresh(founded) as url:
        with leadledger(url) as server, Talk(server.port):
            workers = server.workers
            assert workers
            server.process.kill()
            server.process.wait(SECONDS_TO_STOP)
            gone, alive = psutil.wait_procs(workers, timeout=30)
            assert (set(gone), alive) == (set(workers), [])
        with leadledger(url, port=server.port) as following:
            assert asked(following.port, request("GET", "/health/ready")).status == 200


def test_a_server_that_is_told_to_stop_while_it_starts_stops(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, leadledger(url, "--workers", "4") as server:
        began = time.monotonic()
        assert server.stop() == 0  # the first worker answers, and others are not that far yet
        assert time.monotonic() - began < 20


def test_a_worker_is_told_to_stop_before_it_has_done_anything(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    port = free_port()
    with sqlite_databases.fresh(founded) as url:
        environment = {**environment_of(url), "OPTIONS": f"--port {port}"}
        server = Served([sys.executable, "-c", SLOWLY_FORKED], port, environment, tmp_path / "output")
        try:
            deadline = time.monotonic() + 30
            while len(server.workers) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            began = time.monotonic()
            assert server.stop() == 0, server.said
            assert time.monotonic() - began < 20
        finally:
            server.end()
