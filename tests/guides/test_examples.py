"""The examples of the README and the guides, typed beside a served sample company, are answered as they are shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guides.documents import DOCUMENTS, ROOT, TYPED, blocks, name_of
from tests.guides.elided import fits
from tests.guides.examples import examples
from tests.served import Served, free_port

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
        whole = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False)
        assert whole.returncode == 0, f"the shell would wait for the rest of: {command}"
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
@pytest.mark.parametrize("document", TYPED, ids=name_of)
def test_every_example_is_answered_as_it_is_shown(shell: Shell, port: int, document: Path) -> None:
    typed, failed = 0, []
    for command, answer in examples(document.read_text("utf-8")):
        said = shell.type(command.replace(f":{DOCUMENTED_PORT}", f":{port}"))
        typed += 1
        if "is not possible" in said or not (fits(answer, said) if answer else said == ""):
            failed.append(f"$ {command}\nwas answered\n{said[:2000]}\nand not\n{answer}")
    assert not failed, "\n\n".join(failed)
    assert typed >= 4


@pytest.mark.slow
def test_what_is_printed_at_the_start_leads_to_the_page_for_people_and_names_the_database(folder: Path) -> None:
    said = (folder / "output").read_text("utf-8")
    assert "/api/ledger/v1/docs" in said
    assert f"{folder}/var/leadledger.db" in said
    assert not (folder / "leadledger.db").exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_no_request_is_shown_that_is_not_typed(document: Path) -> None:
    untyped = [block for block in blocks(document.read_text("utf-8")) if not block.startswith("$ ")]
    assert not [block for block in untyped if "curl" in block]
