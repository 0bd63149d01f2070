"""The key that signed is never replaced silently, and whatever is wrong with its files is said in words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.evidence.keys import make_signing_key
from service.evidence.verifier import command as verifier
from tests.databases import Databases
from tests.service.losing import OURS, add, beside, check_refused, check_writable, operate
from tests.service.serving import client_of, founded, ledger_of, serving


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A log that was signed."""
    with databases.fresh(founded) as url:
        with serving(url) as app:
            assert add(app, "Kari") == 200
            assert client_of(app).get(f"{OURS}/audit/checkpoint").status_code == 200
        yield url


def take_away(url: str) -> None:
    beside(url, "signing-key").unlink()


def exchange(url: str) -> None:
    take_away(url)
    make_signing_key(beside(url, "signing-key"))


def spoil(url: str) -> None:
    beside(url, "signing-key").write_text("no key")


def spoil_the_keys_before(url: str) -> None:
    beside(url, "signing-key.retired").write_text("no key")


def spoil_the_last_note(url: str) -> None:
    beside(url, "signing-key.last").write_bytes(b"\xffno note")


def alter_the_last_note(url: str) -> None:
    path = beside(url, "signing-key.last")
    path.write_text(path.read_text().replace("\n", "\n1", 1))


LOSSES = [
    (take_away, "is not there"),
    (exchange, "not the one that has signed this log"),
    (spoil, "cannot be read"),
    (spoil_the_keys_before, "cannot be read"),
    (spoil_the_last_note, "not the one that has signed this log"),
    (alter_the_last_note, "not the one that has signed this log"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("lose", "why"), LOSSES)
def test_nothing_is_signed_or_written_until_the_right_files_are_back(
    url: str, tmp_path: Path, lose: Callable[[str], None], why: str
) -> None:
    folder, name = beside(url, "x").parent, beside(url, "signing-key").name
    for file in folder.glob(f"{name}*"):
        shutil.copyfile(file, tmp_path / file.name)
    with serving(url) as app:
        key = client_of(app).get(f"{OURS}/audit/key").text
    lose(url)
    with serving(url) as app:
        for path in ("checkpoint", "key", "proofs/inclusion?position=1"):
            answer = client_of(app).get(f"{OURS}/audit/{path}")
            assert answer.status_code in (200, 503), answer.text
            assert "Retry-After" not in answer.headers
        assert client_of(app).get(f"{OURS}/audit/checkpoint").status_code == 503
        check_refused(app, why)
        for file in folder.glob(f"{name}*"):
            file.unlink()
        for file in tmp_path.glob(f"{name}*"):
            shutil.copyfile(file, folder / file.name)
        check_writable(app, "Ola")
        assert client_of(app).get(f"{OURS}/audit/key").text == key
        assert client_of(app).get(f"{OURS}/audit/checkpoint").status_code == 200


@pytest.mark.parametrize(
    ("lose", "why", "words"),
    [
        (take_away, "is not there", ("serve", "--port", "1")),
        (take_away, "is not there", ("audit", "checkpoint")),
        (take_away, "is not there", ("audit", "incarnation")),
        (exchange, "is not the key that signed", ("serve", "--port", "1")),
        (exchange, "is not the key that signed", ("audit", "checkpoint")),
    ],
)
def test_the_console_names_the_file_and_makes_none(
    url: str, lose: Callable[[str], None], why: str, words: tuple[str, ...]
) -> None:
    lose(url)
    before = beside(url, "signing-key").exists()
    refused = operate(url, *words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: {beside(url, 'signing-key')} {why}")
    assert refused.stderr.count("\n") == 1
    assert beside(url, "signing-key").exists() == before


def test_a_key_that_is_lost_for_good_is_replaced_on_purpose_in_a_new_incarnation_of_the_log(
    url: str, tmp_path: Path
) -> None:
    assert operate(url, "audit", "incarnation", "--new-key").exit_code == 1, "while the key is there"
    old = operate(url, "audit", "checkpoint", "--key").stdout.strip()
    last = beside(url, "signing-key.last").read_text()
    take_away(url)
    begun = operate(url, "audit", "incarnation", "--new-key")
    assert begun.exit_code == 0, begun.output
    with serving(url) as app:
        check_writable(app, "Ola")
        note = client_of(app).get(f"{OURS}/audit/checkpoint").text
        assert note.partition("\n")[0].endswith("/2")
        new = client_of(app).get(f"{OURS}/audit/key").text.strip()
    assert new != old
    (tmp_path / "known").write_text(last)
    assert operate(url, "audit", "export", "--out", str(tmp_path / "bundle")).exit_code == 0
    given = [str(tmp_path / "bundle"), "--key", new]
    assert verifier.main([*given, "--key", old, "--known", str(tmp_path / "known")]) == verifier.SOUND


def test_keys_that_follow_one_another_are_not_taken_for_wrong_ones(url: str) -> None:
    for words in (("rotate",), ("checkpoint",), ("rotate", "--finish")):
        assert operate(url, "audit", *words).exit_code == 0
    with serving(url) as app:
        check_writable(app, "Ola")
        assert ledger_of(app).notary.checkpoint() is not None
    assert operate(url, "verify").exit_code == 0


@pytest.mark.slow
def test_another_name_of_the_host_does_not_make_it_another_log(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("LEADLEDGER_LOG_HOST", "ledger.example.no")
        for words in (("user", "add", "--name", "A", "--email", "a@example.no"), ("audit", "checkpoint"), ("verify",)):
            done = operate(url, *words)
            assert done.exit_code == 0, done.output
    assert operate(url, "verify").exit_code == 0


def test_the_folder_of_a_key_that_cannot_be_used_is_said_in_words(url: str) -> None:
    beside(url, "signing-key").unlink()
    os.mkdir(beside(url, "signing-key"))
    with serving(url) as app:
        check_refused(app, "cannot be used: Is a directory")
    os.rmdir(beside(url, "signing-key"))
