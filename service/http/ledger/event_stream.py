"""Route that streams the log's events as one long answer, a line each, until nothing comes for a while."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from flask import Response

from service.http.call import Call
from service.http.ledger.event_formats import NDJSON, lines, shown
from service.http.ledger.event_search import EventsQuery, Found, Search, search_of
from service.http.problem_details import ledger

SILENCE_SECONDS = 5
"""How long nothing is sent at the most: proxies cut silent connections, and only who sends notices a client gone."""


@ledger.route(
    "GET",
    "/events/stream",
    query=EventsQuery,
    formats=(NDJSON,),
    problems=frozenset({404}),
    is_audited=True,
    no_past="events never change; since and until say which are meant",
)
def get_event_stream(call: Call) -> Response:
    """The log behind a position to its end, a line of JSON per event, and what comes until nothing did for a while.

    An empty line says that there is nothing new. To go on, ask with the last line's position as ``after``.
    """
    answer = Response(_text(call, search_of(call)), mimetype=NDJSON)
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _text(call: Call, search: Search) -> Iterator[str]:
    """Lines; an empty one now and then while there is nothing to tell, and meanwhile no text at all."""
    spoke = -math.inf  # the first empty line comes at once: only with it does an answer begin
    for found in _followed(call, search):
        is_silent = time.monotonic() - spoke >= SILENCE_SECONDS
        text = lines(shown(call.ledger, found)) if found else "\n" if is_silent else ""
        yield text
        spoke = time.monotonic() if text else spoke


def _followed(call: Call, search: Search) -> Iterator[list[Found]]:
    """All there is, in batches, and what comes until nothing did for so many seconds; empty ones while nothing does.

    Raises `Unauthorized` as soon as something comes and the token does not let its owner in any more.
    """
    batches, reached = search.look(search.after)
    yield from batches
    deadline = time.monotonic() + call.query["wait"]
    while (now := time.monotonic()) < deadline:
        call.waiting.wait(behind=reached, until=min(deadline, now + SILENCE_SECONDS))
        yield []
        call.check_token()
        batches, reached = search.look(reached)
        for found in batches:
            yield found
            if found:
                deadline = time.monotonic() + call.query["wait"]
