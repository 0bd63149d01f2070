"""Connections for questions are held open between them: few, none that the server ended, none of a closed database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from sqlalchemy import Connection

from service.database.database import Database
from service.database.held import MOST_HELD
from tests.databases import PostgresDatabases


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as opened:
        yield opened


def driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def test_whoever_asks_next_has_the_connection_that_was_given_back_last(database: Database) -> None:
    with database.reading() as first, database.reading() as second:
        drivers = driver(first), driver(second)
        assert drivers[0] is not drivers[1]
    for _ in range(2):
        with database.reading() as again:
            assert driver(again) is drivers[0]


def test_a_connection_in_whose_block_anything_was_raised_is_not_held(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.reading() as failed:
        raise ZeroDivisionError
    assert failed.closed


def test_few_connections_are_held_however_many_were_in_use_at_once(database: Database) -> None:
    with ExitStack() as stack:
        many = [stack.enter_context(database.reading()) for _ in range(MOST_HELD + 3)]
    assert [connection.closed for connection in many].count(False) == MOST_HELD


def test_a_held_connection_is_in_no_transaction_and_sees_what_was_written_meanwhile(database: Database) -> None:
    with database.writing() as writing:
        writing.exec_driver_sql("CREATE TABLE things (name TEXT)")
    for number in range(3):
        with database.reading() as reading:
            assert not reading.in_transaction()
            assert reading.exec_driver_sql("SELECT count(*) FROM things").scalar() == number
        with database.writing() as writing:
            writing.exec_driver_sql("INSERT INTO things VALUES ('kettle')")


def test_a_connection_that_the_server_ended_while_it_was_held_is_given_to_nobody(
    postgres_databases: PostgresDatabases,
) -> None:
    with postgres_databases.fresh() as url, closing(Database(url)) as ours, closing(Database(url)) as others:
        with ours.reading() as first, ours.reading() as second:
            held = {driver(first).info.backend_pid, driver(second).info.backend_pid}
        with others.reading() as other:
            for pid in held:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        with ours.reading() as reading:
            assert reading.exec_driver_sql("SELECT 1").scalar() == 1
            assert driver(reading).info.backend_pid not in held
