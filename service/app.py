"""Makes the web application on one database: settings, ledger, routes and error handling."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from service.clock import Clock, wall_clock
from service.database.database import Database
from service.database.engines import SPARING
from service.http import compression, cors, errors, headers, kept, problem_details, security
from service.http.addresses import Addresses
from service.http.application import Application
from service.http.kept_answers import KeptAnswers
from service.http.limits import Limits
from service.http.measures import ENDPOINT, Measures
from service.http.paths import url_map
from service.http.pipedrive import word_problem, word_v2_problem
from service.http.routes import FAMILIES
from service.http.this_request import this_request
from service.log.copies import moment_of
from service.pages.addresses import pages, problem_shown
from service.settings import Settings
from service.shared.quotas import Quotas
from service.wiring import make_ledger

TEMPLATES = Path(__file__).parent / "templates"
LARGEST_BODY = 1_000_000
"""Bytes; more than any real request of JSON has."""


@dataclass(frozen=True)
class Shared:
    """What the applications of one machine's workers share in memory: it is made before these are forked."""

    quotas: Quotas
    measures: Measures

    @classmethod
    def among(cls, workers: int) -> Shared:
        """What so many workers need."""
        return cls(Quotas(), Measures(workers))


def create_app(settings: Settings, clock: Clock = wall_clock, shared: Shared | None = None) -> Flask:
    """The web application on one database; the caller sees to it that the database's tables are there.

    With nothing ``shared`` it limits and measures what itself is asked only. A copy that is only read
    tells everything by the clock of the moment that it is of.
    """
    shared = shared or Shared.among(1)
    shared.measures.numbers.take()
    operation = settings.operation
    app = Application("leadledger", static_folder=None, template_folder=str(TEMPLATES))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    families = (*FAMILIES, pages)
    app.url_map = url_map(families)
    if settings.security_log is not None:
        security.write_to(settings.security_log)
    database = Database(settings.database_url, caches=SPARING, is_read_only=settings.is_read_only)
    ledger = make_ledger(database, clock, settings, shared.measures)
    app.extensions["ledger"] = ledger
    app.extensions["measures"] = shared.measures
    kept.install(app, kept.Kept())
    addresses = Addresses(operation.proxies)

    @app.before_request
    def begin() -> None:
        asked = this_request()
        asked.environ[ENDPOINT] = asked.endpoint
        asked.request_id = headers.request_id(headers.sent(asked, headers.REQUEST_ID) or "")
        if operation.proxies:
            forwarded = headers.sent(asked, "X-Forwarded-For") or ""
            asked.remote_addr = addresses.client(asked.remote_addr or "", forwarded)
        errors.refuse(asked)

    if operation.has_gzip:
        app.after_request(compression.pack)  # called last of all: it packs what the others have made
    if operation.origins:
        cors.install(app, operation.origins)
    limits = Limits(ledger, shared.quotas)
    limits.install(app)
    app.extensions["kept_answers"] = vars(app)["wsgi_app"] = KeptAnswers(app.wsgi_app, ledger, limits)
    app.after_request(headers.sign)
    if settings.is_read_only and (then := moment_of(database)) is not None:
        ledger.stands_at = then
        app.after_request(headers.of_copy(then))
    for family in families:
        family.mount(app, ledger, limits)
    wordings = {"/api/v2": word_v2_problem, "/api/v1": word_problem, "/v1": word_problem}
    errors.install(app, wordings, otherwise=problem_details.word_problem, shown=problem_shown)
    return app
