"""A disk that is full or fails is called that, and writes go on once there is room again."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import event

from service.database.database import Database
from service.ledger import inspection
from tests.databases import Databases, SqliteDatabases
from tests.service.losing import OURS, add, beside, check_refused, check_writable, names, operate
from tests.service.serving import client_of, founded, ledger_of, serving

NO_ROOM = "there is no room left on the database's disk"
FAILING = "the database's disk fails to read or to write"


@contextmanager
def no_larger_files(database: Database) -> Iterator[None]:
    """Let no file of this process grow beyond a page of the database's, so that its write-ahead log cannot."""
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def full_server_disk(database: Database) -> Iterator[None]:
    """Have the server write to a device that is always full, whenever something is written to the log."""
    filling = "BEGIN EXECUTE 'COPY (SELECT repeat(''x'', 1000000)) TO ''/dev/full'''; RETURN NULL; END"
    with database.writing() as connection:
        connection.exec_driver_sql(f"CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ {filling} $$")
        connection.exec_driver_sql("CREATE TRIGGER fill AFTER UPDATE ON log_head EXECUTE FUNCTION fill()")
    try:
        yield
    finally:
        with database.writing() as connection:
            connection.exec_driver_sql("DROP FUNCTION fill CASCADE")


def failing_disk(database: Database) -> AbstractContextManager[None]:
    return no_larger_files(database) if database.is_sqlite else full_server_disk(database)


def test_a_failing_disk_is_called_that_and_writes_go_on_afterwards(app: Flask) -> None:
    assert add(app, "Kari") == 200
    database = ledger_of(app).database
    why = FAILING if database.is_sqlite else NO_ROOM
    with failing_disk(database):
        first, *others = (client_of(app).post("/api/v2/persons", json={"name": "Lost"}) for _ in range(4))
        assert (first.status_code, "Retry-After" in first.headers) == (504 if database.is_sqlite else 503, False)
        for answer in others:
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, False), answer.text
            assert why in answer.text
        check_refused(app, why)
        assert "Kari" in client_of(app).get("/api/v2/persons").text
    check_writable(app, "Ola")
    assert names(app) == ["Kari", "Ola"]


def test_the_console_calls_a_failing_disk_that(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        assert add(app, "Kari") == 200
        database = ledger_of(app).database
        with failing_disk(database):
            refused: Result = operate(url, "user", "add", "--name", "A", "--email", "a@example.no")
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert (FAILING if database.is_sqlite else NO_ROOM) in refused.stderr
        assert "reached" not in refused.stderr


@pytest.mark.slow
def test_a_sqlite_file_that_may_not_grow_has_no_room(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        engine = ledger_of(app).database.engine
        with ledger_of(app).database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        @event.listens_for(engine, "checkout")
        def limit(driver_connection: object, *_: object) -> None:
            driver_connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

        answers = [client_of(app).post("/api/v2/persons", json={"name": f"Kari {n}" * 20}) for n in range(60)]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert refused
        for answer in refused:
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
            assert NO_ROOM in answer.text
        assert len(names(app)) == len(answers) - len(refused)


def test_a_disk_that_is_nearly_full_is_noticed_before_anything_is_written(
    sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        with monkeypatch.context() as patched:
            patched.setattr(inspection, "LEAST_ROOM", 10**18)
            check_refused(app, NO_ROOM)
        check_writable(app, "Kari")


def test_a_database_that_may_only_be_read_or_is_damaged_is_called_that(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app:

        @event.listens_for(ledger_of(app).database.engine, "checkout")
        def limit(driver_connection: object, *_: object) -> None:
            driver_connection.execute("PRAGMA query_only = 1")  # type: ignore[attr-defined]

        check_refused(app, "the database can only be read")
    beside(url, "x").with_name("spoilt.db").write_bytes(b"no database" * 1000)
    spoilt = operate(f"sqlite:///{beside(url, 'x').with_name('spoilt.db')}", "user", "list")
    assert (spoilt.exit_code, spoilt.stderr.count("\n")) == (1, 1)
    assert "the database is damaged" in spoilt.stderr


def test_nobody_but_its_owner_can_read_what_belongs_to_a_new_database(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    path = tmp_path / "new.db"
    before = os.umask(0o022)
    try:
        founded(f"sqlite:///{path}")
        with serving(f"sqlite:///{path}") as app:
            assert add(app, "Kari") == 200
            assert client_of(app).get(f"{OURS}/audit/checkpoint").status_code == 200
            with ledger_of(app).database.alone():
                modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert {f"new.db{suffix}" for suffix in ("", "-wal", "-shm", ".lock", ".alone.lock", ".data-keys")} <= modes.keys()
    assert {"new.db.signing-key", "new.db.signing-key.last"} <= modes.keys()
    assert set(modes.values()) == {0o600}, modes


def test_a_database_that_its_operator_has_opened_to_a_group_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    founded(f"sqlite:///{path}")
    path.chmod(0o640)
    with serving(f"sqlite:///{path}") as app:
        assert add(app, "Kari") == 200
        for suffix in ("", "-wal", "-shm"):
            assert stat.S_IMODE(os.stat(f"{path}{suffix}").st_mode) == 0o640
