"""The import contracts hold, and what holds them is shown to notice when they do not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow

FOLDERS = ("aggregates", "projections", "service")

INSIDE = "Inside the service, arrows run one way: from the ways in to the database"
ARROWS = "Arrows run one way: service, projections, aggregates"
AGGREGATES = "Aggregates know no web, no SQL and no command line"
ENGINE = "The engine of read models knows none of them"
PROJECTIONS = "Projections know no web and no command line"

WRONG_WAYS = (
    ("aggregates", "flask", AGGREGATES),
    ("aggregates", "sqlalchemy.orm", AGGREGATES),
    ("aggregates", "projections", ARROWS),
    ("projections", "flask.views", PROJECTIONS),
    ("projections", "service", ARROWS),
    ("projections/engine", "projections.names", ENGINE),
    ("projections/engine", "projections.projection", ENGINE),
    ("service/server", "service.cli", INSIDE),
    ("service/http", "service.app", INSIDE),
    ("service/http", "service.sample", INSIDE),
    ("service/background", "service.http", INSIDE),
    ("service/maintenance", "service.background", INSIDE),
    ("service/privacy", "service.wiring", INSIDE),
    ("service/privacy", "service.commands", INSIDE),
    ("service/readiness", "service.commands", INSIDE),
    ("service/ledger", "service.readiness", INSIDE),
    ("service/evidence", "service.ledger", INSIDE),
    ("service/log", "service.evidence", INSIDE),
    ("service/database", "service.log", INSIDE),
)
"""A folder, what a module of it may not import, and the contract that says so."""

REACHING_UP = (
    ("app", "service.server"),
    ("wiring", "service.maintenance"),
    ("clock", "service.database"),
    ("tokens", "service.settings"),
    ("obstacles", "service.text"),
)
"""A module of the service, and what it may not import."""


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def broken_in(answer: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The contracts that were found broken, each with what breaks it."""
    assert answer.returncode == 1, answer.stdout + answer.stderr
    parts = re.split(r"\n(.+)\n-{9,}\n", answer.stdout.partition("Broken contracts\n---")[2])
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The three folders and their contracts, where a test may break them."""
    for folder in FOLDERS:
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_copy_with_nothing_planted_is_whole(copy: Path) -> None:
    answer = lint_imports(copy)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_each_arrow_the_wrong_way_is_found_by_its_contract(copy: Path) -> None:
    due = list[tuple[str, str]]()
    for number, (folder, imported, contract) in enumerate(WRONG_WAYS):
        (copy / folder / f"planted_{number}.py").write_text(f'"""Against the arrows."""\n\nimport {imported}\n')
        due.append((f"{folder.replace('/', '.')}.planted_{number} -> ", contract))
    for module, imported in REACHING_UP:
        with (copy / "service" / f"{module}.py").open("a") as file:
            file.write(f"\nimport {imported}\n")
        due.append((f"service.{module} -> {imported}", INSIDE))

    broken = broken_in(lint_imports(copy))

    assert broken.keys() == {contract for _, contract in due}
    for arrow, contract in due:
        assert [name for name, told in broken.items() if arrow in told] == [contract], arrow


def test_what_is_new_in_the_service_has_to_be_given_its_place(copy: Path) -> None:
    (copy / "service" / "planted.py").write_text('"""Placed nowhere."""\n')
    (copy / "service" / "planted_folder").mkdir()
    (copy / "service" / "planted_folder" / "__init__.py").write_text('"""Placed nowhere."""\n')

    answer = lint_imports(copy)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert {"service.planted", "service.planted_folder"} <= set(answer.stdout.replace(",", " ").split())
