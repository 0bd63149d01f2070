"""Asks a WSGI application one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wsgi import ClosingIterator

from service.http.measures import ENDPOINT
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

    rest = ClosingIterator(application(environ, start_response))
    said = {name.lower(): value for name, value in headers}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    told = said.get("x-request-id", ""), environ.get(ENDPOINT)
    if "content-length" not in said and status not in (204, 304):
        return WsgiAnswer(status, encoded, b"", rest, *told)
    try:
        return WsgiAnswer(status, encoded, b"".join(rest), None, *told)
    finally:
        rest.close()
