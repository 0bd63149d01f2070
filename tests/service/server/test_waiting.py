"""A request that waits is one request: asked again as often as the log grows, answered once, recorded once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

import pytest

from tests.databases import Databases
from tests.served import LEADLEDGER, Served, leadledger
from tests.service.server.sockets import Talk, asked, request
from tests.service.serving import founded

pytestmark = pytest.mark.slow

EVENTS, PERSONS = "/api/ledger/v1/events", "/api/v2/persons"
SOON = 10


def add(port: int, name: str) -> int:
    number: int = asked(port, request("POST", PERSONS, json.dumps({"name": name}).encode())).json["data"]["id"]
    return number


def end_of_log(port: int) -> int:
    end: int = asked(port, request("GET", f"{EVENTS}?types=LeadLabelAdded")).json["next"]
    return end


def accesses(port: int) -> list[Any]:
    items: list[Any] = asked(port, request("GET", "/api/ledger/v1/audit/access")).json["items"]
    return items


def test_who_waits_for_one_thing_is_asked_again_at_each_event_and_recorded_once(servers: Served) -> None:
    port = servers.port
    person, before = add(port, "Kari"), len(accesses(port))
    waited_for = f"{EVENTS}?person_id={person}&after={end_of_log(port)}&wait=25"
    with Talk(port, request("GET", waited_for)) as talk:
        for number in range(3):
            add(port, f"Not Kari {number}")
            assert not talk.has_something_to_hear(0.5)
        asked(port, request("PATCH", f"{PERSONS}/{person}", b'{"name": "Kari Nordmann"}'))
        answer = talk.hear()
        assert [event["event"] for event in answer.json["items"]] == ["PersonEdited"]
    polls = [record for record in accesses(port)[:-before] if "wait" in record["query"]]
    assert [record["request_id"] for record in polls] == [answer.headers["x-request-id"]]


def test_who_waits_is_heard_of_soon_whichever_worker_he_waits_at(servers: Served) -> None:
    port = servers.port
    waiting = [Talk(port, request("GET", f"{EVENTS}?after={end_of_log(port)}&wait=25")) for _ in range(20)]
    time.sleep(1)
    add(port, "Kari")
    for talk in waiting:
        with talk:
            answer = talk.hear()
            assert answer.seconds < SOON
            assert [event["data"]["name"] for event in answer.json["items"]] == ["Kari"]


def test_a_token_that_is_revoked_ends_what_waits_by_it(databases: Databases) -> None:
    with databases.fresh(founded) as url, leadledger(url) as server:
        port = server.port
        token = operate(url, "token", "issue", "1").strip()
        (token_id,) = {line.split()[0] for line in operate(url, "token", "list").splitlines() if "console" in line}
        end = end_of_log(port)
        poll = request("GET", f"{EVENTS}?after={end}&types=LeadLabelAdded&wait=25", Authorization=f"Bearer {token}")
        stream = request("GET", f"{EVENTS}/stream?after={end}&wait=25", Authorization=f"Bearer {token}")
        with Talk(port, _only(poll)) as polling, Talk(port, _only(stream)) as streaming:
            time.sleep(1)
            operate(url, "token", "revoke", token_id)
            answer = polling.hear()
            assert (answer.status, answer.seconds < SOON) == (401, True)
            assert streaming.is_over(SOON)


def _only(bearing: bytes) -> bytes:
    """A request that bears no other token than its bearer's."""
    return b"\r\n".join(line for line in bearing.split(b"\r\n") if not line.startswith(b"x-api-token"))


def operate(url: str, *words: str) -> str:
    environment = {**os.environ, "LEADLEDGER_DATABASE_URL": url}
    done = subprocess.run([LEADLEDGER, *words], env=environment, capture_output=True, text=True, check=True)
    return done.stdout
