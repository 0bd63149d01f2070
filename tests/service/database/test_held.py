"""Connections are held open between uses: few, none that the server ended, none of a closed database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, MetaData, Table

from projections.engine.reading import Reading
from projections.engine.statements import at_one_moment
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


def test_whoever_writes_next_has_the_connection_that_was_written_with_last_unless_that_failed(
    database: Database,
) -> None:
    with database.writing() as first:
        held = driver(first)
    with database.writing() as again:
        assert driver(again) is held
    with pytest.raises(ZeroDivisionError), database.writing() as failed:
        raise ZeroDivisionError
    assert failed.closed
    with database.writing() as after:
        assert not after.closed
        assert after is not failed


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


def test_whoever_waits_for_a_connection_has_the_first_that_is_given_back(postgres_databases: PostgresDatabases) -> None:
    with (
        postgres_databases.fresh() as url,
        closing(Database(url, pool_size=2)) as database,
        ThreadPoolExecutor() as thread,
        database.reading(),
    ):
        with database.reading():
            waiting = thread.submit(_asked, database)
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        assert waiting.result(2) == 1


def _asked(database: Database) -> int:
    with database.reading() as connection:
        found: int = connection.exec_driver_sql("SELECT 1").scalar_one()
        return found


def test_a_connection_that_was_left_in_a_transaction_that_failed_is_given_to_nobody(
    postgres_databases: PostgresDatabases,
) -> None:
    with postgres_databases.fresh() as url, closing(Database(url)) as database:
        with pytest.raises(psycopg.errors.DivisionByZero), database.reading() as failed:
            driver(failed).execute("BEGIN; SELECT 1 / 0")
        assert _asked(database) == 1


@pytest.fixture
def things() -> Table:
    return Table("things", MetaData())


def test_where_a_table_is_locked_no_transaction_is_left_open(
    postgres_databases: PostgresDatabases, things: Table
) -> None:
    with postgres_databases.fresh() as url, closing(Database(url)) as ours, closing(Database(url)) as others:
        with others.writing() as other:
            other.exec_driver_sql("CREATE TABLE things (name TEXT)")
        with others.writing() as other, ours.reading() as reading:
            other.exec_driver_sql("LOCK TABLE things")
            reading.exec_driver_sql("SET lock_timeout = 100")
            with pytest.raises(psycopg.errors.LockNotAvailable), at_one_moment(Reading(reading), things):
                pass
            assert driver(reading).info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_what_is_prepared_stays_so_where_questions_are_answered_from_one_moment(
    postgres_databases: PostgresDatabases, things: Table
) -> None:
    with postgres_databases.fresh() as url, closing(Database(url)) as database:
        with database.writing() as writing:
            writing.exec_driver_sql("CREATE TABLE things (name TEXT)")
        with database.reading() as reading:
            for _ in range(4):
                reading.exec_driver_sql("SELECT count(*) FROM things")
            with at_one_moment(Reading(reading), things):
                pass
            assert reading.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one() > 0
