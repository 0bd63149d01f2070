"""A backup that somebody altered, with the hash that is right for it, is refused in plain words and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.backups.file import Backup, Heading, SomeRows
from tests.service.backups.made import written_again
from tests.service.backups.test_restores import check_empty, empty, path, url
from tests.service.losing import operate

__all__ = ["empty", "path", "url"]

Rows = Sequence[SomeRows]


def _of(table: str, change: Callable[[SomeRows], SomeRows]) -> Callable[[Heading, Rows], tuple[Heading, Rows]]:
    return lambda heading, rows: (heading, [change(some) if some.table == table else some for some in rows])


def _heading(**told: Any) -> Callable[[Heading, Rows], tuple[Heading, Rows]]:
    return lambda heading, rows: (replace(heading, **told), rows)


def _last(column: str, value: Any) -> Callable[[SomeRows], SomeRows]:
    """The last row with another value in a column."""
    return lambda some: replace(
        some,
        rows=[
            *some.rows[:-1],
            [value if name == column else kept for name, kept in zip(some.columns, some.rows[-1], strict=True)],
        ],
    )


def _twice(some: SomeRows) -> SomeRows:
    return replace(some, rows=[*some.rows, some.rows[-1]])


def _without(table: str) -> Callable[[Heading, Rows], tuple[Heading, Rows]]:
    return lambda heading, rows: (heading, [some for some in rows if some.table != table])


FORGED: dict[str, tuple[Callable[[Heading, Rows], tuple[Heading, Rows]], str]] = {
    "another table": (_of("receipts", lambda some: replace(some, table="nonsense")), "fit no table of the log"),
    "columns of none": (_of("receipts", lambda some: replace(some, columns=["x"])), "fit no table of the log"),
    "other values": (_of("receipts", lambda some: replace(some, rows=[["x"]])), "fit no table of the log"),
    "a position of text": (_of("events", _last("position", "x")), "fit no table of the log"),
    "a part of a version": (_of("events", _last("version", 1.5)), "fit no table of the log"),
    "a huge version": (_of("events", _last("version", 2**63)), "fit no table of the log"),
    "no state": (_of("events", _last("state", None)), "fit no table of the log"),
    "a state that is none": (_of("events", _last("state", b"{")), "the log's head cannot be read"),
    "an event twice": (_of("events", _twice), "fit no table of the log"),
    "numbers that are none": (_of("log_head", _last("numbers", "{")), "the log's head cannot be read"),
    "no head": (_without("log_head"), "the log's head says that it ends at position 0"),
    "a checkpoint that is none": (_of("checkpoints", _last("note", "x")), "its last checkpoint is none"),
    "no position": (_heading(position="many"), "its first line is not that of a backup"),
    "another position": (_heading(position=5), "its first line tells of 5 events"),
}


@pytest.mark.slow
def test_a_forged_backup_is_refused_and_leaves_nothing(empty: str, path: Path) -> None:
    heading, rows = Backup(path).heading, [*Backup(path).rows()]
    for name, (forge, why) in FORGED.items():
        written_again(path, *forge(heading, rows))
        refused = operate(empty, "restore", str(path))
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), (name, refused.output, refused.exception)
        assert why in refused.stderr, (name, refused.stderr)
        check_empty(empty)


@pytest.mark.slow
def test_where_a_backup_may_not_be_what_was_written_that_is_said(empty: str, path: Path) -> None:
    """What lacks a key, or what nobody signed, is restored as far as it goes: it may be all that there is."""
    forge = _of("stream_keys", lambda some: replace(some, rows=some.rows[1:]))
    heading, rows = forge(Backup(path).heading, [*Backup(path).rows()])
    written_again(path, heading, [some for some in rows if some.table != "checkpoints"])
    said = operate(empty, "restore", str(path))
    assert said.exit_code == 0, said.output
    assert "proves that its events from position 1 on are those that were recorded" in said.stderr
    assert "no erasure explains that" in said.stderr
