"""Takes requests in whole on the event loop, and lets a WSGI application answer them in threads.

A thread works for a request only from the moment it is there in whole until its answer is made: whoever sends
slowly, reads slowly or waits for the log to grow has none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, RequestTimeout, ServiceUnavailable
from werkzeug.wsgi import ClosingIterator

from service.app import LARGEST_BODY
from service.http.errors import REFUSAL
from service.http.waiting import KEY, Waiting
from service.log.follower import Follower
from service.server.asked import WsgiAnswer, ask
from service.server.environ import Environ, Scope, environ_of
from service.server.journal import Journal
from service.server.limits import BODY_SECONDS, DRAIN_SECONDS, LONGEST_DRAINED, MOST_HELD

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_CLOSE = [(b"connection", b"close")]
_PROBES, _FEEDS = ("/health/", "/metrics"), "/api/ledger/v1/events"
_ASIDE = 2
"""Threads for probes, which must not wait behind any reader, and for feeds, behind which no other reader must wait."""


class ClientLeft(Exception):
    """The client has gone before its request was there in whole."""


class Bridge:
    """An ASGI application made of a WSGI one; ``follower`` tells waiting requests when the log has grown.

    Few ``readers`` answer what only reads, since threads that compute take the interpreter from each other;
    ``writers`` answer what commands, since those wait for the disk, and share it the better the more they are.
    """

    def __init__(
        self, application: WSGIApplication, follower: Follower, journal: Journal, readers: int, writers: int
    ) -> None:
        self.application = application
        self.journal = journal
        self._follower = follower
        self._readers = ThreadPoolExecutor(readers, "read")
        self._writers = ThreadPoolExecutor(writers, "write")
        self._probes = ThreadPoolExecutor(_ASIDE, "probe")
        self._feeds = ThreadPoolExecutor(_ASIDE, "feed")
        self._asleep: set[asyncio.Event] = set()
        self._is_stopping = False
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose client leaves before a thread has begun with it is not begun."""
        body = bytearray()
        try:
            environ, is_whole = await self._taken_in(scope, receive, body)
            await self._answer(environ, send, is_last=not is_whole)
            if not is_whole and REFUSAL not in environ and "HTTP_EXPECT" not in environ:
                await _drain(receive)
        except ClientLeft:
            pass
        finally:
            self._held -= len(body)

    def tell_vitals(self, connections: int) -> None:
        """Tell operators how this process is; to be called every second or so."""
        self.journal.vitals.tell(connections, waiters=len(self._asleep))

    def stop(self) -> None:
        """Answer waiting requests at once, end streams, and close each connection after its answer."""
        self._is_stopping = True
        for told in self._asleep:
            told.set()

    async def _taken_in(self, scope: Scope, receive: Receive, body: bytearray) -> tuple[Environ, bool]:
        """A request, and whether it was read to its end: one that is too large, or late, is answered before that."""
        told = {name: value for name, value in scope["headers"] if name in (b"content-length", b"transfer-encoding")}
        length = int(told.get(b"content-length", 0))
        has_none = length == 0 and b"transfer-encoding" not in told
        if has_none or length > LARGEST_BODY:
            return environ_of(scope, b"", length), has_none
        refusal: HTTPException
        try:
            async with asyncio.timeout(BODY_SECONDS):
                is_whole = await self._take(receive, body)
            return environ_of(scope, bytes(body)), is_whole
        except TimeoutError:
            refusal = RequestTimeout(f"the body was not there within {BODY_SECONDS} seconds")
        except ServiceUnavailable as error:
            refusal = error
        return {**environ_of(scope, b""), REFUSAL: refusal}, False

    async def _take(self, receive: Receive, body: bytearray) -> bool:
        """Take a body, or as much of it as shows that it is too large; answers whether that is all of it.

        Raises `ClientLeft` and `ServiceUnavailable`.
        """
        while len(body) <= LARGEST_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            body += message["body"]
            self._held += len(message["body"])
            if not message["more_body"]:
                return True
            if self._held > MOST_HELD:
                raise ServiceUnavailable("too many bodies are on their way at the moment; try again in a few seconds")
        return False

    async def _answer(self, environ: Environ, send: Send, *, is_last: bool) -> None:
        """Send the answer; it announces the end of the connection where it is the last one there, or we stop."""
        begun, waiting = time.monotonic(), Waiting()
        answer: WsgiAnswer | None = None
        status: int | None = None
        try:
            answer = await self._ask(self._threads_for(environ), environ, waiting)
            while waiting.seconds > 0 and not self._is_stopping:
                await self._wait(waiting)
                waiting = waiting.again()
                environ["HTTP_X_REQUEST_ID"] = answer.request_id
                answer = await self._ask(self._feeds, environ, waiting)
            headers = answer.headers + (_CLOSE if is_last or self._is_stopping else [])
            status = answer.status
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if answer.rest is not None:
                await self._pass_on(answer.rest, waiting, send)
            await send({"type": "http.response.body", "body": answer.body})
        finally:
            self.journal.note(environ, answer, status, time.monotonic() - begun)

    async def _ask(self, threads: ThreadPoolExecutor, environ: Environ, waiting: Waiting) -> WsgiAnswer:
        environ["wsgi.input"].seek(0)
        asked = partial(ask, self.application, {**environ, KEY: waiting})
        return await asyncio.get_running_loop().run_in_executor(threads, asked)

    async def _pass_on(self, rest: ClosingIterator, waiting: Waiting, send: Send) -> None:
        """Send what an answer goes on with, each part made only when the one before it was taken."""
        part = self._feeds.submit(next, rest, None)
        try:
            while (found := await asyncio.wrap_future(part)) is not None and not self._is_stopping:
                if found:
                    await send({"type": "http.response.body", "body": found, "more_body": True})
                elif waiting.seconds > 0:
                    await self._wait(waiting)
                part = self._feeds.submit(next, rest, None)
        finally:
            part.add_done_callback(lambda _: rest.close())  # not while a thread makes the next part

    async def _wait(self, waiting: Waiting) -> None:
        told, loop = asyncio.Event(), asyncio.get_running_loop()
        self._asleep.add(told)
        try:
            async with asyncio.timeout(waiting.seconds):
                with self._follower.waiting(waiting.reached, lambda: loop.call_soon_threadsafe(told.set)):
                    await told.wait()
        except TimeoutError:
            pass
        finally:
            self._asleep.discard(told)
            waiting.until = None

    def _threads_for(self, environ: Environ) -> ThreadPoolExecutor:
        path: str = environ["PATH_INFO"]
        if path.startswith(_PROBES):
            return self._probes
        if path.startswith(_FEEDS):
            return self._feeds
        return self._readers if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS") else self._writers


async def _drain(receive: Receive) -> None:
    """Take the rest of a body and forget it: a client that is still sending would not hear the answer."""
    left = LONGEST_DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0 and (message := await receive()).get("more_body"):
                left -= len(message["body"])
