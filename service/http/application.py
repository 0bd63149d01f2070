"""Flask without what each request would pay for and none here has any use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter


class _NoSessions(SessionInterface):
    """Sessions as Flask knows them, which nobody has here: who asks is told by a token."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The one session of all requests, which nothing can be put into."""
        return _SESSION


_SESSION = NullSession()


class Application(Flask):
    """An application without sessions, coroutines and routes that depend on the host: an eighth of a short answer."""

    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none is a coroutine, so none has to be looked at."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds a request's route, which its path and its method tell."""
        if request is None:
            return super().create_url_adapter(None)
        asked = request.path, request.method, request.query_string.decode("latin-1")
        return MapAdapter(self.url_map, request.host, "/", "", request.scheme, *asked)
