"""A clock that jumps ahead is not recorded by, one that steps back holds nobody up, and what was recorded is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from service.cli import main
from service.clock import AHEAD, MachineClock
from tests.databases import Databases, PostgresDatabases
from tests.service.serving import client_of, founded, serving
from tests.service.whole import length_of_log

MINUTE = timedelta(minutes=1)
PROBE = "/health/ready"


class Wrong:
    """How far a machine's clock is from the true time, and that clock."""

    def __init__(self) -> None:
        self.by = timedelta()
        self.clock = MachineClock(lambda: datetime.now(UTC) + self.by)


@pytest.fixture
def wrong() -> Wrong:
    return Wrong()


@pytest.fixture
def app(databases: Databases, wrong: Wrong) -> Iterator[Flask]:
    with databases.fresh(founded) as url, serving(url, wrong.clock) as application:
        yield application


def a_lead(app: Flask) -> Any:
    return client_of(app).post("/v1/leads", json={"title": "Boiler", "person_id": 1})


def a_person(app: Flask) -> Any:
    return client_of(app).post("/api/v2/persons", json={"name": "Kari"})


@pytest.mark.parametrize("by", [AHEAD + MINUTE, timedelta(hours=1), timedelta(days=4000)])
def test_nothing_is_recorded_by_a_clock_that_has_jumped_ahead_until_it_is_right(
    app: Flask, wrong: Wrong, by: timedelta
) -> None:
    assert a_person(app).status_code == 200
    length = length_of_log(app)
    wrong.by = by
    refused = a_lead(app)
    assert (refused.status_code, refused.headers.get("Retry-After")) == (503, None)
    assert "ahead" in refused.json["error"]
    assert "5 minutes" in refused.json["error"]
    assert length_of_log(app) == length
    ready = client_of(app).get(PROBE)
    assert (ready.status_code, "ahead" in ready.text) == (503, True)
    assert client_of(app).get("/api/v2/persons").status_code == 200
    wrong.by = timedelta()
    assert a_lead(app).status_code == 201
    assert client_of(app).get(PROBE).json == {"status": "ready"}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client_of(app).get(f"/v1/leads?as_of={now}").status_code == 200


def test_clocks_may_differ_a_little_and_one_that_steps_back_is_held_where_the_log_is(app: Flask, wrong: Wrong) -> None:
    wrong.by = AHEAD - MINUTE
    assert a_person(app).status_code == 200
    end = length_of_log(app)
    wrong.by = timedelta(hours=-1)
    assert a_lead(app).status_code == 201
    before, after = (event["when"] for event in _events(app, end - 1))
    assert after == before
    assert client_of(app).get(PROBE).status_code == 200


def _events(app: Flask, after: int) -> Any:
    return client_of(app).get(f"/api/ledger/v1/events?after={after}").json["items"]


def test_a_process_whose_clock_is_ahead_of_the_servers_from_the_start_records_nothing(
    postgres_databases: PostgresDatabases,
) -> None:
    clock = MachineClock(lambda: datetime.now(UTC) + timedelta(hours=1))
    with postgres_databases.fresh(founded) as url, serving(url, clock) as app:
        assert "ahead of PostgreSQL's" in a_lead(app).json["error"]
        assert "ahead of PostgreSQL's" in client_of(app).get(PROBE).text


def test_a_machine_that_was_asleep_or_a_clock_that_only_passes_is_believed() -> None:
    seconds = [0.0]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    clock = MachineClock(lambda: start + timedelta(seconds=seconds[0]), lambda: seconds[0])
    seconds[0] = 10_000_000
    clock.check(clock(), None)


def test_positions_whose_times_are_ahead_are_named_by_the_probe_and_by_verify(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases.fresh(founded) as url:
        with serving(url) as app:
            end = length_of_log(app)
        with serving(url, lambda: datetime.now(UTC) + timedelta(hours=2)) as app:
            a_person(app)
            a_lead(app)
        with serving(url, MachineClock()) as app:
            ready = client_of(app).get(PROBE)
            assert ready.status_code == 200
            named = f"positions {end + 1} to {end + 2} were recorded at times ahead of now, up to "
            assert ready.json["warning"].startswith(named)
            assert a_lead(app).status_code == 201
        monkeypatch.setenv("LEADLEDGER_DATABASE_URL", url)
        verified = CliRunner().invoke(main, ["verify"])
        assert verified.exit_code == 0
        assert f"But positions {end + 1} to {end + 3} were recorded at times ahead of now" in verified.stderr
