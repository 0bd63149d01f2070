"""Sends requests over kept-alive sockets as fast as they are answered, and measures the server's CPU time."""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.served import Served

TOKEN = "the-benchmark-s-token"


class Answer(NamedTuple):
    """The status, the head in lower case, and the body."""

    status: int
    head: bytes
    body: bytes

    @property
    def tag(self) -> str | None:
        """The entity tag; None where there is none."""
        _, has_tag, rest = self.head.partition(b"\r\netag: ")
        return rest.partition(b"\r\n")[0].decode() if has_tag else None


Story = Generator[bytes, Answer, bytes]
"""What one client does: it yields requests made by `request_bytes`, one after the other, and is sent their answers; it
ends with the body of the last one."""


@dataclass(frozen=True)
class Cost:
    """What one kind of story cost: per second told, server CPU, and waiting (median, 99 of 100) in milliseconds."""

    per_second: float
    cpu_ms: float
    median_ms: float
    p99_ms: float


class Client:
    """One connection that is kept alive, with nothing between it and the socket."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        assert url.hostname
        assert url.port
        self.socket = socket.create_connection((url.hostname, url.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def ask(self, request: bytes) -> Answer:
        """Send a request made by `request_bytes`, and wait for its answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def send(self, request: bytes) -> None:
        """Send a request whose answer comes by `receive`."""
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """Wait for some bytes more; the answer, once it is there in whole."""
        more = self.socket.recv(262144)
        if not more:
            raise ConnectionError("the server hung up")
        self._received += more
        if (end := self._received.find(b"\r\n\r\n") + 4) < 4:
            return None
        head = self._received[:end].lower()
        _, has_length, rest = head.partition(b"content-length:")
        whole = end + (int(rest.split(b"\r\n")[0]) if has_length else 0)
        if len(self._received) < whole:
            return None
        body, self._received = self._received[end:whole], self._received[whole:]
        return Answer(int(head[9:12]), head, body)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def request_bytes(method: str, path: str, body: Any = None, *, host: str = "benchmark", **headers: str) -> bytes:
    """An HTTP request as it goes over the wire, made once and sent many times."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"x-api-token: {TOKEN}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client that hangs up at the end of the block."""
    client = Client(address)
    try:
        yield client
    finally:
        client.close()


def asking(request: bytes, expected: int) -> Story:
    """One request, whose answer must have the expected status; it ends with the body."""
    answer = yield request
    if answer.status != expected:
        raise RuntimeError(f"{answer.status} instead of {expected}: {answer.body[:200]!r}")
    return answer.body


def measure(server: Served, stories: Iterable[Story], *, count: int, clients: int) -> Cost:
    """Let several clients at once tell so many stories, each the next one when it has ended its last.

    One thread minds all of them, so that it takes little of the processors from the server.
    """
    left, waits = islice(stories, count), list[float]()
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        lines = [_Line(stack.enter_context(connected(server.address)), left, waits) for _ in range(min(clients, count))]
        cpu_before, begun = server.cpu_seconds(), time.perf_counter()
        for line in lines:
            selector.register(line.client.socket, selectors.EVENT_READ, line)
            line.begin()
        while len(waits) < count:
            for key, _ in selector.select():
                key.data.go_on()
        elapsed = time.perf_counter() - begun
    cpu = server.cpu_seconds() - cpu_before
    percentiles = statistics.quantiles(waits, n=100, method="inclusive") if count > 1 else waits * 99
    return Cost(count / elapsed, 1000 * cpu / count, 1000 * percentiles[49], 1000 * percentiles[98])


class _Line:
    """A client that tells one story after the other; how long each took is added to ``waits``."""

    def __init__(self, client: Client, left: Iterator[Story], waits: list[float]) -> None:
        self.client = client
        self._left = left
        self._waits = waits
        self._story: Story | None = None
        self._begun = 0.0

    def begin(self) -> None:
        """Begin the next story, if one is left."""
        self._story = next(self._left, None)
        if self._story is not None:
            self._begun = time.perf_counter()
            self.client.send(next(self._story))

    def go_on(self) -> None:
        """Take what has come from the server; where an answer is there, the story goes on."""
        answer = self.client.receive()
        if answer is None or self._story is None:
            return
        try:
            self.client.send(self._story.send(answer))
        except StopIteration:
            self._waits.append(time.perf_counter() - self._begun)
            self.begin()
