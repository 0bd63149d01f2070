"""The log flows out here as one long answer, line by line as it is read, and on for as long as something comes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from flask import Response

from service.http.call import Call
from service.http.ledger.event_formats import NDJSON, lines, shown
from service.http.ledger.event_search import LOOK_SECONDS, EventsQuery, Found, Search, search_of
from service.http.problem_details import ledger

SILENCE_SECONDS = 5
"""How long nothing is sent at the most: proxies cut silent connections, and only who sends notices a client gone."""


@ledger.route("GET", "/events/stream", query=EventsQuery, is_audited=True)
def get_event_stream(call: Call) -> Response:
    """The log behind a position to its end, a line of JSON per event, and what comes until nothing did for a while.

    An empty line says that there is nothing new. To go on, ask with the last line's position as ``after``.
    """
    answer = Response(_text(search_of(call), call.query["wait"]), mimetype=NDJSON)
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _text(search: Search, wait: int) -> Iterator[str]:
    spoke = -math.inf  # the first empty line comes at once: only with it does an answer begin
    for found in _followed(search, wait):
        if found or time.monotonic() - spoke >= SILENCE_SECONDS:
            yield lines(shown(search.ledger, found)) if found else "\n"
            spoke = time.monotonic()


def _followed(search: Search, wait: int) -> Iterator[list[Found]]:
    """All there is, in batches, and what comes until nothing did for so many seconds; empty ones while nothing does."""
    batches, reached = search.look(search.after)
    yield from batches
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        batches, reached = search.look(reached)
        for found in batches:
            yield found
            if found:
                deadline = time.monotonic() + wait
        yield []
