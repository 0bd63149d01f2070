"""What several processes export and verify is what one does, to the byte and to the word, and none is left over."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

import psutil
import pytest
from sqlalchemy import delete, select

from service.clock import wall_clock
from service.database.database import Database
from service.evidence import bundle, readability
from service.evidence.bundle import NothingToExport, export
from service.evidence.readability import FindingsBeside, Trial
from service.evidence.verifier import beside, command, log
from service.evidence.verifier.beside import Beside, ProcessEnded
from service.evidence.verifier.following import Following, FollowingBeside
from service.evidence.verifier.totals import AddedUp
from service.ledger.ledger import Ledger
from service.log.epochs import Epochs
from service.log.stream_keys import StreamKeys
from service.log.tables import STREAM_KEYS
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import fill
from tests.service.serving import founded


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    with databases.fresh(founded) as url, closing(Database(url)) as database:
        ledger = make_ledger(database, wall_clock, Settings(url))
        for seed in (1, 2):
            fill(ledger, 60, seed)
            ledger.notary.checkpoint()
        yield ledger


def exported(ledger: Ledger, folder: Path) -> Path:
    export(ledger.database, ledger.notary, ledger.event_log.stream_keys, folder, lambda _: None)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


ALTERED: dict[str, list[tuple[str, bytes, bytes]]] = {
    "nothing": [],
    "a stream's version": [("entries.jsonl", b'"version":2', b'"version":3')],
    "a stream's version, to what is none": [("entries.jsonl", b'"version":2,', b'"version":2.5,')],
    "a stream's version, to what no field holds": [
        ("entries.jsonl", b'"version":2,', b'"version":99999999999999999999,')
    ],
    "a name": [("entries.jsonl", b'"LeadCreated"', b'"DealCreated"')],
    "the order": [("entries.jsonl", b'{"position":30,', b'{"position":31,')],
    "a total": [("manifest", b"leads inbox", b"leads archive")],
    "a form, and a version behind it": [
        ("entries.jsonl", b'{"position":1,', b'{"position": 1,'),
        ("entries.jsonl", b'"version":2', b'"version":3'),
    ],
    "a form, and a version before it": [
        ("entries.jsonl", b'{"position":90,', b'{"position": 90,'),
        ("entries.jsonl", b'"version":2', b'"version":3'),
    ],
}
"""What is altered in files of a bundle: in which, and which bytes become which."""


def alter(path: Path, one: bytes, other: bytes) -> None:
    content = path.read_bytes()
    assert one in content
    path.write_bytes(content.replace(one, other, 1))


def test_several_processes_export_the_same_bytes_and_say_the_same_words(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, key = children(), str(ledger.notary.verifier())
    alone = exported(ledger, tmp_path / "alone")
    monkeypatch.setattr(beside, "MANY", 1)
    assert files(exported(ledger, tmp_path / "together")) == files(alone)
    said = {}
    for what, alterations in ALTERED.items():
        folder = tmp_path / "altered"
        shutil.copytree(alone, folder)
        for name, before_it, after_it in alterations:
            alter(folder / name, before_it, after_it)
        for many in (1, 10**9):
            monkeypatch.setattr(beside, "MANY", many)
            code = command.main([str(folder), "--key", key])
            said[what, many] = code, capsys.readouterr().out
        assert said[what, 1] == said[what, 10**9], what
        assert (said[what, 1][0] == command.SOUND) == (what == "nothing"), what
        shutil.rmtree(folder)
    assert len({words for _, words in said.values()}) > 4
    assert children() == before


def test_a_database_is_verified_by_several_processes_in_the_same_words(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, url = str(ledger.notary.verifier()), ledger.database.url.set(drivername=ledger.database.url.get_backend_name())
    said = []
    for many in (1, 10**9):
        monkeypatch.setattr(beside, "MANY", many)
        said.append((command.main([url.render_as_string(hide_password=False), "--key", key]), capsys.readouterr().out))
    assert said[0] == said[1]
    assert said[0][0] == command.SOUND


def killed(one: Beside) -> None:
    one._process.kill()
    one._process.join()


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_what_cannot_be_read_is_found_by_two_processes_as_by_one(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Each tries the keys of some blocks, and events of one stream are in several."""
    with ledger.database.writing() as connection:
        some = connection.execute(select(STREAM_KEYS.c.stream_id)).scalars().all()
        connection.execute(delete(STREAM_KEYS).where(STREAM_KEYS.c.stream_id.in_(some)))
    alone = files(exported(ledger, tmp_path / "alone"))
    assert alone["readable-from.txt"].count(b"\n") == len(some)
    monkeypatch.setattr(beside, "MANY", 1)
    monkeypatch.setattr(readability, "READ_AT_ONCE", at_once)
    turns = cycle((False, True))
    monkeypatch.setattr(FindingsBeside, "_is_behind", lambda _: next(turns))
    assert files(exported(ledger, tmp_path / "together"))["readable-from.txt"] == alone["readable-from.txt"]


def test_what_two_have_tried_is_told_as_if_one_had() -> None:
    here = Trial(StreamKeys(Epochs(Path("unused"), wall_clock)))
    for tried in (({"a": 3}, {1: False}), ({"a": 2, "b": 1}, {1: True, 2: False}), ({"b": 4}, {1: False, 3: True})):
        here.join(tried)
    assert here.told() == ({"a": 3, "b": 4}, {1: True, 2: False, 3: True})


def test_where_processes_are_killed_or_cannot_be_had_one_verifies_alone_and_nothing_half_is_exported(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def killed_at_the_end(followed: FollowingBeside) -> AddedUp:
        killed(followed)
        return end(followed)

    def no_fork() -> int:
        raise BlockingIOError(errno.EAGAIN, "no process can be had")

    def check_sound() -> None:
        assert command.main([str(folder), "--key", str(ledger.notary.verifier())]) == command.SOUND
        assert "SOUND: " in capsys.readouterr().out

    def killed_following(*, adds_up: bool, are_many: bool) -> Following | FollowingBeside:
        if not are_many:
            return Following(adds_up=adds_up)
        killed(followed := FollowingBeside(adds_up=adds_up))
        return followed

    def killed_findings(*_: object, are_many: bool) -> FindingsBeside:
        killed(findings := FindingsBeside(ledger.event_log.stream_keys))
        return findings

    def check_alone() -> None:
        for of, name, broken in (
            (log, "following", killed_following),
            (FollowingBeside, "end", killed_at_the_end),
            (os, "fork", no_fork),
        ):
            with monkeypatch.context() as patched:
                patched.setattr(of, name, broken)
                check_sound()

    folder, end = exported(ledger, tmp_path / "bundle"), FollowingBeside.end
    monkeypatch.setattr(beside, "MANY", 1)
    check_alone()  # the first time drops some of what was frozen before
    frozen = gc.get_freeze_count()
    check_alone()
    assert gc.get_freeze_count() == frozen
    monkeypatch.setattr(bundle, "findings_of", killed_findings)
    with pytest.raises(NothingToExport, match="ended before its time"):
        exported(ledger, tmp_path / "half")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


class Talkative:
    """Says more of what is wrong than a pipe holds."""

    def add(self, text: str) -> None:
        raise ValueError(text)


def test_what_is_wrong_comes_over_however_much_both_have_to_say() -> None:
    much = "x" * 2_000_000
    with closing(Beside(Talkative)) as one:
        one.tell("add", much)
        with pytest.raises(ValueError, match="xxx"):
            one.tell("add", much)


class Counted:
    """Counts to what it is told, and no further."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, number: int) -> None:
        self.count += number
        if self.count > 10:
            raise ValueError(f"{self.count} is too much")

    def counted(self) -> int:
        return self.count


def test_what_an_object_beside_answers_or_raises_comes_over_and_so_does_its_end() -> None:
    with closing(Beside(Counted)) as one:
        one.tell("add", 4)
        one.tell("add", 5)
        assert one.ask("counted") == 9
        one.tell("add", 5)
        with pytest.raises(ValueError, match="14 is too much"):
            one.ask("counted")
    with closing(Beside(Counted)) as one:
        killed(one)
        with pytest.raises(ProcessEnded):
            one.ask("counted")


ABANDONED = """
import os, signal
from service.evidence.verifier.following import FollowingBeside
one = FollowingBeside(adds_up=True)
print(one._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_beside_ends_where_the_one_that_it_helps_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE, text=True, check=False)
    until = time.monotonic() + 10
    left = int(done.stdout)
    while psutil.pid_exists(left) and psutil.Process(left).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.02)
