"""An answer that is there in whole: it goes out as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Whole(Response):
    """An answer whose bytes and headers are all there.

    werkzeug goes through the headers of an answer and copies them before it goes out, since a length, or the whole of
    an address, may have to be added; that is a tenth of what a short answer costs.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give it to whoever asked."""
        if environ["REQUEST_METHOD"] != "GET" or self.status_code != 200 or self.is_streamed:
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return [self.get_data()]
