"""The import contracts hold, and what holds them is shown to notice when they do not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow  # and `make check` runs the same contracts

FOLDERS = ("aggregates", "projections", "service")

INSIDE = "Inside the service, arrows run one way: from the ways in to the database"
ARROWS = "Arrows run one way: service, projections, aggregates"
AGGREGATES = "Aggregates know no web, no SQL and no command line"
ENGINE = "The engine of read models knows none of them"
PROJECTIONS = "Projections know no web and no command line"


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def broken_in(answer: subprocess.CompletedProcess[str]) -> list[str]:
    """The contracts that were found broken."""
    assert answer.returncode == 1, answer.stdout + answer.stderr
    found = answer.stdout.splitlines()
    return [line.removesuffix(" BROKEN") for line in found if line.endswith(" BROKEN")]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The three folders and their contracts, where a test may break them."""
    for folder in FOLDERS:
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contracts_hold() -> None:
    answer = lint_imports(CHECKOUT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("folder", "imported", "contract"),
    [
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
    ],
)
def test_an_arrow_the_wrong_way_is_found(copy: Path, folder: str, imported: str, contract: str) -> None:
    (copy / folder / "planted.py").write_text(f'"""Against the arrows."""\n\nimport {imported}\n')

    answer = lint_imports(copy)

    assert broken_in(answer) == [contract]
    assert f"{folder.replace('/', '.')}.planted" in answer.stdout


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("app", "service.server"),
        ("wiring", "service.maintenance"),
        ("clock", "service.database"),
        ("tokens", "service.settings"),
        ("obstacles", "service.text"),
    ],
)
def test_a_module_of_the_service_that_reaches_up_is_found(copy: Path, module: str, imported: str) -> None:
    with (copy / "service" / f"{module}.py").open("a") as file:
        file.write(f"\nimport {imported}\n")

    answer = lint_imports(copy)

    assert broken_in(answer) == [INSIDE]
    assert f"service.{module} -> {imported}" in answer.stdout


@pytest.mark.parametrize("path", ["planted.py", "planted/__init__.py"])
def test_what_is_new_in_the_service_has_to_be_given_its_place(copy: Path, path: str) -> None:
    planted = copy / "service" / path
    planted.parent.mkdir(exist_ok=True)
    planted.write_text('"""Placed nowhere."""\n')

    answer = lint_imports(copy)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "service.planted" in answer.stdout


def test_a_copy_with_nothing_planted_is_whole(copy: Path) -> None:
    answer = lint_imports(copy)
    assert answer.returncode == 0, answer.stdout + answer.stderr
