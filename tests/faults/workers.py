"""Workers of a service on one database, each a process of its own that answers what it is sent through a pipe."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from service.app import create_app
from service.maintenance.replay import rebuild
from service.settings import Settings
from tests.service.serving import ledger_of

REBUILD = "REBUILD"
"""In place of a method: the read models are built again."""


SAME = {"X-Request-Id": "the same"}
"""What problems tell of their requests is the same."""


class Asked(NamedTuple):
    """A request."""

    token: str
    method: str
    path: str
    body: Any = None


class Told(NamedTuple):
    """An answer."""

    status: int
    tag: str | None
    body: bytes


class Worker:
    """One process that answers one request at a time."""

    def __init__(self, url: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(url, theirs), daemon=True)
        self._process.start()

    def send(self, asked: Asked, **headers: str) -> None:
        """Begin with a request."""
        self._pipe.send((asked, headers))

    def receive(self) -> Told:
        """What the request is answered."""
        told: Told = self._pipe.recv()
        return told

    def ask(self, asked: Asked, **headers: str) -> Told:
        """What a request is answered that nothing else happens beside."""
        self.send(asked, **headers)
        return self.receive()

    def stop(self) -> None:
        """Let it end."""
        self._pipe.close()
        self._process.join(10)


@contextmanager
def workers(url: str, count: int) -> Iterator[list[Worker]]:
    """So many of them, until the end of the block."""
    started = [Worker(url) for _ in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            worker.stop()


def _work(url: str, pipe: Connection[Any, tuple[Asked, Mapping[str, str]]]) -> None:
    app = create_app(Settings(url))
    client = app.test_client()
    while True:
        try:
            asked, headers = pipe.recv()
        except EOFError:
            return
        if asked.method == REBUILD:
            rebuild(ledger_of(app), lambda _: None)
            pipe.send(Told(200, None, b""))
            continue
        bears = {"x-api-token": asked.token, **SAME, **headers}
        answer = client.open(asked.path, method=asked.method, json=asked.body, headers=bears)
        pipe.send(Told(answer.status_code, answer.headers.get("ETag"), answer.data))
