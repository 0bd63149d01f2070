"""Clients that wait, or let wait, keep nobody else from being answered, however many they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.served import Served
from tests.service.server.sockets import Heard, Talk, asked, request

pytestmark = pytest.mark.slow

EVENTS = "/api/ledger/v1/events"
SOON = 4
"""Seconds, on a machine that may be slow: those who wait do so for longer than that."""

NOTES = 200
"""Of some kilobytes each: more than fits into the buffers of a socket that nobody reads from."""

SMALL_CROWD, LARGE_CROWD = (30, 40, 30), (300, 500, 100)
"""How many send slowly or nothing at all, wait for what comes, and do not read what they asked for."""

HALF_SENT = (
    request("GET", "/v1/leads")[:-10],
    request("POST", "/api/v2/persons", b'{"name": "Kari"}')[:-3],
    b"GET /v1/l",
    b"",
)


def person(port: int, name: str = "Kari") -> Heard:
    return asked(port, request("POST", "/api/v2/persons", json.dumps({"name": name}).encode()))


def end_of_log(port: int) -> int:
    end: int = asked(port, request("GET", f"{EVENTS}?after=0&types=UserAdded")).json["next"]
    return end


@pytest.fixture(scope="module")
def crowded(servers: Served) -> Served:
    """A server whose log is longer than what a socket holds for those who do not read."""
    person_id = person(servers.port).json["data"]["id"]
    note = json.dumps({"content": "He called. " * 500, "person_id": person_id}).encode()
    with Talk(servers.port) as talk:
        for _ in range(NOTES):
            talk.say(request("POST", "/v1/notes", note))
            assert talk.hear().status == 200
    return servers


@contextmanager
def crowd(port: int, slow: int, polls: int, streams: int) -> Iterator[list[Talk]]:
    """So many slow, waiting and deaf clients; the block is given those that wait."""
    end = end_of_log(port)
    with ExitStack() as stack:
        for number in range(slow):
            stack.enter_context(Talk(port, HALF_SENT[number % len(HALF_SENT)]))
        for _ in range(streams):
            stack.enter_context(Talk(port, request("GET", f"{EVENTS}/stream?wait=25"), room=4096))
        yield [stack.enter_context(Talk(port, request("GET", f"{EVENTS}?after={end}&wait=25"))) for _ in range(polls)]


@pytest.mark.parametrize("size", [SMALL_CROWD, LARGE_CROWD], ids=["a small crowd", "a large crowd"])
def test_everybody_else_is_answered_as_always(crowded: Served, size: tuple[int, int, int]) -> None:
    port = crowded.port
    with crowd(port, *size) as waiting:
        time.sleep(1)  # until all of them are where they wait
        for _ in range(10):
            for path in ("/health/live", "/health/ready", "/v1/leads?limit=1"):
                answer = asked(port, request("GET", path))
                assert (answer.status, answer.seconds < SOON) == (200, True)
        added = person(port, "The one they wait for")
        assert (added.status, added.seconds < SOON) == (200, True)
        for talk in waiting:
            (event,) = talk.hear().json["items"]
            assert event["data"]["name"] == "The one they wait for"
