"""Every route is counted under its template and never under a path that somebody asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from service.http.measures import Measures, template_of
from service.server.asked import ask
from service.server.journal import Journal
from tests.databases import SqliteDatabases
from tests.service.http.attacks import address, routes
from tests.service.http.refusals import company
from tests.service.serving import TOKEN, client_of, founded, issued, ledger_of, serving
from tests.service.shared.exposition import matching, read

REQUESTS, DURATIONS = "leadledger_http_requests_total", "leadledger_http_request_duration_seconds_count"


@pytest.fixture
def app(sqlite_databases: SqliteDatabases) -> Iterator[Flask]:
    """The application on one kind of database: what is counted is in none."""
    with sqlite_databases.fresh(founded) as url, serving(url) as application:
        yield application


def counted(app: Flask, method: str, path: str, token: str = "") -> int:
    """Ask as the server does; answers the status."""
    measures: Measures = app.extensions["measures"]
    environ = EnvironBuilder(path, method=method, headers=[("x-api-token", token)]).get_environ()
    answer = ask(partial(Flask.wsgi_app, app), environ)
    Journal(measures, {}, has_lines=False).note(environ, answer, answer.status, 0.001)
    return answer.status


@pytest.mark.slow
def test_every_route_appears_under_its_template(app: Flask, client: FlaskClient) -> None:
    ids = company(client)
    statuses = [counted(app, route.method, address(family, route, ids)) for family, route in routes()]
    text = app.extensions["measures"].text()
    seen = read(text)
    for (family, route), status in zip(routes(), statuses, strict=True):
        template = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", family.prefixes[0] + route.path)
        assert matching(seen, REQUESTS, route=template, method=route.method, status=str(status)) == 1
        assert matching(seen, DURATIONS, route=template, method=route.method) == 1
    assert not [each for each in ids.values() if len(each) > 8 and each in text]


def test_whatever_is_asked_of_nothing_is_counted_together(app: Flask) -> None:
    for method, path in (
        ("GET", "/kari-nordmann"),
        ("GET", "/v1/kari"),
        ("BREW", "/v1/leads"),
        ("DELETE", "/v1/leads"),
    ):
        assert counted(app, method, path) in (404, 405)
    seen = read(app.extensions["measures"].text())
    assert matching(seen, REQUESTS, route="other", method="other") == 4
    assert matching(seen, REQUESTS) == 4
    assert "kari" not in app.extensions["measures"].text()


def test_a_route_has_one_template_under_all_its_prefixes_and_a_head_is_its_get(app: Flask) -> None:
    for method, path in (("GET", "/v1/leads"), ("GET", "/api/v1/leads"), ("HEAD", "/v1/leads")):
        counted(app, method, path, TOKEN)
    assert matching(read(app.extensions["measures"].text()), REQUESTS, route="/v1/leads", status="200") == 3
    assert template_of(None) == "other"


def test_who_hangs_up_before_there_is_an_answer_and_an_unheard_of_status_are_counted_too() -> None:
    measures = Measures()
    assert measures.numbers.take()
    measures.request_ended(None, "GET", None, 1.0)
    measures.request_ended("v1.get_leads", "GET", 299, 1.0)
    seen = read(measures.text())
    assert matching(seen, REQUESTS, status="gone") == matching(seen, REQUESTS, route="/v1/leads", status="other") == 1


def test_a_missing_key_is_told_of_and_hides_nothing_else(app: Flask, client: FlaskClient) -> None:
    assert "leadledger_key_age_seconds" in read(client.get("/metrics").text)
    keys = ledger_of(app).event_log.stream_keys.epochs.path
    keys.rename(keys.with_name("elsewhere"))
    seen = read(client.get("/metrics").text)
    assert "leadledger_key_age_seconds" not in seen
    assert (seen["leadledger_obstacles"], seen["leadledger_log_position"] > 0) == (1, True)


def test_metrics_are_for_a_token_that_is_for_them(app: Flask, client: FlaskClient) -> None:
    narrow = client_of(app, issued(ledger_of(app), 1, scopes=frozenset({"metrics"})))
    told = narrow.get("/metrics")
    assert (told.status_code, told.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert read(told.text)["leadledger_log_position"] > 0
    assert narrow.get("/v1/leads").status_code == 403
    wide = client_of(app, issued(ledger_of(app), 1, scopes=frozenset({"read", "write", "administrate", "audit"})))
    assert wide.get("/metrics").status_code == 403
    assert app.test_client().get("/metrics").status_code == 401
    assert client.get("/api/ledger/v1/audit/access").json["items"][1:] == []
