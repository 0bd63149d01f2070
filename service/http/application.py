"""Flask without what each request would pay for and none here has any use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter

from service.http.this_request import ThisRequest


class _NoSessions(SessionInterface):
    """Sessions as Flask knows them, which nobody has here: who asks is told by a token."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The one session of all requests, which nothing can be put into."""
        return _SESSION


_SESSION = NullSession()


class Application(Flask):
    """An application without sessions, coroutines, blueprints, and routes that depend on the host: a fifth of a short
    answer.
    """

    request_class = ThisRequest
    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none is a coroutine, so none has to be looked at."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds a request's route, which its path and its method tell; outside a request nobody wants a route."""
        if request is None:
            return None
        asked = request.path, request.method, request.query_string.decode("latin-1")
        return MapAdapter(self.url_map, request.host, "/", "", request.scheme, *asked)

    def preprocess_request(self) -> Response | None:
        """What is done before each request, until something of it answers: no blueprint adds to it."""
        for begin in self.before_request_funcs[None]:
            if isinstance(answer := begin(), Response):
                return answer
        return None

    def process_response(self, response: Response) -> Response:
        """The answer, after what is done to each: no blueprint and no session adds to it."""
        for complete in reversed(self.after_request_funcs[None]):
            response = complete(response)
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Nothing: nobody waits for the end of a request."""

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Nothing, as at the end of a request."""
