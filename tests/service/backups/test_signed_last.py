"""A restore checks a backup against what was signed last, beside the key, and says what no checkpoint in it proves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from service.backups.file import Backup, SomeRows
from tests.databases import Databases
from tests.service.backups.made import hand_keys, told, written_again
from tests.service.backups.test_restores import check_empty, empty, path, url
from tests.service.evidence.test_other_logs import go_on
from tests.service.losing import add, beside, check_writable, names, operate
from tests.service.serving import client_of, serving

__all__ = ["empty", "path", "url"]


@pytest.fixture
def forged(url: str, tmp_path: Path) -> Path:
    """A backup whose last event was altered, as was done by somebody who took the last checkpoint out of it."""
    with serving(url) as app:
        assert client_of(app).post("/api/v2/pipelines", json={"name": "Honest"}).status_code == 200
    told(url, "backup", str(tmp_path / "forged"))
    backup = Backup(tmp_path / "forged")
    lines = [_without_last(some) if some.table == "checkpoints" else _altered(some) for some in backup.rows()]
    assert sum(len(some.rows) for some in lines if some.table == "checkpoints") == 1
    written_again(tmp_path / "forged", backup.heading, lines)
    return tmp_path / "forged"


def _without_last(some: SomeRows) -> SomeRows:
    return replace(some, rows=some.rows[:-1])


def _altered(some: SomeRows) -> SomeRows:
    return replace(some, rows=[[_forged(value) for value in row] for row in some.rows])


def _forged(value: object) -> object:
    return value.replace(b"Honest", b"Forged") if isinstance(value, bytes) else value


def _of_an_incarnation_that_nobody_began(lines: Sequence[SomeRows]) -> list[SomeRows]:
    """As if the checkpoint had been the last one of an incarnation that has ended."""
    [note] = [row[some.columns.index("note")] for some in lines if some.table == "checkpoints" for row in some.rows]
    return [_with_another_incarnation(some, note) if some.table == "incarnations" else some for some in lines]


def _with_another_incarnation(some: SomeRows, note: str) -> SomeRows:
    [first] = (dict(zip(some.columns, row, strict=True)) for row in some.rows)
    another = {**first, "number": 2, "last_note": note}
    return replace(some, rows=[*some.rows, [another[column] for column in some.columns]])


def _without_checkpoints(lines: Sequence[SomeRows]) -> list[SomeRows]:
    return [some for some in lines if some.table != "checkpoints"]


HIDING: Sequence[Callable[[Sequence[SomeRows]], list[SomeRows]]] = (
    list,
    _of_an_incarnation_that_nobody_began,
    _without_checkpoints,
)


def test_events_that_are_not_those_signed_last_are_not_restored_whatever_checkpoints_are_left(
    url: str, empty: str, forged: Path
) -> None:
    heading, lines = Backup(forged).heading, [*Backup(forged).rows()]
    hand_keys(url, empty)
    for options in ((), ("--new-key",)):
        for hide in HIDING:
            written_again(forged, heading, hide(lines))
            refused = operate(empty, "restore", str(forged), *options)
            assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.output
            assert "was altered: its events are not those" in refused.stderr
        beside(empty, "signing-key").unlink(missing_ok=True)
    check_empty(empty)


def test_it_is_said_which_events_no_checkpoint_in_a_backup_proves(url: str, empty: str, forged: Path) -> None:
    hand_keys(url, empty)
    beside(empty, "signing-key.last").unlink()
    end = Backup(forged).heading.position
    said = operate(empty, "restore", str(forged))
    assert said.exit_code == 0, said.output
    assert f"no checkpoint in the backup proves that its events from position {end} on" in said.stderr


def test_a_checkpoint_of_events_that_were_altered_is_refused_of_an_incarnation_that_has_ended_too(
    empty: str, path: Path
) -> None:
    backup = Backup(path)
    lines = [_renamed(some) for some in _of_an_incarnation_that_nobody_began([*backup.rows()])]
    written_again(path, backup.heading, lines)
    beside(empty, "signing-key.last").unlink()
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, "was altered: its events are not those" in refused.stderr) == (1, True), refused.output


def _renamed(some: SomeRows) -> SomeRows:
    if some.table != "events":
        return some
    topic = some.columns.index("topic")
    return replace(some, rows=[[*some.rows[0][:topic], "Forged", *some.rows[0][topic + 1 :]], *some.rows[1:]])


@pytest.mark.slow
def test_an_older_incarnation_is_restored_behind_a_shorter_one_and_what_is_lost_by_it_is_said(
    url: str, empty: str, path: Path, databases: Databases, tmp_path: Path
) -> None:
    go_on(url, "Ola", "Per")
    told(url, "backup", str(tmp_path / "longer"))
    told(empty, "restore", str(path))
    go_on(empty, "Eva")
    last = beside(empty, "signing-key.last").read_text().splitlines()
    with databases.fresh() as again:
        hand_keys(empty, again, ("data-keys", "data-keys.hand-over", "signing-key", "signing-key.last"))
        said = operate(again, "restore", str(tmp_path / "longer"))
        assert said.exit_code == 0, said.output
        assert f"{last[1]} events of {last[0]} were signed last, and the backup has others" in said.stderr
        assert "Nothing that came after the backup was signed" not in said.output
        with serving(again) as app:
            check_writable(app, "Anna")
            assert names(app) == ["Kari", "Ola", "Per", "Anna"]
        told(again, "verify")


def test_an_honest_backup_leaves_no_doubt(url: str, empty: str, tmp_path: Path) -> None:
    with serving(url) as app:
        assert add(app, "Ola") == 200
    told(url, "backup", str(tmp_path / "honest"))
    hand_keys(url, empty)
    said = operate(empty, "restore", str(tmp_path / "honest"))
    assert (said.exit_code, said.stderr) == (0, ""), said.output
