"""Asks a WSGI application one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wsgi import ClosingIterator

from service.http.headers import REQUEST_ID
from service.http.measures import ENDPOINT
from service.http.whole import whole_of
from service.server.environ import Environ

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class WsgiAnswer:
    """What a WSGI application answers: a whole body, or a first part and a ``rest`` that is generated as it is read.

    An empty part of the rest means that there is nothing yet. Whoever does not ask to the end closes it.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: ClosingIterator | None
    request_id: str
    endpoint: str | None


def ask(application: WSGIApplication, environ: Environ) -> WsgiAnswer:
    """Let the application answer a request; of an answer whose length it does not say, nothing is made yet."""
    status, headers = 0, list[tuple[str, str]]()

    def start_response(line: str, given: list[tuple[str, str]], _error: Any = None) -> Any:
        nonlocal status, headers
        status, headers = int(line[:3]), given

    parts = application(environ, start_response)
    said = dict(headers)
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    told = said.get(REQUEST_ID, ""), environ.get(ENDPOINT)
    if "Content-Length" not in said and status not in (204, 304):
        return WsgiAnswer(status, encoded, b"", ClosingIterator(parts), *told)
    return WsgiAnswer(status, encoded, whole_of(parts), None, *told)
