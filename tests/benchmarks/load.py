"""Sends requests over kept-alive sockets as fast as they are answered, and measures the server's CPU time."""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.served import Served

TOKEN = "the-benchmark-s-token"


@dataclass(frozen=True)
class Cost:
    """What one kind of request cost: per second answered, server CPU and median waiting in milliseconds."""

    per_second: float
    cpu_ms: float
    median_ms: float


class Client:
    """One connection that is kept alive, on the monotonic clock, with nothing between it and the socket."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        assert url.hostname
        assert url.port
        self._socket = socket.create_connection((url.hostname, url.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = url.netloc
        self._received = b""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request made by `request_bytes`; answer the status and the body."""
        self._socket.sendall(request)
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            self._receive()
        head = self._received[:end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(self._received) < end + 4 + length:
            self._receive()
        body = self._received[end + 4 : end + 4 + length]
        self._received = self._received[end + 4 + length :]
        return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self) -> None:
        more = self._socket.recv(262144)
        if not more:
            raise ConnectionError("the server hung up")
        self._received += more


def request_bytes(method: str, path: str, body: Any = None) -> bytes:
    """An HTTP request as it goes over the wire, made once and sent many times."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: benchmark", f"x-api-token: {TOKEN}", f"Content-Length: {len(content)}"]
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


def measure(server: Served, requests: Iterator[bytes], *, count: int, clients: int, expected: int) -> Cost:
    """Send a number of requests from several clients at once; every answer must have the expected status."""
    waits: list[float] = []
    failures: list[str] = []
    left = threading.Semaphore(count)
    taking = threading.Lock()

    def work() -> None:
        with connected(server.address) as client:
            while left.acquire(blocking=False):
                with taking:
                    request = next(requests)
                begun = time.perf_counter()
                status, body = client.ask(request)
                waits.append(time.perf_counter() - begun)
                if status != expected:
                    failures.append(f"{status}: {body[:200]!r}")

    threads = [threading.Thread(target=work) for _ in range(clients)]
    cpu_before, begun = server.cpu_seconds(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    if failures:
        raise RuntimeError(f"{len(failures)} of {count} requests failed, such as {failures[0]}")
    return Cost(count / elapsed, (server.cpu_seconds() - cpu_before) / count * 1000, statistics.median(waits) * 1000)
