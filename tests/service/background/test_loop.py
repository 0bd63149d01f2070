"""What goes wrong in the background is an alarm where somebody has to mend it, and is told with its traceback."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from eventsourcing.persistence import OperationalError
from flask import Flask
from sqlalchemy import Update, update

from service.background.loop import AFTER_FAILURE_SECONDS, attempt, look
from service.evidence.sealer import seal
from service.evidence.tables import LEAVES, TREE_HEAD, TREE_NODES
from service.evidence.tree import StoredTree
from service.obstacles import Obstacles
from tests.databases import Databases, SqliteDatabases, environment_of
from tests.service.losing import add, check_refused, check_writable
from tests.service.serving import client_of, founded, ledger_of, serving


def lose_an_event(app: Flask) -> None:
    """Remove an event that was not sealed yet, as somebody who may do anything with the database can."""
    database = ledger_of(app).database
    with database.writing() as connection:
        trigger = "events_refuse_delete" if database.is_sqlite else "events_refuse ON events"
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql("DELETE FROM events WHERE position = 7")


def alarms_in(caplog: pytest.LogCaptureFixture, words: str) -> list[logging.LogRecord]:
    """The log lines at error level, with a traceback, that hold some words."""
    records = [record for record in caplog.records if record.levelno == logging.ERROR and words in record.getMessage()]
    return [record for record in records if record.exc_info is not None and record.exc_info[2] is not None]


def alter(app: Flask, change: Update) -> None:
    """Change what is sealed, as somebody who may do anything with the database can."""
    database = ledger_of(app).database
    with database.writing() as connection:
        trigger = "leaves_refuse_update" if database.is_sqlite else "leaves_refuse ON leaves"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.execute(change)


def test_a_log_that_cannot_be_sealed_is_an_alarm_until_the_service_is_started_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = ledger_of(app)
    lose_an_event(app)
    for _ in range(2):
        assert attempt("seal", ledger, lambda: float(seal(ledger.database))) == AFTER_FAILURE_SECONDS
    known = look(ledger, look(ledger, {}))
    assert len(known) == 1
    assert len(alarms_in(caplog, "no event at position 7")) == 1, "once, however often it is met"
    check_refused(app, "the log has no event at position 7")


def test_a_seal_that_was_altered_is_an_alarm(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    ledger = ledger_of(app)
    seal(ledger.database)
    assert add(app, "Kari") == 200
    alter(app, update(TREE_HEAD).values(frontier=b""))
    attempt("seal", ledger, lambda: float(seal(ledger.database)))
    look(ledger, {})
    assert alarms_in(caplog, "does not hold the roots of its subtrees")
    check_refused(app, "does not hold the roots of its subtrees")


def test_a_log_that_was_another_one_for_a_moment_is_an_alarm_even_when_it_is_itself_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = ledger_of(app)
    ledger.notary.checkpoint()
    with ledger.database.reading() as connection:
        tree = StoredTree(connection)
        last, leaf = tree.size, tree.leaf(tree.size)
    of_last = update(LEAVES).where(LEAVES.c.position == last)
    alter(app, of_last.values(hash=bytes(32)))
    attempt("seal", ledger, lambda: float(ledger.notary.checkpoint() is not None))
    alter(app, of_last.values(hash=leaf))
    look(ledger, look(ledger, {}))
    assert len(alarms_in(caplog, "do not lead to what was signed")) == 1
    check_refused(app, "the tree over the log was altered")
    with serving(str(ledger.database.url.render_as_string(hide_password=False))) as started_again:
        check_writable(started_again, "Ola")


def test_an_alarm_that_an_auditors_request_meets_keeps_everybody_from_writing(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = ledger_of(app)
    ledger.notary.checkpoint()
    alter(app, update(TREE_NODES).values(number=TREE_NODES.c.number + 100))
    answer = client_of(app).get("/api/ledger/v1/audit/proofs/inclusion?position=18")
    assert (answer.status_code, "the tree over the log was altered" in answer.text) == (503, True), answer.text
    alter(app, update(TREE_NODES).values(number=TREE_NODES.c.number - 100))
    look(ledger, {})
    assert alarms_in(caplog, "the tree over the log was altered")
    check_refused(app, "the tree over the log was altered")


def test_what_nobody_expected_is_logged_with_its_traceback_and_tried_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    assert attempt("seal", ledger_of(app), lambda: 1 / 0) == AFTER_FAILURE_SECONDS
    (record,) = caplog.records
    assert (record.levelno, "ZeroDivisionError" in caplog.text) == (logging.ERROR, True)
    check_writable(app, "Kari")


def test_a_look_that_fails_unexpectedly_is_logged_once_with_its_traceback_and_told_to_whoever_asks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    obstacles = Obstacles(lambda _: [str(1 / 0)])
    for _ in range(3):
        assert obstacles.look() == ()
    assert len(alarms_in(caplog, "cannot be looked at")) == 1
    with pytest.raises(ZeroDivisionError):
        obstacles.check_ready()


def test_a_database_that_is_away_for_a_while_is_no_alarm(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> float:
        raise OperationalError("the server has hung up")

    assert attempt("review", ledger_of(app), away) == AFTER_FAILURE_SECONDS
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)
    check_writable(app, "Kari")


def test_what_comes_and_goes_is_logged_when_it_does(
    databases: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        keys = ledger_of(app).event_log.stream_keys.epochs.path
        known = look(ledger_of(app), {})
        keys.rename(tmp_path / "away")
        known = look(ledger_of(app), known)
        assert (len(known), f"{keys} is not there" in caplog.text) == (1, True)
        (tmp_path / "away").rename(keys)
        assert look(ledger_of(app), known) == {}
        assert "does not keep commands from being written any more" in caplog.text


def test_what_is_written_to_a_log_that_was_unlinked_under_the_service_is_neither_acknowledged_nor_signed(
    sqlite_databases: SqliteDatabases,
) -> None:
    """Opening the live file and closing it drops SQLite's locks; the next process to close it then unlinks its log."""
    unlocked = "import os, sys; os.unlink(sys.argv[1] + '-wal')"
    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        assert add(app, "Kari") == 200
        path = str(ledger_of(app).database.path)
        subprocess.run([sys.executable, "-c", unlocked, path], check=True, env=environment_of(url))
        assert [add(app, f"Lost {number}") for number in range(3)] == [503] * 3
        client = client_of(app)
        answer = client.get("/api/ledger/v1/audit/checkpoint")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
        check_refused(app, "must be started again")
