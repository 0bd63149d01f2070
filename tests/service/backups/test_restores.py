"""A restore is whole or leaves nothing, knows older forms, and takes no backup whose events are not those signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from service.backups.backup import back_up
from service.backups.file import Backup, SomeRows
from service.backups.restore import restore
from service.evidence.tables import INCARNATIONS
from service.log.tables import KEYED_RECEIPTS
from tests.databases import Databases
from tests.service.backups.made import ORIGIN, hand_keys, opened, rows, written_again
from tests.service.evidence.test_other_logs import go_on, signed
from tests.service.losing import OURS, beside, check_writable, names, operate
from tests.service.serving import client_of, serving


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A small company whose log was signed."""
    with databases.fresh(signed) as url:
        yield url


@pytest.fixture
def path(url: str, tmp_path: Path) -> Path:
    with opened(url) as ledger:
        back_up(ledger, tmp_path / "backup", lambda _: None)
    return tmp_path / "backup"


@pytest.fixture
def empty(databases: Databases, url: str, path: Path) -> Iterator[str]:
    """An empty database that has the keys of the one that was backed up."""
    with databases.fresh() as empty:
        hand_keys(url, empty)
        yield empty


def check_empty(url: str) -> None:
    with opened(url) as ledger, ledger.database.reading() as connection:
        assert inspect(connection).get_table_names() == []


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 3])
def test_a_restore_that_breaks_off_leaves_nothing_and_can_be_done_again(empty: str, path: Path, at: int) -> None:
    heard: list[int] = []

    def power_cut(events: int) -> None:
        heard.extend([events] if events else [])
        if len(heard) == at:
            raise OSError("the power went")

    with opened(empty) as ledger:
        with pytest.raises(OSError, match="power"):
            restore(ledger, ORIGIN, path, power_cut)
        check_empty(empty)
        restore(ledger, ORIGIN, path, lambda _: None)
    with serving(empty) as app:
        check_writable(app, "Ola")
        assert names(app) == ["Kari", "Ola"]


def test_what_was_signed_after_the_backup_is_reported_as_lost_by_position(url: str, empty: str, path: Path) -> None:
    position = Backup(path).heading.position
    go_on(url, "Ola", "Per")
    hand_keys(url, empty)
    last = beside(url, "signing-key.last").read_text()
    said = operate(empty, "restore", str(path))
    assert said.exit_code == 0, said.output
    assert f"Positions {position + 1} to {position + 2} were signed, came after the backup and are lost" in said.output
    with opened(empty) as ledger:
        number, _, _, note = rows(ledger, INCARNATIONS)[-1]
        assert (number, note) == (2, last)
    with serving(empty) as app:
        check_writable(app, "Eva")
        assert names(app) == ["Kari", "Eva"]
        assert client_of(app).get(f"{OURS}/audit/checkpoint").text.partition("\n")[0].endswith("/2")
    assert operate(empty, "verify").exit_code == 0


def test_a_note_that_is_older_than_the_backup_is_not_taken_for_the_last(url: str, empty: str, tmp_path: Path) -> None:
    before = beside(url, "signing-key.last").read_text()
    go_on(url, "Ola")
    newer = beside(url, "signing-key.last").read_text()
    assert operate(url, "backup", str(tmp_path / "newer")).exit_code == 0
    hand_keys(url, empty)
    beside(empty, "signing-key.last").write_text(before)
    assert operate(empty, "restore", str(tmp_path / "newer")).exit_code == 0
    with opened(empty) as ledger:
        assert rows(ledger, INCARNATIONS)[-1][3] == newer


def test_a_backup_of_an_older_form_is_brought_to_the_present_one(empty: str, path: Path) -> None:
    backup = Backup(path)
    lines = [some for some in backup.rows() if some.table != KEYED_RECEIPTS.name]
    written_again(path, replace(backup.heading, revision="0006"), lines)
    assert operate(empty, "restore", str(path)).exit_code == 0
    with serving(empty) as app:
        check_writable(app, "Ola")
        headers = {"Idempotency-Key": "of-the-table-that-came-later"}
        assert client_of(app).post("/api/v2/persons", json={"name": "Per"}, headers=headers).status_code == 200


def test_events_that_are_not_those_signed_are_not_restored_whatever_hash_is_put_below_them(
    empty: str, path: Path
) -> None:
    backup = Backup(path)
    written_again(path, backup.heading, [altered(some) for some in backup.rows()])
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.output
    assert "was altered: its events are not those" in refused.stderr
    check_empty(empty)


def altered(some: SomeRows) -> SomeRows:
    if some.table != "events":
        return some
    *facts, stored = some.rows[0]
    state = json.loads(stored)
    state["metadata"]["client"] = "somebody else's"
    return replace(some, rows=[[*facts, json.dumps(state).encode()], *some.rows[1:]])


def test_without_the_key_that_signed_nothing_is_restored_unless_another_is_wanted(empty: str, path: Path) -> None:
    for kind in ("signing-key", "signing-key.last"):
        beside(empty, kind).unlink()
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "leadledger restore --new-key" in refused.stderr
    check_empty(empty)
    said = operate(empty, "restore", str(path), "--new-key")
    assert (said.exit_code, "Incarnation 2 of the log has begun" in said.output) == (0, True), said.output
    with serving(empty) as app:
        check_writable(app, "Ola")


def test_without_the_keys_of_personal_data_nothing_is_restored(empty: str, path: Path) -> None:
    beside(empty, "data-keys").unlink()
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "is not there, and this database's personal data needs the keys in it" in refused.stderr
    assert not beside(empty, "data-keys").exists()
    check_empty(empty)
