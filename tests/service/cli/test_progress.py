"""Whoever sits at a terminal sees how far a command is; a file gets no bars."""

from __future__ import annotations

import io

import pytest

from service.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("output", "seen"), [(Terminal(), True), (io.StringIO(), False)], ids=["terminal", "file"])
def test_a_bar_is_for_a_terminal_only(output: io.StringIO, seen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", output)
    with progress_bar("Counting", 3) as bar:
        bar.delay = 0
        bar.update(2)
        bar.refresh()
    assert ("Counting" in output.getvalue()) is seen
