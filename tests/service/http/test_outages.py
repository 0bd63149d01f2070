"""A database that is away or locked is answered for with 503 within seconds, and is found again by itself."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.databases import SqliteDatabases, postgres_server
from tests.service.serving import client_of, founded, serving

SECONDS = 8
"""Fewer than a command takes that waits for its turn twice."""

PERSON = {"name": "Kari Nordmann"}


@contextmanager
def soon() -> Iterator[None]:
    """Whatever happens in here takes no longer than a few seconds."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < SECONDS


def check_unavailable(client: FlaskClient) -> None:
    with soon():
        answer = client.post("/api/v2/persons", json=PERSON)
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"]
    assert answer.get_json()["success"] is False


def names(client: FlaskClient) -> list[str]:
    answer = client.get("/api/v2/persons")
    assert answer.status_code == 200, answer.text
    return [person["name"] for person in answer.get_json()["data"]]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_stopped_postgresql_is_answered_for_and_found_again_at_the_first_request(mode: str) -> None:
    with postgres_server() as server, server.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        server.stop(mode)
        check_unavailable(client)
        with soon():
            assert client.get("/api/v2/persons").status_code == 503
        server.start()
        assert names(client) == ["Kari Nordmann"]
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        assert names(client) == ["Kari Nordmann"] * 2


@pytest.mark.slow
def test_a_postgresql_that_was_restarted_unnoticed_fails_no_request() -> None:
    with postgres_server() as server, server.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        server.stop()
        server.start()
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        assert names(client) == ["Kari Nordmann"] * 2


@pytest.mark.slow
def test_a_sqlite_file_that_somebody_else_has_locked_is_answered_for(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            check_unavailable(client)
            assert names(client) == ["Kari Nordmann"]
            other.execute("ROLLBACK")
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200


@pytest.mark.slow
def test_a_writer_that_got_stuck_in_the_queue_is_answered_for(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        with Path(f"{url.removeprefix('sqlite:///')}.lock").open("a") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)
            check_unavailable(client)
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
