"""A replay goes to a moment as HTTP understands it: to the end of a command, and to none that has not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.clock import timestamp, wall_clock
from tests.databases import Databases
from tests.service.sampled import told
from tests.service.serving import ledger_of, serving
from tests.service.whole import ends_of_commands


@pytest.fixture
def ends(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, int]]:
    """The sample company, and for each position the end of the command there."""
    with databases.fresh(told) as url:
        monkeypatch.setenv("LEADLEDGER_DATABASE_URL", url)
        with serving(url) as app:
            found = ends_of_commands(ledger_of(app))
        yield found


def replayed(moment: str, path: Path) -> Result:
    return CliRunner().invoke(main, ["replay", "--to", moment, "--dump", str(path)])


@pytest.mark.slow
def test_a_position_inside_a_command_means_its_end(ends: dict[int, int], tmp_path: Path) -> None:
    inside, end = next((position, end) for position, end in ends.items() if position < end)
    for name, position in (("inside", inside), ("end", end), ("before", inside - 1)):
        assert replayed(str(position), tmp_path / name).exit_code == 0
    dumps = {name: (tmp_path / name).read_text() for name in ("inside", "end", "before")}
    assert dumps["inside"] == dumps["end"] != dumps["before"]


@pytest.mark.slow
def test_without_a_moment_the_whole_log_is_replayed(ends: dict[int, int], tmp_path: Path) -> None:
    assert replayed(str(max(ends)), tmp_path / "end").exit_code == 0
    assert CliRunner().invoke(main, ["replay", "--dump", str(tmp_path / "whole")]).exit_code == 0
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "end").read_bytes()
    refused = CliRunner().invoke(main, ["replay", "--to", str(max(ends))])
    assert refused.exit_code == 2
    assert "name what to make with --into FILE.db or --dump FILE" in refused.stderr


@pytest.mark.slow
def test_a_moment_that_has_not_come_is_refused_with_one_sentence(ends: dict[int, int], tmp_path: Path) -> None:
    end, ahead = max(ends), timestamp(wall_clock() + timedelta(days=1))
    hint = "a time is written like 2026-12-31T10:00:00Z"
    for moment, words in (
        (str(end + 1), f"Error: the log ends at position {end}\n"),
        ("20261001", f"Error: the log ends at position {end}; {hint}\n"),
        (ahead, "Error: that time has not come yet: it is "),
    ):
        refused = replayed(moment, tmp_path / "never")
        assert refused.exit_code == 1
        assert refused.stderr.startswith(words)
    for moment in ("2026-10-01", "2026-W01-1T10:00:00Z", "yesterday"):
        assert replayed(moment, tmp_path / "never").exit_code == 2
    assert not (tmp_path / "never").exists()
