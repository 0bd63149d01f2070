"""A backup made while others write is of one moment, whole or none, and makes the same database again, on either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from aggregates.refusals import Refusal
from projections.engine.tables import read_models
from service.backups.backup import HELD, MADE_AGAIN, Written, back_up
from service.backups.file import Backup, NotWhole
from service.backups.restore import restore
from tests.databases import Databases, SqliteDatabases, environment_of
from tests.service.backups.made import ORIGIN, check_same, hand_keys, opened, written_again
from tests.service.losing import add, check_writable, names, operate
from tests.service.maintenance.test_copying import worked
from tests.service.serving import founded, serving
from tests.service.whole import check_whole


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(worked) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of either kind, whichever the backup is of."""
    databases: Databases = request.getfixturevalue(f"{request.param.removesuffix('ql')}_databases")
    with databases.fresh() as url:
        yield url


def backed_up(url: str, path: Path) -> Path:
    said = operate(url, "backup", str(path))
    assert (said.exit_code, "was read again and is whole" in said.output) == (0, True), said.output
    return path


@pytest.mark.slow
def test_what_is_restored_is_what_was_backed_up_on_either_database(url: str, empty: str, tmp_path: Path) -> None:
    assert operate(url, "audit", "checkpoint").exit_code == 0
    path = backed_up(url, tmp_path / "backup")
    hand_keys(url, empty)
    said = operate(empty, "restore", str(path))
    assert said.exit_code == 0, said.output
    assert "Incarnation 2 of the log has begun" in said.output
    with opened(url) as one, opened(empty) as other:
        check_same(one, other)
    assert operate(empty, "verify").exit_code == 0
    with serving(empty) as app:
        check_writable(app, "Kari after the restore")


@pytest.mark.slow
def test_a_backup_made_while_others_write_is_of_one_moment(url: str, databases: Databases, tmp_path: Path) -> None:
    with serving(url) as app, databases.fresh() as empty, opened(url) as ledger:
        stop, added = threading.Event(), list[int]()

        def write() -> None:
            while not stop.is_set():
                added.append(add(app, f"Kari {len(added)}"))

        def backed_up(number: int) -> Written:
            written, before = back_up(ledger, tmp_path / f"{number}", lambda _: None), len(added)
            while len(added) == before and thread.is_alive():
                time.sleep(0.001)
            return written

        thread = threading.Thread(target=write)
        thread.start()
        headings = [backed_up(number) for number in range(3)]
        stop.set()
        thread.join()
        assert headings[0].position < headings[-1].position
        hand_keys(url, empty)
        with opened(empty) as other:
            assert restore(other, ORIGIN, tmp_path / "2", lambda _: None).position == headings[2].position
        with serving(empty) as again:
            check_whole(again)
            kept = names(again)
            assert kept == names(app)[: len(kept)]


def test_a_table_is_held_or_made_again(databases: Databases) -> None:
    with databases.fresh(founded) as url, opened(url) as ledger, ledger.database.reading() as connection:
        there = set(inspect(connection).get_table_names()) - set(read_models.tables) - {"alembic_version"}
    assert there == {table.name for table in (*HELD, *MADE_AGAIN)}
    assert not set(HELD) & set(MADE_AGAIN)


@pytest.fixture
def small(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Path:
    """A backup of little, and in the same folder nothing else."""
    with sqlite_databases.fresh(founded) as url:
        return backed_up(url, tmp_path / "backup")


def harmed(content: bytes, place: float, harm: str) -> bytes:
    at = int(place * len(content))
    if harm == "cut off":
        return content[:at]
    if harm == "one bit":
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    return content[:at] + b"\n" + content[at:]


HARMS = "cut off", "one bit", "a byte more"


def test_a_file_that_is_not_whole_is_no_backup_wherever_it_is_harmed(small: Path) -> None:
    content = small.read_bytes()
    for place in (0.0, 0.1, 0.5, 0.9, 0.999):
        for harm in HARMS:
            small.write_bytes(harmed(content, place, harm))
            with pytest.raises(NotWhole, match=r"is not whole|is no backup"):
                Backup(small)


@pytest.mark.parametrize("harm", HARMS)
def test_of_a_file_that_is_not_whole_nothing_is_restored(small: Path, databases: Databases, harm: str) -> None:
    small.write_bytes(harmed(small.read_bytes(), 0.7, harm))
    with databases.fresh() as empty:
        refused = operate(empty, "restore", str(small))
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.output
        assert "is not whole: it was cut off or altered" in refused.stderr
        with opened(empty) as ledger, ledger.database.reading() as connection:
            assert inspect(connection).get_table_names() == []


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"garbage", b"[1]\n", b"\xff" * 100_000, b'{"sha256":"0"}\n'])
def test_a_file_that_is_no_backup_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotWhole, match="file is no backup"):
        Backup(tmp_path / "file")


def test_a_backup_of_another_form_or_a_newer_version_is_refused(small: Path, databases: Databases) -> None:
    backup = Backup(small)
    lines = list(backup.rows())
    for heading, why in (
        (replace(backup.heading, leadledger_backup=2), "in the form 2"),
        (replace(backup.heading, revision="9999"), "by a newer version"),
    ):
        written_again(small, heading, lines)
        with databases.fresh() as empty:
            refused = operate(empty, "restore", str(small))
            assert (refused.exit_code, why in refused.stderr) == (1, True)


@pytest.mark.parametrize("prepare", [founded, None])
def test_nothing_is_restored_over_a_database_that_has_something(
    small: Path, databases: Databases, prepare: None
) -> None:
    with databases.fresh(prepare) as url, opened(url) as ledger:
        with ledger.database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE somebody_s (number INTEGER)")
        refused = operate(url, "restore", str(small))
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert "is not empty, and a restore replaces nothing" in refused.stderr


def test_a_backup_replaces_no_file_and_one_that_breaks_off_leaves_none(url: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    refused = operate(url, "backup", str(tmp_path / "mine"))
    assert (refused.exit_code, "is there already" in refused.stderr) == (1, True)
    assert (tmp_path / "mine").read_text() == "precious"

    def full(_: int) -> None:
        raise OSError("the disk is full")

    with opened(url) as ledger:
        with pytest.raises(OSError, match="full"):
            back_up(ledger, tmp_path / "backup", full)
        assert [path.name for path in tmp_path.iterdir()] == ["mine"]
        with pytest.raises(Refusal, match="is there already"):
            back_up(ledger, tmp_path / "mine", lambda _: None)


KILLED = """
import os, signal, sys
from pathlib import Path
from service.backups.backup import back_up
from service.cli.opened import opened_ledger
with opened_ledger() as ledger:
    back_up(ledger, Path(sys.argv[1]), lambda events: events and os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.slow
def test_a_backup_that_is_killed_has_not_the_name_of_one(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    with sqlite_databases.fresh(founded) as url:
        environment = {**os.environ, **environment_of(url)}
        done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "backup")], env=environment, check=False)
        assert done.returncode == -signal.SIGKILL
        assert not (tmp_path / "backup").exists()
        for left in tmp_path.iterdir():
            with pytest.raises(NotWhole):
                Backup(left)
        backed_up(url, tmp_path / "backup")
