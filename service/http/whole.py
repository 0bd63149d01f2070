"""Answers that are there in whole: they go out as they are, and are taken as they come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


_WITH_BODY = frozenset({200, 201, 202})
"""The statuses of answers that have a body, and so bear its length already."""


def whole_of(parts: Iterable[bytes]) -> bytes:
    """All bytes that an application answers with, which is closed behind them, as WSGI wants it (PEP 3333)."""
    try:
        return b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


class Whole(Response):
    """An answer whose bytes and headers are all there.

    werkzeug goes through the headers of an answer and copies them before it goes out, since a length, or the whole of
    an address, may have to be added; that is a tenth of what a short answer costs.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give it to whoever asked."""
        if environ["REQUEST_METHOD"] == "HEAD" or self.status_code not in _WITH_BODY or self.is_streamed:
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return [self.get_data()]
