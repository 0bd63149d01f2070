"""Connections ask no more than they are asked, are given back, and what is given back late is closed all the same."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import literal_column, select

from projections.engine.statements import Statement
from service.database.database import Database
from tests.databases import PostgresDatabases
from tests.service.cutting import proxied


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
