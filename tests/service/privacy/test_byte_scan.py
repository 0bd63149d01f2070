"""Words are found in raw bytes by another process, wherever they stand, and nobody sees which are looked for."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.privacy.byte_scan import ScanFailed, files_with

WORD = "Øystein Ås".encode()
BLOCK = 1 << 20


@pytest.mark.parametrize("before", [0, 1, 100, BLOCK - len(WORD), BLOCK - 3, BLOCK, 2 * BLOCK - 1])
def test_a_word_is_found_across_blocks_too(tmp_path: Path, before: int) -> None:
    (tmp_path / "with").write_bytes(bytes(before) + WORD + b"x" * 10)
    (tmp_path / "without").write_bytes(bytes(before) + WORD[:-1] + b"x" * 10)
    paths = [tmp_path / name for name in ("with", "without", "missing")]
    assert files_with([b"another", WORD], paths) == [tmp_path / "with"]


def test_no_word_and_no_file_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(WORD)
    assert files_with([], [tmp_path / "file"]) == []
    assert files_with([WORD], []) == []


def test_a_file_that_cannot_be_read_is_no_file_without_the_word(tmp_path: Path) -> None:
    with pytest.raises(ScanFailed):
        files_with([WORD], [tmp_path])


def test_words_are_not_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    run = subprocess.run

    def watched(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        started.append((command, options.get("env")))
        return run(command, **options)

    monkeypatch.setattr("service.privacy.byte_scan.subprocess.run", watched)
    files_with([b"secretword"], [tmp_path / "missing"])
    ((command, environment),) = started
    assert "secretword" not in " ".join(command)
    assert b"secretword".hex() not in " ".join(command)
    assert environment is None
