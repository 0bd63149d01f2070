"""The arrows between the rooms hold, and what holds them is shown to notice when they do not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
ROOMS = ("aggregates", "projections", "service")

ARROWS = "Arrows run one way: service, projections, aggregates"
AGGREGATES = "Aggregates know no web, no SQL and no command line"
PROJECTIONS = "Projections know no web and no command line"


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The three rooms and their contracts, where a test may break them."""
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_arrows_between_the_rooms_hold() -> None:
    answer = lint_imports(CHECKOUT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("room", "imported", "contract"),
    [
        ("aggregates", "flask", AGGREGATES),
        ("aggregates", "sqlalchemy.orm", AGGREGATES),
        ("aggregates", "projections", ARROWS),
        ("projections", "flask.views", PROJECTIONS),
        ("projections", "service", ARROWS),
    ],
)
def test_an_arrow_the_wrong_way_is_found(copy: Path, room: str, imported: str, contract: str) -> None:
    (copy / room / "planted.py").write_text(f'"""Against the arrows."""\n\nimport {imported}\n')

    answer = lint_imports(copy)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    broken = [line for line in answer.stdout.splitlines() if line.endswith(" BROKEN")]
    assert broken == [f"{contract} BROKEN"]
    assert f"{room}.planted" in answer.stdout


def test_a_copy_with_nothing_planted_is_whole(copy: Path) -> None:
    answer = lint_imports(copy)
    assert answer.returncode == 0, answer.stdout + answer.stderr
