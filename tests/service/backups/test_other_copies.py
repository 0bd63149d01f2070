"""What other copies than backups hold is what the operators' guide says of them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from projections.engine.tables import read_models
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.guides.documents import ROOT, blocks
from tests.service.backups.made import hand_keys, opened
from tests.service.losing import check_writable, operate
from tests.service.privacy.canaries import MARK, Planted, found_in
from tests.service.serving import client_of, founded, serving
from tests.service.whole import check_whole


def planted(url: str) -> None:
    """A company in which much is told of one person; for `Databases.fresh`."""
    founded(url)
    with serving(url) as app:
        Planted(client_of(app))


@pytest.fixture
def url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    with postgres_databases.fresh(planted) as url:
        yield url


def documented_dump() -> list[str]:
    """The words of the guide's line, without the name of the database and the file."""
    guide = (ROOT / "service" / "guides" / "operators.md").read_text("utf-8")
    (line,) = (block for block in blocks(guide) if block.startswith("pg_dump"))
    *words, _, _, _ = shlex.split(line)
    return words


def dumped(url: str, path: Path, *options: str) -> str:
    command = [str(PostgresDatabases.program("pg_dump")), *options, url, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path.read_text("utf-8")


def test_the_documented_dump_leaves_out_the_read_models_and_nothing_else(url: str, tmp_path: Path) -> None:
    program, *options = documented_dump()
    assert program == "pg_dump"
    with opened(url) as ledger, ledger.database.writing() as connection:
        there = set(inspect(connection).get_table_names())
        connection.exec_driver_sql("CREATE TABLE persons_0a1b2c3d AS SELECT * FROM persons")
    whole, without = dumped(url, tmp_path / "whole"), dumped(url, tmp_path / "without", *options)
    assert MARK in whole
    assert MARK not in without
    left_out = {*read_models.tables, "read_model_definition"}
    assert set(re.findall(r"^COPY public\.(\w+)", without, re.MULTILINE)) == there - left_out


@pytest.mark.slow
def test_the_documented_dump_is_restored_by_migrating(
    url: str, postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    dumped(url, tmp_path / "dump", *documented_dump()[1:])
    with postgres_databases.fresh() as empty:
        program, dump = PostgresDatabases.program("psql"), tmp_path / "dump"
        command = [str(program), "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(dump), empty]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        hand_keys(url, empty)
        assert operate(empty, "migrate").exit_code == 0
        with serving(empty) as app:
            check_whole(app)
            check_writable(app, "Kari")


@pytest.mark.slow
def test_a_copy_of_the_file_and_one_as_of_a_moment_tell_of_people_and_an_export_does_not(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.fresh(planted) as url:
        with opened(url) as ledger:
            assert found_in([ledger.database.path]) != []
            end = str(ledger.event_log.max_notification_id())
        assert operate(url, "audit", "export", "--out", str(tmp_path / "bundle")).exit_code == 0
        assert operate(url, "replay", "--to", end, "--into", str(tmp_path / "copy.db")).exit_code == 0
        assert operate(url, "backup", str(tmp_path / "backup")).exit_code == 0
    assert found_in([tmp_path]) == [tmp_path / "copy.db"]
    assert (tmp_path / "copy.db.data-keys").exists()
