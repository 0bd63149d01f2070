"""One client's connection: gunicorn's, which waits for no part of a request or an answer for ever."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from gunicorn.asgi.parser import (
    InvalidHeaderName,
    InvalidHTTPVersion,
    InvalidRequestMethod,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseError,
    UnsupportedTransferCoding,
)
from gunicorn.asgi.protocol import _REASON_PHRASES, ASGIProtocol
from gunicorn.http.errors import ParseException as HTTPParseException
from werkzeug.exceptions import BadRequest, default_exceptions

from service.http.errors import REFUSAL
from service.server.asked import ask
from service.server.environ import environ_of
from service.server.limits import HEAD_SECONDS, LONGEST_HEAD, MOST_PARTS, SEND_SECONDS

if TYPE_CHECKING:
    from service.server.worker import Worker

for _status in HTTPStatus:  # gunicorn has not all of them: 412 would be "Unknown"
    _REASON_PHRASES.setdefault(_status, _status.phrase)

_STATUSES = {LimitRequestLine: 414, LimitRequestHeaders: 431, UnsupportedTransferCoding: 501}
"""How what the parser rejects is refused, where not with 400."""

_NOT_SAID = {
    InvalidRequestMethod: "this is no method",
    InvalidHTTPVersion: "this version of HTTP is not spoken here",
    InvalidHeaderName: "no header may have this name here",
    UnsupportedTransferCoding: "the body may come in chunks, but not in this coding",
}
"""What is wrong, where the parser only quotes what it rejects."""


class Connection(ASGIProtocol):
    """A connection with deadlines; what cannot be read as a request is refused in the words of its address."""

    worker: Worker
    transport: asyncio.Transport

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self._deadline: asyncio.TimerHandle | None = None
        self._parts = self._head_so_far = 0

    @property
    def is_idle(self) -> bool:
        """Whether no complete request is being answered."""
        receiver = self._body_receiver
        return bool(self._awaiting_request or (receiver is not None and not receiver._complete))

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first head, where there is room for another connection."""
        super().connection_made(transport)
        self._within(HEAD_SECONDS, self._miss_head)
        if not self.worker.makes_room_for(self):
            self.refuse(503, "there are too many connections at the moment; try again in a few seconds")

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection; a request that nobody has begun with is not begun."""
        self._in_time()
        self.worker.connections.pop(self, None)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, but with no head that is too long."""
        super().data_received(data)
        self._head_so_far += len(data)
        if self._current_request is not None or self._closed:
            self._head_so_far = 0
        elif self._head_so_far > LONGEST_HEAD:
            self.refuse(431, f"the request's head is longer than {LONGEST_HEAD} bytes")

    def pause_writing(self) -> None:
        """The send buffer is full: start the deadline for the client to read."""
        super().pause_writing()
        self._within(SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken what it was sent, or enough of it; of a last answer it has to take all in time."""
        if not self._closed:
            self._in_time()
        super().resume_writing()

    def refuse(self, status: int, reason: str) -> None:
        """Answer in place of the application, and hang up."""
        self._send_error_response(status, reason)
        self._close_transport()

    def hang_up(self) -> None:
        """Close the connection, on which no answer is pending."""
        self._keepalive_timeout()

    def _feed_callback_parser(self, data: bytes) -> bool:
        """Feed the parser; what it rejects is refused with the reason. Answers whether there may be more to feed."""
        try:
            self._callback_parser.feed(data)
        except (ParseError, HTTPParseException, ValueError) as error:
            quoted = _NOT_SAID.get(type(error))
            self.refuse(_STATUSES.get(type(error), 400), f"{quoted}: {error}" if quoted else str(error))
            return False
        return True

    def _on_headers_complete(self) -> bool:
        """Begin with a request; nobody here undoes what a body was packed by on its way."""
        for name, value in self._callback_parser.headers:
            if name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise UnsupportedTransferCoding(value.decode("latin-1"))
        whole: bool = super()._on_headers_complete()
        return whole

    def _on_body(self, part: bytes) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ParseError(f"the body comes in more than {MOST_PARTS} parts")
        super()._on_body(part)

    def _on_message_complete(self) -> None:
        self._parts = 0
        super()._on_message_complete()

    def _miss_head(self) -> None:
        if self._awaiting_request and self.req_count == 1:
            self.refuse(408, f"the request's head was not there within {HEAD_SECONDS} seconds")

    def _close_transport(self) -> None:
        super()._close_transport()
        self._within(SEND_SECONDS, self.transport.abort)

    def _send_error_response(self, status: int, message: str, _headers: Any = ()) -> None:
        refusal = default_exceptions.get(status, BadRequest)(message)
        environ = {**environ_of(self._scope_so_far(), b""), REFUSAL: refusal}
        answer = ask(self.app.application, environ)
        self.app.journal.note(environ, answer, answer.status, 0.0)
        head = [b"HTTP/1.1 %d %s" % (answer.status, refusal.name.encode()), b"Connection: close"]
        head += [b"%s: %s" % header for header in answer.headers]
        self._safe_write(b"\r\n".join(head) + b"\r\n\r\n" + answer.body)

    def _scope_so_far(self) -> dict[str, Any]:
        """What is known of a request that cannot be read to its end: mostly where it was sent to."""
        parser = self._callback_parser
        begun: bytes = parser.path or bytes(parser._buffer[:200]).partition(b" ")[2]
        return {
            "method": "GET",
            "raw_path": begun.partition(b"?")[0].partition(b" ")[0],
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "headers": [],
            "server": self.transport.get_extra_info("sockname"),
            "client": self.transport.get_extra_info("peername"),
        }

    def _is_websocket_upgrade(self, _request: Any) -> bool:
        return False  # an offer that is not taken up: the request is answered as any other

    def _within(self, seconds: float, otherwise: Any) -> None:
        self._in_time()
        self._deadline = self.worker.loop.call_later(seconds, otherwise)

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
