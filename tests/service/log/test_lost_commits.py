"""A commit that ends in an error may have happened: the log is asked, and says what is so, or that it cannot tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from sqlalchemy import Connection, event

from aggregates.lead_label import LeadLabel
from service.clock import wall_clock
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.errors import UnknownOutcome
from service.wiring import make_ledger
from tests.databases import Databases, postgres_server
from tests.service.serving import founded

ORIGIN = Origin(user_id=1, request_id="r", client="test")


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    with databases.fresh(founded) as url:
        database = Database(url)
        yield make_ledger(database, wall_clock)
        database.close()


def label(tx: Transaction) -> int:
    return tx.save(LeadLabel.add(uuid.uuid4(), name="Hot", color="red"))


def hang_up(connection: Connection) -> None:
    """Lose the connection for real: the server ends it, or (SQLite has none) a statement fails."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with psycopg.connect(connection.engine.url.set(drivername="postgresql").render_as_string(False)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))
    connection.exec_driver_sql("SELECT nothing FROM nowhere")


def once_at_commit(database: Database, *, is_committed: bool) -> None:
    """At the next commit, lose the connection: just after the server committed, or just before."""

    def lose(connection: Connection) -> None:
        event.remove(database.engine, "commit", lose)
        if is_committed:
            if connection.dialect.name == "postgresql":
                connection.connection.commit()
            else:
                connection.exec_driver_sql("COMMIT")
        hang_up(connection)

    event.listen(database.engine, "commit", lose)


def test_a_commit_whose_answer_was_lost_is_a_success(ledger: Ledger) -> None:
    before = ledger.event_log.max_notification_id() or 0
    once_at_commit(ledger.database, is_committed=True)

    assert ledger.execute(ORIGIN, label) == before + 1
    assert ledger.execute(ORIGIN, label) == before + 2
    assert ledger.event_log.max_notification_id() == before + 2


def test_a_commit_that_did_not_happen_is_a_failure_that_can_be_tried_again(ledger: Ledger) -> None:
    before = ledger.event_log.max_notification_id() or 0
    once_at_commit(ledger.database, is_committed=False)

    with pytest.raises(OperationalError):
        ledger.execute(ORIGIN, label)

    assert ledger.event_log.max_notification_id() == before
    assert ledger.execute(ORIGIN, label) == before + 1


def test_a_connection_that_is_lost_within_a_command_is_a_failure_that_can_be_tried_again(ledger: Ledger) -> None:
    before = ledger.event_log.max_notification_id() or 0

    with pytest.raises(OperationalError):
        ledger.execute(ORIGIN, lambda tx: hang_up(tx.connection))

    assert ledger.execute(ORIGIN, label) == before + 1


@pytest.mark.slow
def test_where_nobody_can_be_asked_the_outcome_is_unknown() -> None:
    with postgres_server() as server, server.fresh(founded) as url:
        database = Database(url)
        ledger = make_ledger(database, wall_clock)
        before = ledger.event_log.max_notification_id() or 0

        def stop(connection: Connection) -> None:
            event.remove(database.engine, "commit", stop)
            connection.connection.commit()
            server.stop("immediate")
            connection.exec_driver_sql("SELECT 1")

        event.listen(database.engine, "commit", stop)
        with pytest.raises(UnknownOutcome):
            ledger.execute(ORIGIN, label)
        server.start()
        assert ledger.event_log.max_notification_id() == before + 1
        database.close()
