"""Back up, write, erase, renew keys, lose the disk, restore: whoever lives is there, and the erased are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from projections.engine.tables import read_models
from service.backups.backup import HELD
from service.backups.file import Backup
from service.evidence.tables import INCARNATIONS
from service.evidence.verifier import command as verifier
from tests.databases import Databases
from tests.service.backups.made import erase, hand_keys, opened, rows, told
from tests.service.losing import OURS, add, check_writable, names
from tests.service.privacy.canaries import MARK, Planted, found_in
from tests.service.serving import client_of, founded, serving
from tests.service.whole import check_whole


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(founded) as url:
        yield url


@pytest.mark.slow
def test_after_a_disk_is_lost_whoever_lives_is_there_and_the_erased_are_not(
    url: str, databases: Databases, tmp_path: Path
) -> None:
    path = tmp_path / "backup"
    with serving(url) as app:
        planted = Planted(client_of(app))
        assert add(app, "Kari who lives") == 200
    key = told(url, "audit", "checkpoint", "--key").strip()
    told(url, "backup", str(path))
    with serving(url) as app:
        assert add(app, "Ola who came later") == 200
    erase(url, planted.person)
    assert "handed over to 1 backups" in told(url, "keys", "renew")
    last = told(url, "audit", "checkpoint")
    with databases.fresh() as empty:
        hand_keys(url, empty)  # the database is lost, with its disk

        said = told(empty, "restore", str(path))

        end = Backup(path).heading.position
        assert "1 erasures that came after the backup are recorded again" in said
        assert f"Positions {end + 1} to {last.splitlines()[1]} were signed, came after the backup and are lost" in said
        told(empty, "verify")
        with opened(empty) as ledger:
            assert rows(ledger, INCARNATIONS)[-1][3] == last
            assert found_in(ledger.database.files) == []
            assert not [table for table in (*HELD, *read_models.sorted_tables) if MARK in repr(rows(ledger, table))]
        with serving(empty) as app:
            check_erased(app, planted)
            check_whole(app)
            check_writable(app, "Eva")
            assert names(app)[-2:] == ["Kari who lives", "Eva"]
        told(empty, "audit", "export", "--out", str(tmp_path / "bundle"))
        assert verifier.main([str(tmp_path / "bundle"), "--key", key]) == verifier.SOUND


def check_erased(app: Flask, planted: Planted) -> None:
    """The erasure stands in the log again, first in the new incarnation, and nothing tells of the person."""
    client = client_of(app)
    events = client.get(f"{OURS}/events?after=0&limit=500").json["items"]
    assert MARK not in json.dumps(events)
    (started,) = [item for item in events if item["event"] == "ErasureStarted"]
    assert (started["data"]["kind"], started["data"]["key"]) == ("person", planted.person)
    assert (started["reason"], started["data"]["legal_basis"]) == ("Asked for it by letter", "GDPR Art. 17(1)(b)")
    assert len(started["data"]["streams"]) >= 9
    (confirmed,) = [item for item in events if item["event"] == "ErasureConfirmed"]
    assert confirmed["data"]["keys"] == len(started["data"]["streams"])
    for where in ("/v1/leads", "/api/v2/persons", f"{OURS}/persons/{planted.person}/data"):
        assert MARK not in client.get(where).text
    assert client.get(f"/v1/leads/{planted.kept}").json["data"]["title"] == "Kitchen of Ola"


@pytest.mark.slow
def test_what_is_restored_is_backed_up_erased_renewed_and_restored_again(
    url: str, databases: Databases, tmp_path: Path
) -> None:
    with serving(url) as app:
        planted = Planted(client_of(app))
    told(url, "backup", str(tmp_path / "first"))
    told(url, "keys", "renew")
    with databases.fresh() as second:
        hand_keys(url, second)
        told(second, "restore", str(tmp_path / "first"))
        with serving(second) as app:
            assert add(app, "Eva") == 200
        told(second, "backup", str(tmp_path / "second"))
        erase(second, planted.person)
        for _ in range(3):
            told(second, "keys", "renew")
        for path, erasures, there in (("first", 1, False), ("second", 1, True)):
            with databases.fresh() as third:
                hand_keys(second, third)
                assert f"{erasures} erasures" in told(third, "restore", str(tmp_path / path))
                with serving(third) as app:
                    check_erased(app, planted)
                    assert ("Eva" in names(app)) is there
                    check_whole(app)
