"""Many connections that keep the service waiting, each in the way of its kind, all from one thread."""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from tests import loops
from tests.faults.service import TOKEN

SECONDS_TO_CONNECT = 60
DRIP_SECONDS = 3
PAUSE_SECONDS = 1
"""Until somebody whose connection was ended comes back."""

STREAMED_SECONDS = 60

_FEED = "/api/ledger/v1/events"

Behaviour = Callable[[StreamReader, StreamWriter], Awaitable[object]]
"""What a client does on one connection, until he or the service has enough of it."""


class Crowd:
    """So many clients of each kind, from the beginning of the block until its end; who is sent away comes back."""

    def __init__(self, address: str, clients: Mapping[Behaviour, int]) -> None:
        self._host, self._port = urlsplit(address).hostname, urlsplit(address).port
        self._clients = clients
        self._connected = 0
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=loops.run, args=(self._crowd(),))
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def wait(self) -> None:
        """Return when all of them are connected."""
        deadline = time.monotonic() + SECONDS_TO_CONNECT
        while self._connected < sum(self._clients.values()):
            assert time.monotonic() < deadline, f"only {self._connected} connections are taken"
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _crowd(self) -> None:
        self._loop = asyncio.get_running_loop()
        kinds = [behaviour for behaviour, number in self._clients.items() for _ in range(number)]
        tasks = [asyncio.create_task(self._come_again(behaviour)) for behaviour in kinds]
        await self._stopped.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _come_again(self, behaviour: Behaviour) -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                self._connected += 1
                try:
                    await behaviour(reader, writer)
                finally:
                    self._connected -= 1
                    writer.transport.abort()
            await asyncio.sleep(PAUSE_SECONDS)


async def say_nothing(reader: StreamReader, _: StreamWriter) -> None:
    """Connect, and fall silent."""
    await reader.read()


async def stop_within_the_head(reader: StreamReader, writer: StreamWriter) -> None:
    """Begin a request, and fall silent."""
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: lead")
    await reader.read()


async def drip(_: StreamReader, writer: StreamWriter) -> None:
    """Send one line of a head after the other, and never the last."""
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: leadledger\r\n")
    while True:
        await asyncio.sleep(DRIP_SECONDS)
        writer.write(b"x-more: to come\r\n")
        await writer.drain()


async def stop_within_the_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Announce a body, and send half of it."""
    writer.write(_request("POST", "/v1/leads", "content-type: application/json", "content-length: 500") + b'{"title": ')
    await reader.read()


async def wait_for_events(reader: StreamReader, writer: StreamWriter) -> None:
    """Wait for what nobody does, again and again."""
    while True:
        writer.write(_request("GET", f"{_FEED}?types=LeadLabelDeleted&wait=20"))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))


async def leave_unread(_: StreamReader, writer: StreamWriter) -> None:
    """Ask for the whole log as a stream that goes on, and read nothing of it."""
    transport = writer.transport
    assert isinstance(transport, asyncio.ReadTransport)
    transport.pause_reading()
    writer.write(_request("GET", f"{_FEED}/stream?wait=25"))
    await asyncio.sleep(STREAMED_SECONDS)


def _request(method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: leadledger", f"x-api-token: {TOKEN}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"
