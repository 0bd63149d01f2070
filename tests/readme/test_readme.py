"""What the README shows can be typed as it stands by whoever has started the sample company, and is answered so."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli import SETTINGS
from service.http.pipedrive import v1, v2
from tests.readme.elided import fits
from tests.readme.examples import examples
from tests.served import LEADLEDGER, Served, free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTED_PORT = "8000"
SECONDS_TO_ANSWER = 120


class Shell:
    """One session of a shell in one folder; what is set there stays set."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def type(self, command: str) -> str:
        """What a command answers, in its output and its errors."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho; echo 'that was all'\n")
        self._process.stdin.flush()
        lines = list(iter(self._process.stdout.readline, "that was all\n"))
        return "".join(lines).strip()

    def end(self) -> None:
        """Leave the shell."""
        self._process.communicate("exit\n", timeout=SECONDS_TO_ANSWER)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Path]:
    """A clone in which `make run` was typed: the sample company is there, and is served."""
    clone = tmp_path_factory.mktemp("clone")
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "service"):
        (clone / name).symlink_to(ROOT / name)
    (clone / ".venv").symlink_to(Path(sys.prefix))
    command = ["make", "--directory", str(clone), "--old-file=.venv/.runtime", f"PORT={port}", "run"]
    server = Served(command, port, {}, clone / "output")
    try:
        server.wait_for("/health/ready")
        yield clone
    finally:
        server.end()


@pytest.fixture
def shell(folder: Path) -> Iterator[Shell]:
    shell = Shell(folder)
    try:
        yield shell
    finally:
        shell.end()


@pytest.mark.slow
def test_every_example_is_answered_as_it_is_shown(shell: Shell, port: int) -> None:
    typed, failed = 0, []
    for command, answer in examples(README):
        said = shell.type(command.replace(f":{DOCUMENTED_PORT}", f":{port}"))
        typed += 1
        if "is not possible" in said or not (fits(answer, said) if answer else said == ""):
            failed.append(f"$ {command}\nwas answered\n{said[:2000]}\nand not\n{answer}")
    assert not failed, "\n\n".join(failed)
    assert typed > 20


@pytest.mark.slow
def test_what_is_printed_at_the_start_leads_to_the_page_for_people_and_names_the_database(folder: Path) -> None:
    said = (folder / "output").read_text("utf-8")
    assert "/api/ledger/v1/docs" in said
    assert f"{folder}/var/leadledger.db" in said
    assert not (folder / "leadledger.db").exists()


def test_no_example_is_left_untyped() -> None:
    blocks = re.findall(r"^```\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    untyped = [block for block in blocks if not block.startswith("$ ")]
    assert not [block for block in untyped if "curl" in block]
    [overview] = [block for block in untyped if ".venv/bin/leadledger" in block]
    assert overview.startswith(".venv/bin/leadledger --help")


def test_every_setting_is_in_the_readme_and_in_the_help() -> None:
    read = re.findall(r'"(LEADLEDGER_\w+)"', (ROOT / "service" / "settings.py").read_text("utf-8"))
    assert (
        sorted(SETTINGS) == sorted(set(read)) == sorted(re.findall(r"^\| `(LEADLEDGER_\w+)` \|", README, re.MULTILINE))
    )
    explained = subprocess.run([LEADLEDGER, "--help"], text=True, capture_output=True, check=True).stdout
    assert all(name in explained for name in SETTINGS)


def test_the_readme_says_how_much_of_the_public_api_there_is() -> None:
    assert f"{len(v1.routes)} of 141" in README
    assert f"{len(v2.routes)} of 123" in README
