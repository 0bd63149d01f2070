"""SQLite files that take no more bytes at a commit: what is told of it is so, and stays so after a crash."""

from __future__ import annotations

import resource
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from service.database.database import Database
from tests.databases import SqliteDatabases
from tests.service.http.ledger.conftest import OURS
from tests.service.serving import client_of, founded, ledger_of, serving


@pytest.fixture
def app(sqlite_databases: SqliteDatabases) -> Iterator[Flask]:
    with sqlite_databases.fresh(founded) as url, serving(url) as application:
        yield application


@contextmanager
def no_byte_more(database: Database) -> Iterator[Callable[[], None]]:
    """From the next commit on no file may grow, the WAL above all, until that is lifted."""
    wal = Path(f"{database.url.database}-wal")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def lift(*_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    def limit(*_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))

    event.listen(database.engine, "commit", limit, once=True)
    try:
        yield lift
    finally:
        lift()


def create(client: FlaskClient) -> tuple[str, int, bool]:
    """A person's name, which is the request's id, the status, and whether it may be tried again."""
    name = uuid.uuid4().hex
    answer = client.post("/api/v2/persons", json={"name": name}, headers={"X-Request-Id": name})
    return name, answer.status_code, "Retry-After" in answer.headers


def is_there(client: FlaskClient, name: str) -> bool:
    answer = client.get("/api/v2/persons?limit=500").get_json()
    return name in {person["name"] for person in answer["data"]}


def test_a_commit_that_failed_is_unknown_while_the_file_takes_nothing(app: Flask) -> None:
    client, database = client_of(app), ledger_of(app).database
    assert create(client)[1] == 200
    with no_byte_more(database):
        name, status, may_be_repeated = create(client)
    assert (status, may_be_repeated) == (504, False)
    told = client.get(f"{OURS}/commands/{name}").get_json()
    assert (told["outcome"], is_there(client, name)) == ("not_committed", False)
    assert create(client)[1] == 200
    assert not is_there(client, name)


def test_a_commit_that_failed_for_once_did_not_happen(app: Flask) -> None:
    client, database = client_of(app), ledger_of(app).database
    assert create(client)[1] == 200
    with no_byte_more(database) as lift:
        event.listen(database.engine, "handle_error", lift, once=True)
        name, status, may_be_repeated = create(client)
    assert (status, may_be_repeated) == (503, False), "a disk that fails is not mended by waiting"
    assert not is_there(client, name)
    assert client.get(f"{OURS}/commands/{name}").get_json()["outcome"] == "not_committed"
