"""What goes wrong in the background is an alarm where somebody has to mend it, and is told with its traceback."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from eventsourcing.persistence import OperationalError
from flask import Flask

from service.background.loop import AFTER_FAILURE_SECONDS, attempt, look
from service.evidence.sealer import seal
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


def test_a_log_that_cannot_be_sealed_is_an_alarm_until_the_service_is_started_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = ledger_of(app)
    lose_an_event(app)
    for _ in range(2):
        assert attempt("seal", ledger, lambda: float(seal(ledger.database))) == AFTER_FAILURE_SECONDS
    known = look(ledger, look(ledger, {}))
    assert len(known) == 1
    alarms = [record for record in caplog.records if "no event at position 7" in record.getMessage()]
    assert [alarm.levelno for alarm in alarms] == [logging.ERROR], "once, however often it is met"
    assert alarms[0].exc_info is not None
    assert alarms[0].exc_info[2] is not None, "a traceback"
    check_refused(app, "the log has no event at position 7")


def test_what_nobody_expected_is_logged_with_its_traceback_and_tried_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    assert attempt("seal", ledger_of(app), lambda: 1 / 0) == AFTER_FAILURE_SECONDS
    (record,) = caplog.records
    assert (record.levelno, "ZeroDivisionError" in caplog.text) == (logging.ERROR, True)
    check_writable(app, "Kari")


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
