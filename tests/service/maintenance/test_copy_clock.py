"""A copy is the service as it was: its clock stands, so what depends on the time is answered as it was then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.clock import Span, timestamp
from service.commands import users
from service.ledger.ledger import Origin
from service.log.moments import moment
from service.maintenance.copying import copy_as_of
from service.settings import Settings
from tests.databases import Databases
from tests.service.http.attacks import address, good_query, parameters, routes
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, founded, issued, ledger_of, serving

READER = "a-reader-s-token"
SAME = {"X-Request-Id": "the same"}
ANNA = {
    **{"name": "Anna Auditor", "email": "anna@auditors.example", "is_admin": False, "is_auditor": True},
    **{"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"},
}
IS_ANNA = (b'"is_you":true', b'"is_you":false')
"""Who asks is the one thing that differs: the copy's reader is nobody whom the log knows."""

pytestmark = pytest.mark.slow


@pytest.fixture
def company(databases: Databases) -> Iterator[Company]:
    company = Company()
    with databases.fresh(founded) as url, serving(url, clock=company.clock) as app:
        company.client = client_of(app)
        company.person("Kari Nordmann")
        yield company


def an_auditor(company: Company) -> FlaskClient:
    ledger = ledger_of(company.client.application)
    anna = ledger.execute(Origin(None, "request", "test"), lambda tx: users.add(tx, ANNA))
    return client_of(company.client.application, issued(ledger, anna["user_id"]))


def a_copy(company: Company, now: datetime, path: Path) -> Flask:
    """A copy of the service as of a time, served for reading."""
    ledger = ledger_of(company.client.application)
    with ledger.database.reading() as connection:
        then = moment(connection, Span(timestamp(now), timestamp(now)), ledger.clock)
    copy_as_of(ledger, then, path, lambda _: None)
    return create_app(Settings(f"sqlite:///{path}", api_token=READER, is_read_only=True))


def everything(ids: dict[str, str]) -> Iterator[str]:
    """Every route that shows what is there, with a query that it takes."""
    for family, route in routes():
        if route.no_past is None and ids.keys() >= set(parameters(route)):
            query = "&".join(f"{name}={value}" for name, value in good_query(route.query, ids).items())
            yield f"{address(family, route, ids)}?{query}"


def test_whatever_was_answered_while_it_was_current_is_answered_by_a_copy_byte_for_byte(
    company: Company, tmp_path: Path
) -> None:
    company.client.patch("/api/v2/stages/1", json={"is_deal_rot_enabled": True, "days_to_rotten": 7})
    auditor, lead = an_auditor(company), company.lead("Boiler")
    rotting, reverted = company.deal("Bathroom"), company.deal("Kitchen")
    company.post("/v1/notes", content="They want two", deal_id=rotting)
    company.wait(days=2)
    company.client.patch(f"/api/v2/deals/{rotting}", json={"title": "Bathrooms"})
    company.post(f"{OURS}/deals/{reverted}/revert", reason="Next year")
    company.wait(days=20)
    now = company.now
    ids = {
        **dict.fromkeys(("person_id", "note_id", "pipeline_id", "stage_id", "user_id"), "1"),
        **{"deal_id": str(rotting), "lead_id": lead},
    }
    paths = [*everything(ids), f"/api/v2/deals/{reverted}", "/api/v2/deals?status=deleted"]
    answers = {path: auditor.get(path, headers=SAME) for path in paths}
    board = answers[f"{OURS}/pipelines/1/board?"].json["stages"]
    assert [(deal["days_in_stage"], deal["is_rotting"]) for deal in board[0]["deals"]] == [(22, True)]
    assert answers[f"/api/v2/deals/{reverted}"].status_code == 200
    company.wait(days=60)
    company.client.patch(f"/api/v2/deals/{rotting}", json={"stage_id": 2})
    assert auditor.get(f"/api/v2/deals/{reverted}").status_code == 404
    aside = a_copy(company, now, tmp_path / "copy.db")
    reader = client_of(aside, READER)
    for path, answer in answers.items():
        shown = reader.get(path, headers=SAME)
        assert (shown.status_code, shown.data) == (answer.status_code, answer.data.replace(*IS_ANNA)), path
    ledger_of(aside).database.close()
    assert len(answers) > 50


def test_every_answer_of_a_copy_says_of_which_moment_it_is(company: Company, tmp_path: Path) -> None:
    company.lead("Boiler")
    then, end = company.now, ledger_of(company.client.application).event_log.max_notification_id()
    company.wait(days=3)
    company.lead("Later")
    aside = a_copy(company, then, tmp_path / "copy.db")
    reader = client_of(aside, READER)
    for path in ("/health/live", "/health/ready"):
        assert reader.get(path).json["copy_of"] == {"position": end, "time": timestamp(then)}
    for path in ("/v1/leads", f"{OURS}/inbox?as_of=3", "/v1/leads/1", f"{OURS}/nothing", "/health/live"):
        headers = reader.get(path).headers
        assert (headers["X-Copy-Position"], headers["X-Copy-Time"]) == (str(end), timestamp(then)), path
    later = reader.get(f"{OURS}/inbox?as_of=2100-01-05T08:00:00Z")
    assert later.status_code == 400
    assert "has not come yet" in later.text
    here = company.client.get("/health/live")
    assert here.json == {"status": "live"}
    assert "X-Copy-Time" not in here.headers
    ledger_of(aside).database.close()


def test_who_is_let_in_at_a_copy_is_decided_by_the_clock_that_goes_on(company: Company, tmp_path: Path) -> None:
    aside = a_copy(company, company.now, tmp_path / "copy.db")
    ledger = ledger_of(aside)
    assert ledger.now() == company.now
    assert abs(ledger.clock() - datetime.now(UTC)).total_seconds() < 60
    ledger.database.close()
