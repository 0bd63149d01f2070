"""One request and its answer, as the transcript holds them."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.transcript.seeded import SteppedClock

NAMED_HEADERS = ("Content-Type", "Location", "Retry-After", "Allow", "X-As-Of-Position", "X-As-Of-Time", "ETag")
"""The headers that clients rely on; others may change with the server."""

BETWEEN = "\n\n"
"""What stands between two exchanges."""

_BUILD = re.compile(r'\.[0-9a-f]{10}"')

LARGEST = 20_000
"""Characters of an answer that are kept as they are; of a larger one its digest is kept."""


class Recorder:
    """Sends requests one by one and keeps each with its answer, as text."""

    def __init__(self, client: FlaskClient, clock: SteppedClock) -> None:
        self._client = client
        self._clock = clock
        self.exchanges: list[str] = []

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request, keep it, and answer what came; ``headers`` may replace the token's."""
        self._clock.step()
        request_id = f"request-{len(self.exchanges) + 1}"
        answer = self._client.open(path, method=method, json=body, headers={"X-Request-Id": request_id, **headers})
        self.exchanges.append(_written(method, path, body, headers, answer))
        return answer


def _written(method: str, path: str, body: Any, headers: dict[str, str], answer: TestResponse) -> str:
    asked = [f"{method} {path}", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        asked.append(orjson.dumps(body).decode())
    told = [f"{answer.status_code}"]
    told += [f"{name}: {_lasting(answer.headers[name])}" for name in NAMED_HEADERS if name in answer.headers]
    return "\n".join([*asked, *told, _body(answer.get_data(as_text=True))]).rstrip("\n")


def _lasting(told: str) -> str:
    """A header without the last part of an entity tag, which differs between releases."""
    return _BUILD.sub('.build"', told)


def _body(text: str) -> str:
    if len(text) > LARGEST:
        return f"{len(text)} characters {sha256(text.encode()).hexdigest()}"
    return text.replace(BETWEEN, "\n\\n")
