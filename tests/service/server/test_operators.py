"""What operators set and see holds for all workers together, and outlives any of them."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.databases import Databases
from tests.served import Served, leadledger
from tests.service.server.sockets import Talk, asked, request
from tests.service.serving import TOKEN, founded
from tests.service.shared.exposition import Samples, matching, read

pytestmark = pytest.mark.slow

LIMIT = 60
SETTINGS = {
    "LEADLEDGER_ADDRESS_LIMIT": f"{LIMIT}/600",
    "LEADLEDGER_TRUSTED_PROXIES": "127.0.0.1",
    "LEADLEDGER_LOG_FORMAT": "json",
}
REQUESTS, COMMANDS = "leadledger_http_requests_total", "leadledger_command_duration_seconds_count"
SECRET = "Kari Nordmann"
SOON = 20


@pytest.fixture(scope="module")
def operated(databases: Databases) -> Iterator[Served]:
    """A server with two workers, behind a proxy that it trusts, once on each database."""
    with databases.fresh(founded) as url, leadledger(url, settings=SETTINGS) as server:
        yield server


def scraped(server: Served) -> Samples:
    return read(asked(server.port, request("GET", "/metrics")).body.decode())


def add(server: Served, number: int) -> int:
    body = json.dumps({"name": f"{SECRET} {number}"}).encode()
    return asked(server.port, request("POST", "/api/v2/persons", body, X_Forwarded_For=f"10.1.{number}.1")).status


def test_two_workers_let_through_as_many_as_one_would(operated: Served) -> None:
    def ask(number: int) -> int:
        sent = request("GET", f"/v1/leads?limit={number}", X_Forwarded_For="1.2.3.4, 198.51.100.7")
        return asked(operated.port, sent).status

    with ThreadPoolExecutor(8) as clients:
        assert Counter(clients.map(ask, range(1, 101))) == {200: LIMIT, 429: 100 - LIMIT}
    assert len(operated.workers) == 2


def test_what_a_killed_worker_counted_stays_and_the_others_count_on(operated: Served) -> None:
    before = scraped(operated)
    begun = matching(before, REQUESTS, route="/api/v2/persons", status="200")
    for wave, worker in enumerate([*operated.workers, None], 1):
        with ThreadPoolExecutor(8) as clients:
            assert set(clients.map(lambda number: add(operated, number), range(40))) == {200}
        _wait_for(operated, begun + 40 * wave)
        if worker is not None:
            worker.kill()
            _wait_for_two(operated)
    after = scraped(operated)
    assert matching(after, REQUESTS, route="/api/v2/persons", status="200") == begun + 120
    assert matching(after, COMMANDS, kind="addPerson") == matching(before, COMMANDS, kind="addPerson") + 120
    for name in ("leadledger_lock_wait_seconds", "leadledger_group_size"):
        assert 0 < after[f"{name}_count"] - before[f"{name}_count"] <= 120
    grown = after["leadledger_log_position"] - before["leadledger_log_position"]
    assert grown == 120
    assert after["leadledger_group_size_sum"] - before["leadledger_group_size_sum"] >= 120
    assert after["process_cpu_seconds_total"] > before["process_cpu_seconds_total"]
    fallen = [key for key, value in before.items() if "_total" in key and after[key] < value]
    assert not fallen


def _wait_for(server: Served, added: float) -> None:
    """Wait until so many persons are told of: an answer is counted a moment after it was sent."""
    deadline = time.monotonic() + SOON
    while (seen := matching(scraped(server), REQUESTS, route="/api/v2/persons", status="200")) != added:
        assert time.monotonic() < deadline, f"{seen} are told of, and not {added}"
        time.sleep(0.1)


def _wait_for_two(server: Served) -> None:
    deadline = time.monotonic() + SOON
    while (seen := scraped(server)["leadledger_workers"]) != 2 or len(server.workers) != 2:
        assert time.monotonic() < deadline, f"{seen} workers are told of"
        time.sleep(0.1)


def test_whoever_waits_is_counted_while_he_does(operated: Served) -> None:
    end = int(scraped(operated)["leadledger_log_position"])
    with Talk(operated.port, request("GET", f"/api/ledger/v1/events?after={end}&wait=25")):
        deadline = time.monotonic() + SOON
        while not (seen := scraped(operated))["leadledger_waiters"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (seen["leadledger_waiters"], seen["leadledger_connections"] >= 1) == (1, True)


def test_whoever_hangs_up_while_he_waits_was_not_answered(operated: Served) -> None:
    before = scraped(operated)
    end = int(before["leadledger_log_position"])
    with Talk(operated.port, request("GET", f"/api/ledger/v1/events?after={end}&wait=25")):
        time.sleep(1)
    deadline = time.monotonic() + SOON
    while matching(after := scraped(operated), REQUESTS, status="gone") == matching(before, REQUESTS, status="gone"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert matching(after, REQUESTS, route="/api/ledger/v1/events", status="gone") > 0


def test_evidence_keys_and_obstacles_are_told_of_as_they_are(operated: Served) -> None:
    add(operated, 1)
    seen = scraped(operated)
    assert 0 <= seen["leadledger_seal_delay_seconds"] < SOON
    assert 0 < seen["leadledger_key_age_seconds"] < 3600
    assert seen["leadledger_obstacles"] == 0
    assert seen["process_resident_memory_bytes"] > 10_000_000
    assert matching(seen, "leadledger_cache_hits_total", cache="stream_keys") >= 0


def test_only_a_token_of_that_scope_reads_them(operated: Served) -> None:
    stranger = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    assert asked(operated.port, stranger).status == 401


def test_a_line_of_json_tells_of_each_request_and_of_nobody(operated: Served) -> None:
    named = {"X_Request_Id": "find-me", "X_Forwarded_For": "198.51.100.99"}
    asked(operated.port, request("GET", f"/v1/leads/search?term={SECRET.replace(' ', '+')}", None, **named))
    asked(operated.port, b"GET /v1/leads HTTP/1.1\r\nHost: x\r\nx-api-token: wrong-and-secret\r\n\r\n")
    with Talk(operated.port, b"BROKEN\r\n\r\n") as talk:
        assert talk.hear().status == 400
    time.sleep(1)  # lines are gathered for a moment
    said = operated.said
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line.get("request_id") == "find-me"]
    assert (line["event"], line["method"], line["route"], line["status"]) == ("request", "GET", "/v1/leads/search", 200)
    assert line["milliseconds"] > 0
    assert line["worker"] in {worker.pid for worker in operated.workers}
    [turned] = [each for each in lines if each["event"] == "turned_away" and each["status"] == 401][-1:]
    assert turned.keys() == {"at", "level", "event", "worker", "status", "reason", "method", "request_id"}
    assert 400 in {each["status"] for each in lines if each["event"] == "request"}
    for secret in (SECRET, SECRET.split(maxsplit=1)[0], "wrong-and-secret", TOKEN, "198.51.100"):
        assert secret not in said
    assert f"Booting worker with pid: {operated.workers[0].pid}" in {each.get("message") for each in lines}
    assert os.getpid() not in {each["worker"] for each in lines}
