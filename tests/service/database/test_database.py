"""Connections ask no more than they are asked, are given back, and what is given back late is closed all the same."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy import literal_column, select

from projections.engine.statements import Statement
from service.database.database import Database
from tests.databases import PostgresDatabases


def test_a_connection_in_use_when_the_database_is_closed_is_closed_when_it_is_given_back(database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        driver_connection = connection.connection.driver_connection
        database.close()
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    assert driver_connection is not None
    with pytest.raises(Exception, match="closed"):
        driver_connection.cursor().execute("SELECT 1")


def test_a_question_is_all_that_postgresql_is_asked(
    postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = 0
    wait = psycopg.Connection.wait

    def counted(connection: Any, *said: Any, **options: Any) -> Any:
        nonlocal waits
        waits += 1
        return wait(connection, *said, **options)

    def asked(database: Database) -> None:
        with database.reading() as connection:
            assert one.tuples(connection, {}) == [(1,)]

    one = Statement(select(literal_column("1")))
    with postgres_databases.fresh() as url:
        database = Database(url)
        asked(database)
        monkeypatch.setattr(psycopg.Connection, "wait", counted)
        asked(database)
        assert waits == 1
        database.close()
