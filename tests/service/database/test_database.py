"""Connections ask no more than they are asked, are given back, and what is given back late is closed all the same."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import literal_column, select

from projections.engine.statements import Statement
from service.database.database import Database
from service.database.engines import AMPLE, SPARING
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.service.cutting import proxied
from tests.service.serving import founded, ledger_of, serving


def test_a_connection_in_use_when_the_database_is_closed_is_closed_when_it_is_given_back(database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        driver_connection = connection.connection.driver_connection
        database.close()
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    assert driver_connection is not None
    with pytest.raises(Exception, match="closed"):
        driver_connection.cursor().execute("SELECT 1")


def test_a_question_is_one_round_trip_to_postgresql_and_two_where_it_is_prepared(
    postgres_databases: PostgresDatabases,
) -> None:
    one, trips = Statement(select(literal_column("1"))), list[int]()
    with postgres_databases.fresh() as url, proxied(url) as (proxy, through), closing(Database(through)) as database:
        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT 0").scalar() == 0  # what a first question is asked for is over
        for _ in range(4):
            before = proxy.round_trips
            with database.reading() as connection:
                assert one.tuples(connection, {}) == [(1,)]
            trips.append(proxy.round_trips - before)
    assert trips == [1, 2, 1, 1]


def test_a_connection_to_sqlite_keeps_as_much_of_the_file_as_it_was_told_to(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url:
        for caches in (AMPLE, SPARING):
            with closing(Database(url, caches=caches)) as database:
                with database.reading() as reading, database.writing() as writing:
                    kept = [each.exec_driver_sql("PRAGMA cache_size").scalar() for each in (writing, reading)]
                assert kept == [-caches.writers, -caches.readers]


def test_whoever_serves_keeps_less_of_a_sqlite_file_than_whoever_rebuilds(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app, ledger_of(app).database.reading() as reading:
        assert reading.exec_driver_sql("PRAGMA cache_size").scalar() == -SPARING.readers
    assert SPARING < AMPLE
