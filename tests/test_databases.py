"""The databases that all other tests trust are themselves put to the test: fresh, own, able to fail."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest

from tests.databases import Databases, postgres_server


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            return file.execute(statement).fetchall()
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_is_empty_and_one_s_own(database_url: str, turn: int) -> None:
    execute(database_url, "CREATE TABLE thing (id INTEGER PRIMARY KEY)")
    assert execute(database_url, "SELECT * FROM thing") == []


def test_a_database_is_prepared_once_and_copied_each_time(databases: Databases) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        execute(url, "CREATE TABLE thing (id INTEGER PRIMARY KEY)")

    for _ in range(2):
        with databases.fresh(prepare) as url:
            assert execute(url, "SELECT * FROM thing") == []
            execute(url, "INSERT INTO thing VALUES (1)")
    assert len(prepared) == 1


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_postgresql_can_be_taken_away_and_given_back(mode: str) -> None:
    with postgres_server() as databases, databases.fresh() as url:
        execute(url, "CREATE TABLE thing (id INTEGER PRIMARY KEY)")
        databases.stop(mode)
        with pytest.raises(psycopg.OperationalError):
            execute(url, "SELECT * FROM thing")
        databases.start()
        assert execute(url, "SELECT * FROM thing") == []
        assert execute(url, "SHOW server_version_num")[0][0].startswith("18")  # type: ignore[attr-defined]
