"""What is handed over to backups opens what lives, and nothing that was erased, whoever puts which files together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from service.clock import wall_clock
from service.log.tables import STREAM_KEYS
from service.privacy.hand_over import HandOver
from tests.databases import Databases, environment_of
from tests.service.backups.attacker import readable
from tests.service.backups.made import erase, hand_keys, opened, rows, told
from tests.service.evidence.test_other_logs import signed
from tests.service.losing import OURS, add, beside, check_refused, check_writable, names, operate
from tests.service.privacy.canaries import MARK, Planted
from tests.service.serving import client_of, founded, ledger_of, serving

HAND_OVER = "data-keys.hand-over"


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(founded) as url:
        yield url


@pytest.fixture
def path(url: str, tmp_path: Path) -> Path:
    """A backup of a log that tells of Kari."""
    with serving(url) as app:
        assert add(app, "Kari") == 200
    told(url, "backup", str(tmp_path / "backup"))
    return tmp_path / "backup"


@pytest.fixture
def empty(databases: Databases) -> Iterator[str]:
    with databases.fresh() as url:
        yield url


@pytest.mark.slow
def test_who_was_erased_is_told_by_no_files_but_those_of_before(url: str, tmp_path: Path) -> None:
    keys, handed, backup = beside(url, "data-keys"), beside(url, HAND_OVER), tmp_path / "backup"
    with serving(url) as app:
        planted = Planted(client_of(app))
        assert add(app, "Kari who lives") == 200
    told(url, "backup", str(backup))
    told(url, "keys", "renew")
    kept = {"keys": tmp_path / "old-keys", "hand-over": tmp_path / "old-hand-over"}
    shutil.copyfile(keys, kept["keys"])
    shutil.copyfile(handed, kept["hand-over"])
    assert MARK in readable(backup, [keys], [handed]), "or else the test would find nothing"

    erase(url, planted.person)

    assert MARK not in readable(backup, [keys], [handed])
    assert MARK in readable(backup, [keys], [kept["hand-over"]]), "until keys are renewed, as the guide says"

    told(url, "keys", "renew")

    now = readable(backup, [keys], [handed, kept["hand-over"]])
    assert MARK not in now
    assert "Kari who lives" in now
    assert MARK not in readable(backup, [kept["keys"]], [handed])
    assert MARK in readable(backup, [kept["keys"]], [kept["hand-over"]]), "the limit, as the guide says it"
    assert MARK not in handed.read_text("ascii")


def test_nobody_is_lost_by_any_number_of_renewals(url: str, empty: str, path: Path) -> None:
    for _ in range(3):
        told(url, "keys", "renew")
    hand_keys(url, empty)
    told(empty, "restore", str(path))
    with serving(empty) as app:
        check_writable(app, "Ola")
        assert names(app) == ["Kari", "Ola"]


def test_keys_are_handed_over_to_backups_that_are_young_enough_and_else_to_none(
    url: str, empty: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = wall_clock() + timedelta(days=8)
    monkeypatch.setattr("service.privacy.hand_over.wall_clock", lambda: later)
    days = {**environment_of(url), "LEADLEDGER_BACKUP_DAYS": "7"}
    assert "handed over to 1 backups" in told(url, "keys", "renew")
    assert "handed over to 0 backups" in operate(url, "keys", "renew", environment=days).output
    with opened(url) as ledger:
        assert list(HandOver(ledger).handed_over()) == []
    hand_keys(url, empty)
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, "keys in the backup open no more" in refused.stderr) == (1, True)


def test_a_renewal_that_breaks_off_loses_nobody(
    url: str, empty: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("service.privacy.hand_over.written_whole", full)
        assert operate(url, "keys", "renew").exit_code == 1
    hand_keys(url, empty)
    told(empty, "restore", str(path))
    with serving(empty) as app:
        assert names(app) == ["Kari"]


def test_without_the_file_of_the_hand_over_nothing_is_restored_unless_it_is_said_to_be_lost(
    url: str, empty: str, path: Path
) -> None:
    hand_keys(url, empty)
    beside(empty, HAND_OVER).unlink()
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, "--hand-over-lost" in refused.stderr) == (1, True)
    told(empty, "restore", str(path), "--hand-over-lost")


@pytest.mark.parametrize("content", [b"", b"{}", b"garbage\n", b'{"backups": [], "erasures": [{}]}\n'])
def test_a_file_that_holds_nothing_of_the_kind_is_named(url: str, empty: str, path: Path, content: bytes) -> None:
    hand_keys(url, empty)
    beside(empty, HAND_OVER).write_bytes(content)
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "cannot be read as what was handed over" in refused.stderr


def test_a_key_of_somebody_else_who_got_the_same_number_is_not_taken_for_the_right_one(
    url: str, empty: str, path: Path
) -> None:
    """The log went back, and another person became number 1: another incarnation has another key for one stream."""
    told(url, "keys", "renew")
    hand_keys(url, empty)
    with serving(url) as app:
        assert add(app, "Ola") == 200
    told(url, "keys", "renew")
    heading, *lines = beside(url, HAND_OVER).read_text().splitlines()
    streams, keys = [line.split()[0] for line in lines], [line.split()[1] for line in lines]
    others = [f"{stream} {key}" for stream, key in zip(streams, reversed(keys), strict=True)]
    hand_keys(url, empty)
    beside(empty, HAND_OVER).write_text("\n".join([heading, *others]) + "\n")
    refused = operate(empty, "restore", str(path))
    assert (refused.exit_code, "keys in the backup open no more" in refused.stderr) == (1, True)


@pytest.mark.parametrize("is_running", [True, False])
def test_a_copy_of_the_database_from_before_a_renewal_is_not_ready(
    url: str, path: Path, is_running: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.log.stream_keys.LOOKED_THROUGH_SECONDS", 0.0)
    with serving(url) as app:
        check_writable(app, "Ola")
        ledger = ledger_of(app)
        before = rows(ledger, STREAM_KEYS)
        told(url, "keys", "renew")
        check_writable(app, "Per")
        with ledger.database.writing() as connection:
            for stream, _, wrapped in before:
                old = update(STREAM_KEYS).where(STREAM_KEYS.c.stream_id == stream).values(wrapped=wrapped)
                connection.execute(old)
        if is_running:
            check_refused(app, "does not fit")
    with serving(url) as app:
        check_refused(app, "does not fit")
        assert client_of(app).get(f"{OURS}/events").status_code == 503


def test_an_erasure_is_noted_once_and_its_keys_are_out_of_the_file(url: str, path: Path) -> None:
    told(url, "keys", "renew")
    before = beside(url, HAND_OVER).read_text().splitlines()
    erase(url, 1)
    after = beside(url, HAND_OVER).read_text().splitlines()
    (noted,) = json.loads(after[0])["erasures"]
    assert (noted["kind"], noted["key"]) == ("person", 1)
    assert {line.partition(" ")[0] for line in before[1:]} - {line.partition(" ")[0] for line in after[1:]} == set(
        noted["streams"]
    )
    assert "Kari" not in after[0]
    told(url, "keys", "renew")
    assert len(json.loads(beside(url, HAND_OVER).read_text().splitlines()[0])["erasures"]) == 1


@pytest.mark.slow
def test_who_can_be_read_again_in_an_older_copy_of_the_database_is_named_until_erased_again(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh(signed) as older, databases.fresh(signed) as url:
        told(url, "backup", str(tmp_path / "backup"))
        erase(url, 1)
        told(url, "audit", "checkpoint")
        told(url, "verify")
        hand_keys(url, older)  # which is put in its place
        begun = operate(older, "audit", "incarnation")
        assert (begun.exit_code, "person 1 was erased and can be read again" in begun.stderr) == (0, True), begun.output
        refused = operate(older, "verify")
        assert (refused.exit_code, "Person 1 was erased and can be read again" in refused.output) == (1, True)
        erase(older, 1)
        told(older, "verify")


def named_anew(url: str) -> None:
    """A log with a deal that was erased and has another title since."""
    signed(url)
    with serving(url) as app:
        assert client_of(app).post("/api/v2/deals", json={"title": "For Kari"}).status_code == 200
    erase(url, 1, "deal")
    _name_deal(url, "For Kari again")


@pytest.mark.slow
def test_what_was_erased_a_second_time_can_be_read_again_in_an_older_copy_and_is_named_so(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh(named_anew) as older, databases.fresh(named_anew) as url:
        told(url, "backup", str(tmp_path / "backup"))
        erase(url, 1, "deal")
        _name_deal(url, "For nobody")
        told(url, "verify")
        hand_keys(url, older)
        told(older, "audit", "incarnation")
        refused = operate(older, "verify")
        assert refused.exit_code == 1
        assert refused.stdout.count("Deal 1 was erased and can be read again") == 1, refused.output
        erase(older, 1, "deal")
        _name_deal(older, "For nobody either")
        told(older, "verify")


def _name_deal(url: str, title: str) -> None:
    with serving(url) as app:
        assert client_of(app).patch("/api/v2/deals/1", json={"title": title}).status_code == 200
