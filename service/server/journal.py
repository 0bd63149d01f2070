"""Notes each request as its answer ends: counts it and, where operators want JSON logs, writes a line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

from service.http.measures import Measures, template_of
from service.server.asked import WsgiAnswer
from service.server.environ import Environ
from service.server.json_logs import line_of, write
from service.server.vitals import Cache, Vitals

GATHERED_SECONDS = 0.1
"""How long lines are gathered: written one by one, each would cost as much as several written together."""


class _Noted(NamedTuple):
    at: float
    request_id: str | None
    method: str
    endpoint: str | None
    status: int | None
    seconds: float


class Journal:
    """What becomes known of requests: of each its route, status and duration, and nothing that tells of people.

    It is used on the event loop only.
    """

    def __init__(self, measures: Measures, caches: Mapping[str, Cache], *, has_lines: bool) -> None:
        self.vitals = Vitals(measures, caches)
        self._measures = measures
        self._has_lines = has_lines
        self._gathered: list[_Noted] = []

    def note(self, environ: Environ, answer: WsgiAnswer | None, status: int | None, seconds: float) -> None:
        """Note a request that took so long, and what it was answered with; None: its client hung up before that."""
        request_id, endpoint = (None, None) if answer is None else (answer.request_id, answer.endpoint)
        method: str = environ["REQUEST_METHOD"]
        self._measures.request_ended(endpoint, method, status, seconds)
        if self._has_lines:
            if not self._gathered:
                asyncio.get_running_loop().call_later(GATHERED_SECONDS, self.write)
            self._gathered.append(_Noted(time.time(), request_id, method, endpoint, status, seconds))

    def write(self) -> None:
        """Write the lines that were gathered."""
        gathered, self._gathered = self._gathered, []
        write(map(_line, gathered))


def _line(noted: _Noted) -> bytes:
    """A request's line: it says the route, not the path, into which others may have written anything."""
    return line_of(
        noted.at,
        "INFO",
        "request",
        request_id=noted.request_id,
        method=noted.method,
        route=template_of(noted.endpoint),
        status=noted.status,
        milliseconds=round(noted.seconds * 1000, 2),
    )
