"""Clients that speak HTTP byte by byte, as well or as badly as they like."""

from __future__ import annotations

import json
import select
import socket
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import IO, Any

from tests.service.serving import TOKEN

PATIENCE = 60
"""Seconds until a test gives an answer up: the machine may be slow."""


@dataclass(frozen=True)
class Heard:
    """An answer, and after how many seconds it was there."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


class Talk(AbstractContextManager["Talk"]):
    """A connection to a server on this machine, on which something was sent at once.

    The system takes in at most about ``room`` bytes before somebody reads them, where that is said.
    """

    def __init__(self, port: int, sent: bytes = b"", room: int | None = None) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self._received = self.socket.makefile("rb")
        self.say(sent)

    def say(self, what: bytes) -> None:
        """Send something."""
        self.socket.sendall(what)

    def hear(self, method: str = "GET") -> Heard:
        """The next answer; raises `ConnectionError` where there comes none."""
        began = time.monotonic()
        answer = HTTPResponse(_Lent(self._received), method=method)  # type: ignore[arg-type]
        answer.begin()
        body = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Heard(answer.status, answer.reason, headers, body, time.monotonic() - began)

    def has_something_to_hear(self, within: float) -> bool:
        """Whether an answer begins in time, or the other side hangs up."""
        return bool(select.select([self.socket], [], [], within)[0])

    def is_over(self, within: float = PATIENCE) -> bool:
        """Whether the other side hangs up in time; what it says before is not minded."""
        self.socket.settimeout(within)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def __exit__(self, *_: object) -> None:
        self._received.close()
        self.socket.close()


class _Lent:
    """What was received, lent to one answer's reader, who leaves it open and takes no more than his."""

    def __init__(self, received: IO[bytes]) -> None:
        self._received = received

    def makefile(self, _mode: str) -> _Lent:
        """What an answer is read from."""
        return self

    def close(self) -> None:
        """Leave it open for the next answer."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._received, name)


def asked(port: int, request: bytes) -> Heard:
    """The answer to one request on a connection of its own."""
    with Talk(port, request) as talk:
        return talk.hear(request.partition(b" ")[0].decode("latin-1"))


def request(method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
    """A request as it goes over the wire, with our token; a header's name is written with underscores."""
    lines = [f"{method} {path} HTTP/1.1", "Host: here", f"x-api-token: {TOKEN}"]
    if body is not None:
        headers.setdefault("Content_Length", str(len(body)))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def chunked(path: str, chunks: bytes) -> bytes:
    """A request whose body comes in chunks, as they are given, well or badly formed."""
    return request("POST", path, Transfer_Encoding="chunked", Content_Type="application/json") + chunks
