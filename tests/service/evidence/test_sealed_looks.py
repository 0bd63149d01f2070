"""Records of who looked are sealed on a quiet log, too, and exported, and looking at a checkpoint makes none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service.database.database import Database
from service.evidence.access import Access, keep_access
from service.evidence.bundle import export
from service.evidence.checkpoints import Checkpoint
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Ledger
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock
from tests.service.evidence.attacks import unguarded
from tests.service.serving import founded

LOOK = Access(1, "look", "eyes", "/inbox", "")


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2031, 10, 1, 12, tzinfo=UTC), step=timedelta())


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with databases.fresh(founded) as url, closing(Database(url)) as database:
        ledger = make_ledger(database, clock, Settings(url, signing_key=tmp_path / "key"))
        assert ledger.notary.checkpoint() is not None
        yield ledger


def look(ledger: Ledger) -> None:
    keep_access(ledger.database, ledger.clock, LOOK)


def sealed(note: str | None) -> int:
    assert note is not None
    return Checkpoint.of(note).accesses


def test_a_visit_to_a_quiet_log_is_sealed_within_the_hour_and_not_more_often(ledger: Ledger, clock: Clock) -> None:
    before = ledger.notary.checkpoint()
    look(ledger)
    clock.now += timedelta(minutes=59)
    assert ledger.notary.checkpoint() == before
    clock.now += timedelta(minutes=1)
    first = ledger.notary.checkpoint()
    assert sealed(first) == 1
    look(ledger)
    assert ledger.notary.checkpoint() == first
    clock.now += timedelta(hours=1)
    assert sealed(ledger.notary.checkpoint()) == 2
    clock.now += timedelta(days=1)
    last = ledger.notary.checkpoint()
    clock.now += timedelta(days=1)
    assert ledger.notary.checkpoint() == last, "nobody has looked since"


def test_an_export_seals_every_look_and_takes_those_that_came_since(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    look(ledger)
    keys = ledger.event_log.stream_keys
    export(ledger.database, ledger.notary, keys, tmp_path / "bundle", lambda _: look(ledger))
    records = (tmp_path / "bundle" / "access.jsonl").read_text("utf-8").split("\n")[:-1]
    assert len(records) > 1, "somebody looked while it was exported"
    assert verifier.main([str(tmp_path / "bundle"), "--key", str(ledger.notary.verifier())]) == verifier.SOUND
    said = capsys.readouterr().out
    assert f"{len(records)} access records are what they should be" in said
    assert f"last {len(records) - 1} access records came after the last checkpoint and are not sealed" in said


def test_a_sealed_visit_that_vanishes_is_found(ledger: Ledger, tmp_path: Path) -> None:
    for _ in range(3):
        look(ledger)
    note = ledger.notary.checkpoint(is_of_every_look=True)
    assert sealed(note) == 3
    with unguarded(ledger.database) as connection:
        connection.execute(text("DELETE FROM access_records WHERE number = 3"))
    url = ledger.database.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    assert verifier.main([url, "--key", str(ledger.notary.verifier())]) == verifier.ALTERED
