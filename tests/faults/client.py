"""One client of the service, on a connection that it keeps for as long as it can."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

SECONDS = 60


class Answer(NamedTuple):
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body, where it is JSON."""
        return json.loads(self.text)


class NotSent(Exception):
    """There was nobody to connect to, so nothing was asked."""


class BrokenOff(Exception):
    """The connection ended behind the request and before its answer: nobody can tell what came of it."""


class Client:
    """Asks one thing after the other, each on the connection of the one before where that is still there."""

    def __init__(self, address: str, token: str) -> None:
        self._host = urlsplit(address).netloc
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: Any = None, request_id: str | None = None, key: str | None = None
    ) -> Answer:
        """The answer to one request. Raises `NotSent` or `BrokenOff`."""
        connection = self._connected()
        headers = {"x-api-token": self._token, "content-type": "application/json"}
        if request_id is not None:
            headers["x-request-id"] = request_id
        if key is not None:
            headers["idempotency-key"] = key
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise BrokenOff(f"{method} {path}: {error!r}") from None
        if connection.sock is None:
            self._connection = None
        return Answer(answer.status, text, dict(answer.headers))

    def get(self, path: str, **query: Any) -> Answer:
        """The answer to a question that goes well."""
        answer = self.ask("GET", f"{path}?{urlencode(query)}" if query else path)
        assert answer.status == 200, f"GET {path}: {answer.status} {answer.text}"
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            connection = http.client.HTTPConnection(self._host, timeout=SECONDS)
            connection.auto_open = 0
            try:
                connection.connect()
            except OSError as error:
                raise NotSent(str(error)) from None
            self._connection = connection
        return self._connection
