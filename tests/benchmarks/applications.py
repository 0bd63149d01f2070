"""The applications that are compared: the service itself, and what its figures are measured against."""

from __future__ import annotations

from flask import Flask, Response

from service.app import create_app
from service.settings import Settings
from tests.benchmarks.plain import plain as plain_service

STATIC_BYTES = 30_000
"""About as many as a page of 50 has."""


def leadledger() -> Flask:
    """The service."""
    return create_app(Settings.from_environment())


def static() -> Flask:
    """Flask that answers the same bytes to everybody: the least an answer can cost under this server."""
    app = Flask("static")
    body = b"[" + b"0," * (STATIC_BYTES // 2) + b"0]"

    @app.get("/static")
    def answer() -> Response:
        return Response(body, mimetype="application/json")

    return app


def plain() -> Flask:
    """The service without a history."""
    return plain_service()
