"""Makes the web application on one database: settings, ledger, routes and error handling."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, g, request

from service.clock import Clock, wall_clock
from service.database.database import Database
from service.http import errors, headers, problem_details, security
from service.http.call import request_id
from service.http.paths import url_map
from service.http.pipedrive import word_problem, word_v2_problem
from service.http.routes import FAMILIES
from service.settings import Settings
from service.wiring import make_ledger

TEMPLATES = Path(__file__).parent / "templates"
LARGEST_BODY = 1_000_000
"""Bytes; more than any real request of JSON has."""


def create_app(settings: Settings, clock: Clock = wall_clock) -> Flask:
    """The web application on one database; the caller sees to it that the database's tables are there."""
    app = Flask("leadledger", static_folder=None, template_folder=str(TEMPLATES))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map = url_map()
    if settings.security_log is not None:
        security.write_to(settings.security_log)
    database = Database(settings.database_url, is_read_only=settings.is_read_only)
    ledger = make_ledger(database, clock, settings)
    app.extensions["ledger"] = ledger

    @app.before_request
    def begin() -> None:
        g.request_id = request_id(request)
        errors.refuse(request)

    app.after_request(headers.sign)
    for family in FAMILIES:
        family.mount(app, ledger)
    wordings = {"/api/v2": word_v2_problem, "/api/v1": word_problem, "/v1": word_problem}
    errors.install(app, wordings, otherwise=problem_details.word_problem)
    return app
