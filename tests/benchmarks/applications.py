"""The applications that are compared: the service itself, and what its figures are measured against."""

from __future__ import annotations

import os
from functools import partial

from flask import Flask, Response

from service.app import create_app
from service.settings import Settings
from tests.benchmarks.plain import plain as plain_service

SIZES = "BENCHMARK_SIZES"
"""The variable of the environment that has the sizes of static answers, in bytes."""


def leadledger() -> Flask:
    """The service."""
    return create_app(Settings.from_environment())


def static() -> Flask:
    """Flask that answers the same bytes to everybody: the least an answer can cost. There is a route for each size."""
    app = Flask("static")
    for size in os.environ[SIZES].split():
        app.add_url_rule(f"/{size}", size, partial(_answer, b"x" * int(size)))
    return app


def plain() -> Flask:
    """The service without a history."""
    return plain_service()


def _answer(body: bytes) -> Response:
    return Response(body, mimetype="application/json")
