"""The verifier, as the one file that an auditor copies: what is in it, and what it says where something is missing."""

from __future__ import annotations

import ast
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.evidence import verifier
from service.evidence.verifier.command import UNTOLD
from service.evidence.verifier_file import _check_names, _parsed, verifier_digest, verifier_file

ROOM = Path(verifier.__path__[0])


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    file = tmp_path / "verifier.py"
    assert CliRunner().invoke(main, ["audit", "verifier", "--out", str(file)]).exit_code == 0
    return file


def test_it_uses_the_standard_library_and_what_checks_signatures_and_reads_postgresql_and_nothing_else(
    alone: Path,
) -> None:
    used = set()
    for node in ast.walk(ast.parse(alone.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                used |= {each.name.split(".")[0] for each in names}
            case ast.ImportFrom(module=str(module), level=0):
                used.add(module.split(".")[0])
    assert used - sys.stdlib_module_names == {"cryptography", "psycopg"}


def test_every_module_stands_in_it_as_it_stands_in_the_source(alone: Path) -> None:
    text = alone.read_text("utf-8")
    modules = sorted(ROOM.glob("*.py"))
    assert len(modules) > 10
    for module in modules:
        source, tree = module.read_text("utf-8"), ast.parse(module.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Try):
                assert str(ast.get_source_segment(source, node)) in text, module


def test_it_is_the_same_bytes_each_time_and_names_no_thing_twice(alone: Path) -> None:
    assert alone.read_text("utf-8") == verifier_file() == verifier_file()
    assert sha256(alone.read_bytes()).hexdigest() == verifier_digest()
    settings = str(ROOM.parents[2] / "pyproject.toml")
    for check in (["check", "--ignore", "I,E402"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--no-cache", "--config", settings, str(alone)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_two_modules_that_give_one_name_to_two_things_make_no_file(tmp_path: Path) -> None:
    for name, source in (("one", "def found(): ...\n"), ("other", "found = 1\n"), ("third", "import found\n")):
        (tmp_path / f"{name}.py").write_text(f'"""A module."""\n\n{source}')
    one, other, third = (_parsed(tmp_path / f"{name}.py") for name in ("one", "other", "third"))
    _check_names([one])
    for parts in ([one, other], [one, third]):
        with pytest.raises(ValueError, match="gives 'found' another meaning"):
            _check_names(parts)


def test_no_file_that_is_there_is_replaced(alone: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "verifier", "--out", str(alone)])
    assert (done.exit_code, "is there already" in done.output) == (1, True)
    assert CliRunner().invoke(main, ["audit", "verifier", "--out", "-"]).output == verifier_file()


def test_without_the_library_for_signatures_it_cannot_tell_and_says_so(alone: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(alone)]  # without the folder that packages are installed in
    for arguments in (["--help"], [str(tmp_path)], ["sqlite:////no/such/file.db", "--key", "x"]):
        ended = subprocess.run([*command, *arguments], text=True, capture_output=True, check=False)
        assert ended.returncode == UNTOLD
        assert ended.stdout.startswith("CANNOT TELL: ")
        assert "pip install cryptography" in ended.stdout
        assert (ended.stdout + ended.stderr).count("\n") == 1
