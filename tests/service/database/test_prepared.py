"""Prepared statements on PostgreSQL answer as the driver's cursors do, whatever becomes of the statements."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    LargeBinary,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
)

from projections.engine.driver import ASK
from projections.engine.statements import Statement
from service.database.database import Database
from service.database.prepared import MOST, PreparedStatements
from service.log.errors import as_persistence_errors
from tests.databases import PostgresDatabases

SLOWLY = Statement(select(func.pg_sleep(bindparam("seconds", type_=BigInteger)), literal_column("1")))
PID = Statement(select(func.pg_backend_pid()))
SUM = Statement(select(text(":one + :other")))
"""Only the values tell what is added, so it cannot be prepared without their types."""
EVERYTHING = Statement(select(text("*")).select_from(text("things")))


@pytest.fixture
def database(postgres_databases: PostgresDatabases) -> Iterator[Database]:
    with postgres_databases.fresh() as url, closing(Database(url)) as opened:
        yield opened


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Of each question what its prepared statement answered; None where a cursor had to."""
    answers, ask = list[Any](), PreparedStatements.ask

    def noting(self: PreparedStatements, sql: str, values: Any) -> Any:
        answers.append(ask(self, sql, values))
        return answers[-1]

    monkeypatch.setattr(PreparedStatements, "ask", noting)
    return answers


def twice(connection: Connection, statement: Statement, **values: Any) -> list[Any]:
    return [statement.tuples(connection, values) for _ in range(2)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((String, text) for text in ("", "Bjørg 🦉", 'it\'s \\ "quoted"', "x" * 100_000, None)),
        *((BigInteger, number) for number in (0, 1, -1, 40_000, 3_000_000_000, 2**63 - 1, None)),
        *((Boolean, truth) for truth in (True, False, None)),
        *((LargeBinary, octets) for octets in (b"", b"\x00\xff\\", None)),
    ],
)
def test_a_prepared_statement_answers_as_a_cursor_does(
    database: Database, asked: list[Any], kind: type[Any], value: Any
) -> None:
    statement = Statement(select(cast(bindparam("value", type_=kind), kind), literal_column("NULL")))
    with database.reading() as connection:
        first, second = twice(connection, statement, value=value)
    assert first == second == asked[-1] == [(value, None)]
    assert [type(found) for (found, _) in first] == [type(found) for (found, _) in second]


def test_one_statement_is_prepared_once_for_numbers_of_any_size(database: Database, asked: list[Any]) -> None:
    statement = Statement(select(cast(bindparam("value", type_=BigInteger), BigInteger)))
    with database.reading() as connection:
        for value in (1, 40_000, 3_000_000_000):
            assert statement.tuples(connection, {"value": value}) == [(value,)]
        assert names(connection) == {"asked_0"}
    assert asked[:3] == [None, [(40_000,)], [(3_000_000_000,)]]


def test_text_that_no_database_keeps_is_refused_as_by_a_cursor(database: Database) -> None:
    statement = Statement(select(cast(bindparam("value", type_=String), String)))
    with database.reading() as connection:
        twice(connection, statement, value="sound")
        with pytest.raises(psycopg.DataError, match="NUL"):
            statement.tuples(connection, {"value": "cut\x00off"})


def test_a_connection_keeps_few_prepared_statements_and_those_that_were_asked_last(database: Database) -> None:
    with database.reading() as connection:
        for number in range(2 * MOST):
            assert twice(connection, Statement(select(literal_column(str(number))))) == [[(number,)]] * 2
            twice(connection, PID)
        assert len(names(connection)) == MOST
        assert names(connection) >= {"asked_1", f"asked_{2 * MOST}"}  # PID's is the second one


def test_a_statement_that_cannot_be_prepared_is_tried_once_and_answered_by_a_cursor(
    database: Database, asked: list[Any]
) -> None:
    with database.reading() as connection:
        found = [SUM.tuples(connection, {"one": 1, "other": number}) for number in range(6)]
        twice(connection, PID)
        assert names(connection) == {"asked_1"}  # asked_0 was the sum's only try
    assert found == [[(1 + number,)] for number in range(6)]
    assert asked[:6] == [None] * 6


@pytest.mark.parametrize("forget", ["DEALLOCATE ALL", "DISCARD ALL"])
def test_a_statement_that_somebody_deallocated_is_prepared_anew(
    database: Database, asked: list[Any], forget: str
) -> None:
    with database.reading() as connection:
        twice(connection, PID)
        connection.exec_driver_sql(forget)
        found = [PID.tuples(connection, {}) for _ in range(3)]
    assert found == [[(found[0][0][0],)]] * 3
    assert asked[-3] is None
    assert asked[-1] is not None


def test_a_statement_whose_table_has_other_columns_by_now_answers_with_these(database: Database) -> None:
    with database.writing() as writing:
        writing.exec_driver_sql("CREATE TABLE things (name TEXT)")
        writing.exec_driver_sql("INSERT INTO things VALUES ('kettle')")
    with database.reading() as connection:
        assert twice(connection, EVERYTHING) == [[("kettle",)]] * 2
        with database.writing() as writing:
            writing.exec_driver_sql("ALTER TABLE things ADD COLUMN price BIGINT DEFAULT 7")
        assert twice(connection, EVERYTHING) == [[("kettle", 7)]] * 2


def test_within_a_transaction_a_cursor_asks_since_that_would_end_with_a_missing_statement(
    database: Database, asked: list[Any]
) -> None:
    with database.reading() as connection:
        twice(connection, PID)
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("DEALLOCATE ALL")
        assert PID.tuples(connection, {})
        assert asked[-1] is None
        connection.exec_driver_sql("COMMIT")
    with database.writing() as writing:
        assert ASK not in writing.info


def test_a_time_limit_of_the_server_ends_a_question_and_the_connection_goes_on(database: Database) -> None:
    with database.reading() as connection:
        twice(connection, SLOWLY, seconds=0)
        connection.exec_driver_sql("SET statement_timeout = 50")
        with pytest.raises(psycopg.errors.QueryCanceled) as raised:
            SLOWLY.tuples(connection, {"seconds": 5})
        assert raised.value.sqlstate == "57014"
        assert SLOWLY.tuples(connection, {"seconds": 0})
        connection.exec_driver_sql("RESET statement_timeout")


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_connection_that_the_server_ended_is_told_as_lost_and_another_one_answers(
    database: Database, when: str
) -> None:
    with ExitStack() as stack:
        connection = stack.enter_context(database.reading())
        twice(connection, SLOWLY, seconds=0)
        [(pid,)] = PID.tuples(connection, {})
        ending = threading.Timer(0 if when == "before" else 0.1, end, [database, pid])
        ending.start()
        if when == "before":
            ending.join()
        with pytest.raises(OperationalError), as_persistence_errors():
            SLOWLY.tuples(connection, {"seconds": 5})
    ending.join()
    with database.reading() as connection:
        assert twice(connection, PID)[1] != [(pid,)]


def test_other_threads_go_on_while_the_server_is_at_work(database: Database) -> None:
    went_on = threading.Event()
    with database.reading() as connection:
        twice(connection, SLOWLY, seconds=0)
        others = threading.Timer(0.05, went_on.set)
        others.start()
        SLOWLY.tuples(connection, {"seconds": 1})
        assert went_on.is_set()


def test_a_new_connection_has_nothing_prepared(database: Database, asked: list[Any]) -> None:
    with database.reading() as connection:
        twice(connection, PID)
    database.close_idle()
    with database.reading() as connection:
        twice(connection, PID)
    assert [answer is None for answer in asked] == [True, False] * 2


def names(connection: Connection) -> set[str]:
    found = connection.exec_driver_sql("SELECT name FROM pg_prepared_statements")
    return {name for (name,) in found if name.startswith("asked_")}


def end(database: Database, pid: int) -> None:
    with database.reading() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
