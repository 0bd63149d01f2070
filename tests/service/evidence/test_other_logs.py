"""A log that does not continue what was signed is read, not written; a new incarnation begins on purpose only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from service.database.database import Database
from service.log.tables import EVENTS
from tests.databases import Databases, SqliteDatabases
from tests.service.losing import OURS, add, beside, check_refused, check_writable, operate
from tests.service.serving import client_of, founded, ledger_of, serving

KEYS = ("signing-key", "signing-key.last")


def signed(url: str) -> None:
    """Found a company, and sign its log."""
    founded(url)
    with serving(url) as app:
        assert add(app, "Kari") == 200
        assert ledger_of(app).notary.checkpoint() is not None


def go_on(url: str, *names: str) -> None:
    """Let more happen, and sign that, too."""
    with serving(url) as app:
        for name in names:
            assert add(app, name) == 200
        assert ledger_of(app).notary.checkpoint() is not None


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A database beside the key and the note of another one, which had gone on from the same beginning."""
    with databases.fresh(signed) as url, databases.fresh(signed) as newer:
        go_on(newer, "Ola", "Per", "Pål")
        take_keys(newer, url)
        yield url


def take_keys(newer: str, url: str) -> None:
    for kind in KEYS:
        shutil.copyfile(beside(newer, kind), beside(url, kind))


def check_another_log(url: str, what: str) -> None:
    with serving(url) as app:
        check_refused(app, what)
        check_refused(app, "leadledger audit incarnation")
        answer = client_of(app).get(f"{OURS}/audit/checkpoint")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
        assert client_of(app).get(f"{OURS}/events").status_code == 200
    for words in (("token", "issue", "1"), ("keys", "renew"), ("verify",)):
        refused = operate(url, *words)
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert "leadledger audit incarnation" in refused.stderr
    assert operate(url, "user", "list").exit_code == 0


def check_new_incarnation(url: str, number: int) -> None:
    begun = operate(url, "audit", "incarnation")
    assert f"Incarnation {number} of the log has begun" in begun.output
    with serving(url) as app:
        check_writable(app, "Anna")
        note = client_of(app).get(f"{OURS}/audit/checkpoint").text
        assert note.partition("\n")[0].endswith(f"/{number}")
    assert operate(url, "verify").exit_code == 0


@pytest.mark.slow
def test_an_older_copy_is_read_and_takes_no_writes_until_a_new_incarnation_of_the_log_begins(url: str) -> None:
    check_another_log(url, "and this log has")
    check_new_incarnation(url, 2)


@pytest.mark.slow
def test_a_copy_that_went_another_way_is_as_little_the_same_log_however_long_it_is(databases: Databases) -> None:
    with databases.fresh(signed) as url, databases.fresh(signed) as newer:
        go_on(newer, "Ola")
        go_on(url, "Per", "Pål", "Eva", "Åse")
        take_keys(newer, url)
        check_another_log(url, "and this log has others")
        check_new_incarnation(url, 2)


@pytest.mark.slow
def test_a_copy_from_before_anything_was_signed_is_not_the_same_log(databases: Databases) -> None:
    with databases.fresh(founded) as url, databases.fresh(signed) as newer:
        take_keys(newer, url)
        check_another_log(url, "not of this log")
        check_new_incarnation(url, 1)


@pytest.mark.slow
def test_two_incarnations_of_a_log_never_have_the_same_number(databases: Databases) -> None:
    with databases.fresh(signed) as url, databases.fresh(signed) as newer:
        go_on(newer, "Ola")
        assert operate(newer, "audit", "incarnation").exit_code == 0
        go_on(newer, "Per")
        take_keys(newer, url)
        check_another_log(url, "not of this log")
        check_new_incarnation(url, 3)


def test_where_the_database_was_deleted_and_begun_anew_that_is_said(databases: Databases) -> None:
    with databases.fresh() as url, databases.fresh(signed) as before:
        take_keys(before, url)
        for _ in range(2):
            refused = operate(url, "migrate")
            assert (refused.exit_code, "leadledger audit incarnation" in refused.stderr) == (1, True)
        assert operate(url, "audit", "incarnation").exit_code == 0
        assert operate(url, "migrate").exit_code == 0
        with serving(url) as app:
            ledger_of(app).obstacles.check()


def test_leaves_that_a_power_cut_took_are_made_again_and_are_no_other_log(databases: Databases) -> None:
    with databases.fresh(signed) as url:
        with closing(Database(url)) as database, database.writing() as connection:
            for table in ("leaves", "checkpoints"):
                drop = (
                    f"DROP TRIGGER {table}_refuse_delete"
                    if database.is_sqlite
                    else f"DROP TRIGGER {table}_refuse ON {table}"
                )
                connection.exec_driver_sql(drop)
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql("DELETE FROM tree_nodes")
            connection.execute(text("UPDATE tree_head SET size = 0, frontier = :none"), {"none": b""})
        with serving(url) as app:
            check_writable(app, "Ola")
            assert ledger_of(app).notary.checkpoint() is not None


@pytest.mark.slow
def test_verify_knows_what_was_signed_of_events_that_were_altered_since(databases: Databases) -> None:
    with databases.fresh(signed) as url:
        said = operate(url, "verify")
        assert "events are those that were signed last" in said.output
        with closing(Database(url)) as database, database.writing() as connection:
            trigger = "events_refuse_update" if database.is_sqlite else "events_refuse ON events"
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
            stored = bytes(connection.execute(select(EVENTS.c.state).where(EVENTS.c.position == 1)).scalar_one())
            other = stored.replace(b'"client":"leadledger"', b'"client":"somebody"')
            assert other != stored
            connection.execute(update(EVENTS).where(EVENTS.c.position == 1).values(state=other))
        assert operate(url, "rebuild").exit_code == 0
        altered = operate(url, "verify")
        assert (altered.exit_code, "and this log has others" in altered.stderr) == (1, True)


def test_an_older_database_that_is_moved_in_place_under_the_service_takes_no_writes(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.fresh(signed) as url:
        path = Path(url.removeprefix("sqlite:///"))
        shutil.copyfile(path, tmp_path / "backup")
        with serving(url) as app:
            assert add(app, "Ola") == 200
            os.replace(tmp_path / "backup", path)
            for _ in range(2):
                answer = client_of(app).post("/api/v2/persons", json={"name": "Lost"})
                assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
                assert "must be started again" in answer.text
            check_refused(app, "must be started again")


def test_a_log_that_is_cut_back_under_the_service_takes_no_writes(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        assert add(app, "Kari") == 200
        with ledger_of(app).database.writing() as connection:
            connection.exec_driver_sql("UPDATE log_head SET position = position - 1")
        answer = client_of(app).post("/api/v2/persons", json={"name": "Lost"})
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
        check_refused(app, "start the service again")
