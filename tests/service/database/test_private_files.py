"""What was written to a file of keys survives a power cut under its name, and is readable by its owner only."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from service.database.private_files import append, keep_new, move, replace


def renew(path: Path) -> None:
    replace(path, b"new")


def begin(path: Path) -> None:
    path.unlink()
    keep_new(path, b"new")


def follow(path: Path) -> None:
    keep_new(path.with_name("next"), b"new")
    move(path.with_name("next"), path)


def publish(path: Path) -> None:
    path.unlink()
    append(path, b"new")


@pytest.mark.parametrize("change", [renew, begin, follow, publish])
def test_the_folder_is_brought_to_the_disk_after_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"old")
    synced: list[tuple[bool, bytes]] = []
    really_sync = os.fsync

    def sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((is_folder, path.read_bytes() if path.exists() else b""))
        really_sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    change(path)
    assert synced[0][0] is False, "first what is in it"
    assert synced[-1] == (True, b"new"), "last its name, once it has it"
    assert [file.name for file in tmp_path.iterdir()] == ["keys"]


def test_a_file_that_is_there_is_not_written_over_by_a_new_one(tmp_path: Path) -> None:
    keep_new(tmp_path / "keys", b"first")
    keep_new(tmp_path / "keys", b"second")
    assert (tmp_path / "keys").read_bytes() == b"first"
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
