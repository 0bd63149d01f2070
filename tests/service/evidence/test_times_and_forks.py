"""When events were recorded, of which incarnation they are, and whether the signer contradicts itself, can be told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from service.database.database import Database
from service.evidence.bundle import export
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Ledger
from service.log.tables import EVENTS
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases, SqliteDatabases
from tests.generated import Clock, fill
from tests.service.evidence.attacks import unguarded
from tests.service.evidence.test_tampering import plain
from tests.service.losing import check_refused, check_writable
from tests.service.serving import founded, serving


class Log:
    """A log that grows, is signed, copied and put back."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.clock = Clock(datetime(2031, 10, 1, 12, tzinfo=UTC), step=timedelta(seconds=1))
        self.ledger = self._opened()
        self.key = str(self.ledger.notary.verifier())

    def _opened(self) -> Ledger:
        return make_ledger(Database(self.url), self.clock, Settings(self.url, signing_key=self.folder / "key"))

    def grow(self, seed: int, events: int = 20) -> str:
        """Let more happen, and sign it; answers the note."""
        fill(self.ledger, events, seed)
        note = self.ledger.notary.checkpoint()
        assert note is not None
        return note

    def copy(self, name: str, *, back: bool = False, with_memory: bool) -> None:
        """Copy the database, and perhaps what the signer remembers, aside or back."""
        self.ledger.database.close()
        files = [Path(self.url.removeprefix("sqlite:///")), self.folder / "key.last"]
        for file in files if with_memory else files[:1]:
            aside = self.folder / f"{name}-{file.name}"
            shutil.copyfile(*((aside, file) if back else (file, aside)))
        self.ledger = self._opened()

    def verdict(self, *known: str, fork: Path | None = None) -> int:
        """What the verifier says of the database, beside checkpoints that somebody has kept."""
        (self.folder / "known").write_text("\n".join(known), "utf-8")
        options = ["--known", str(self.folder / "known")] if known else []
        options += ["--fork", str(fork)] if fork is not None else []
        return verifier.main([plain(self.url), "--key", self.key, *options])


@pytest.fixture
def log(databases: Databases, tmp_path: Path) -> Iterator[Log]:
    with databases.fresh(founded) as url:
        log = Log(url, tmp_path)
        yield log
        log.ledger.database.close()


@pytest.fixture
def file(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Log]:
    with sqlite_databases.fresh(founded) as url:
        log = Log(url, tmp_path)
        yield log
        log.ledger.database.close()


def forge_time(log: Log, position: int, recorded_at: str) -> None:
    """Write another time into an event, as the service would have recorded it, before it is sealed."""
    with closing(Database(log.url)) as database, unguarded(database) as connection:
        state = bytes(connection.execute(select(EVENTS.c.state).where(EVENTS.c.position == position)).scalar_one())
        told = json.loads(state)
        told["metadata"]["recorded_at"] = recorded_at
        forged = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        connection.execute(update(EVENTS).where(EVENTS.c.position == position).values(state=forged))


def test_an_event_that_was_sealed_with_a_time_before_its_predecessor_is_found(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log.ledger, 20, seed=1)
    position = (log.ledger.event_log.max_notification_id() or 0) - 3
    forge_time(log, position, "2031-09-10T08:00:00.000000Z")
    assert log.ledger.notary.checkpoint() is not None
    assert log.verdict() == verifier.ALTERED
    assert f"First bad position: {position}." in capsys.readouterr().out


def test_an_event_that_is_later_than_the_checkpoint_over_it_is_reported(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log.ledger, 20, seed=1)
    end = log.ledger.event_log.max_notification_id() or 0
    forge_time(log, end, "2031-12-24T08:00:00.000000Z")
    assert log.ledger.notary.checkpoint() is not None
    assert log.verdict() == verifier.UNTOLD
    assert f"event {end} was recorded at 2031-12-24T08:00:00.000000Z, as it says" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["recorded_at = '2020-01-01T00:00:00.000000Z'", "position = position + 1"])
def test_a_log_whose_head_does_not_fit_its_last_event_takes_no_writes(databases: Databases, change: str) -> None:
    with databases.fresh(founded) as url:
        with serving(url) as app:
            check_writable(app, "Kari")
        with closing(Database(url)) as database, database.writing() as connection:
            connection.execute(text(f"UPDATE log_head SET {change}"))
        with serving(url) as app:
            check_refused(app, "the log's head says")


def test_a_log_that_was_put_back_with_its_key_and_goes_another_way_shows_that_the_signer_contradicts_itself(
    file: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.grow(1)
    file.copy("before", with_memory=True)
    kept = [file.grow(2), file.grow(3, 60)]
    file.copy("before", back=True, with_memory=True)
    file.grow(4, 50)
    assert file.verdict() == verifier.SOUND, "nothing is to be seen without what was kept"
    assert file.verdict(*kept, fork=tmp_path / "fork") == verifier.ALTERED
    said = capsys.readouterr().out
    assert "the signer contradicts itself" in said
    assert "ends after" not in said
    check_alone(file, tmp_path / "fork")


def test_a_smaller_log_that_was_signed_later_than_a_larger_one_is_a_contradiction(
    file: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.grow(1)
    file.copy("before", with_memory=True)
    kept = file.grow(2, 200)
    file.copy("before", back=True, with_memory=True)
    file.grow(3, 10)
    assert file.verdict(kept, fork=tmp_path / "fork") == verifier.ALTERED
    assert "was signed later than that of" in capsys.readouterr().out
    check_alone(file, tmp_path / "fork")


def check_alone(log: Log, fork: Path) -> None:
    """The file shows the contradiction without the log, and no longer once anything of it is altered."""
    assert verifier.main(["fork", str(fork), "--key", log.key]) == verifier.ALTERED
    told = json.loads(fork.read_text("utf-8"))
    others = [
        {**told, "second": told["first"]},
        {**told, "format": "another"},
        {**told, "root": None, "path": []} if told["root"] else {},
        {**told, "path": [*told["path"][1:]]} if told["path"] else [],
        {**told, "root": told["path"][0]} if told["path"] else 7,
    ]
    for other in others:
        fork.write_text(json.dumps(other), "utf-8")
        assert verifier.main(["fork", str(fork), "--key", log.key]) == verifier.UNTOLD, other
    stranger = log.key[:-6] + ("A" if log.key[-6] != "A" else "B") + log.key[-5:]
    fork.write_text(json.dumps(told), "utf-8")
    assert verifier.main(["fork", str(fork), "--key", stranger]) == verifier.UNTOLD


def test_a_lawful_restore_is_told_from_a_fork_and_what_was_lost_is_named(
    file: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still_there = file.grow(1)
    file.copy("before", with_memory=False)
    lost = file.grow(2, 40)
    file.copy("before", back=True, with_memory=False)
    assert file.ledger.notary.begin_incarnation() == 2
    file.grow(3, 10)
    assert file.verdict(still_there) == verifier.SOUND
    assert "incarnation 2 of the log began at" in capsys.readouterr().out.lower()
    assert file.verdict(still_there, lost) == verifier.UNTOLD
    assert "of which you kept a checkpoint: a restore lost some" in capsys.readouterr().out
    keys = file.ledger.event_log.stream_keys
    export(file.ledger.database, file.ledger.notary, keys, tmp_path / "bundle", lambda _: None)
    incarnations = [
        json.loads(line) for line in (tmp_path / "bundle" / "lives.jsonl").read_text("utf-8").split("\n")[:-1]
    ]
    assert [(number, note) for number, _, _, note in incarnations] == [(1, None), (2, lost)]
    (tmp_path / "lost").write_text(lost, "utf-8")
    given = [str(tmp_path / "bundle"), "--key", file.key]
    assert verifier.main(given) == verifier.SOUND
    assert verifier.main([*given, "--known", str(tmp_path / "lost")]) == verifier.UNTOLD
