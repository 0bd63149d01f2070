"""A backup of what cannot be signed, or is not what was signed, is made all the same, and why is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update

from service.database.database import Database
from service.log.tables import EVENTS
from tests.databases import Databases
from tests.service.backups.made import hand_keys
from tests.service.evidence.attacks import unguarded
from tests.service.evidence.test_other_logs import signed
from tests.service.losing import add, beside, operate
from tests.service.serving import founded, serving


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A company whose log was signed, but for the last event."""
    with databases.fresh(signed) as url:
        with serving(url) as app:
            assert add(app, "Ola") == 200
        yield url


@contextmanager
def written_by_another(url: str) -> Iterator[None]:
    """A block during which somebody else writes, and does not come to an end."""
    with closing(Database(url)) as database, database.writing() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("LOCK TABLE events, tree_head IN EXCLUSIVE MODE")
        yield


def check_made(url: str, path: Path) -> Result:
    said = operate(url, "backup", str(path))
    assert (said.exit_code, path.exists(), "is whole" in said.stdout) == (0, True, True), said.output
    assert said.stderr.count("\n") <= 1
    return said


def test_a_backup_leaves_no_doubt_where_all_was_signed(url: str, tmp_path: Path) -> None:
    assert check_made(url, tmp_path / "backup").stderr == ""


@pytest.mark.slow
def test_a_backup_is_made_where_nothing_can_be_written_for_others(url: str, tmp_path: Path) -> None:
    with written_by_another(url):
        said = check_made(url, tmp_path / "backup")
    assert "But nothing was signed before: " in said.stderr


def test_a_backup_is_made_without_the_key_that_signed_and_that_is_said(url: str, tmp_path: Path) -> None:
    beside(url, "signing-key").unlink()
    said = check_made(url, tmp_path / "backup")
    assert "But nothing was signed before: " in said.stderr
    assert "signing-key is not there" in said.stderr
    assert not beside(url, "signing-key").exists()


def test_where_events_were_altered_that_is_said_when_they_are_backed_up(
    url: str, databases: Databases, tmp_path: Path
) -> None:
    with closing(Database(url)) as database, unguarded(database) as connection:
        connection.execute(update(EVENTS).where(EVENTS.c.position == 2).values(topic="Forged"))
    said = check_made(url, tmp_path / "backup")
    assert "But its events are not those of which the last checkpoint was signed" in said.stderr
    with databases.fresh() as empty:
        hand_keys(url, empty)
        assert operate(empty, "restore", str(tmp_path / "backup")).exit_code == 1


def test_a_backup_of_a_log_that_was_never_signed_makes_no_key(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh(founded) as url:
        beside(url, "signing-key").unlink(missing_ok=True)
        said = check_made(url, tmp_path / "backup")
        assert "But nothing of the log was ever signed" in said.stderr
        assert not beside(url, "signing-key").exists()
