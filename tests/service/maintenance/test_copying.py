"""A copy of the service as it was at a moment answers what was answered then, can be checked, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from aggregates.refusals import Refusal
from projections.engine.reading import Reading
from service.app import create_app
from service.clock import wall_clock
from service.database.database import Database
from service.database.temporary import database_aside
from service.evidence.verifier import command as verifier
from service.http.routes import FAMILIES
from service.ledger.ledger import Ledger
from service.log.history import time_of
from service.log.moments import Then
from service.log.schema import migrate_log
from service.log.tables import EVENTS, STREAM_KEYS
from service.log.token_digests import holder, keep
from service.maintenance.copying import copy_as_of
from service.maintenance.dump import dump
from service.maintenance.replay import rebuild
from service.maintenance.verification import replay_into
from service.settings import Settings
from service.tokens import digest_of
from service.wiring import make_ledger
from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.generated import Clock, fill
from tests.service.privacy.canaries import OURS
from tests.service.serving import TOKEN, client_of, founded, ledger_of, serving
from tests.service.whole import ends_of_commands

READER = "a-reader-s-token"
PATHS = [
    *(f"{OURS}/inbox", f"{OURS}/inbox?sort=readiness", f"{OURS}/pipelines/1/board", f"{OURS}/insights"),
    *("/api/v2/deals", "/api/v2/persons", "/api/v2/organizations", "/v1/leads", "/v1/leads/archived", "/v1/notes"),
    *("/api/v2/activities", f"{OURS}/timeline?deal_id=1", f"{OURS}/opportunities?deal_id=1", "/api/v2/deals/1"),
]


def worked(url: str) -> None:
    """A company's first weeks; for `Databases.fresh`."""
    founded(url)
    database = Database(url)
    fill(make_ledger(database, Clock()), 500)
    database.close()


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(worked) as url:
        yield url


def reading(url: str) -> Flask:
    return create_app(Settings(url, api_token=READER, is_read_only=True))


def at(ledger: Ledger, position: int) -> Then:
    """The moment at which the log had just reached a position."""
    with ledger.database.reading() as connection:
        return Then(position, datetime.fromisoformat(time_of(connection, position or 1)))


def let_in_as_here(copy: Path, ledger: Ledger) -> None:
    """Let the first administrator's token let in at a copy, too, where tokens of the service let nobody in."""
    with ledger.reading() as reading:
        found = holder(reading, digest_of(TOKEN))
    assert found is not None
    assert found.caller.token_id is not None
    database = Database(f"sqlite:///{copy}")
    with database.reading() as connection:
        assert holder(Reading(connection), digest_of(TOKEN)) is None
    with database.writing() as connection:
        keep(connection, found.caller.token_id, digest_of(TOKEN))
    database.close()


def told(client: FlaskClient, path: str) -> Any:
    answer = client.get(path, headers={"X-Request-Id": "the same"})
    return answer.status_code, answer.json


@pytest.mark.slow
def test_a_copy_answers_what_the_service_answers_as_of_then(url: str, tmp_path: Path) -> None:
    with serving(url) as app:
        ledger = ledger_of(app)
        ends = ends_of_commands(ledger)
        for position in (ends[150], ends[400]):
            copy = tmp_path / f"{position}.db"
            copy_as_of(ledger, at(ledger, position), copy, lambda _: None)
            let_in_as_here(copy, ledger)
            aside = reading(f"sqlite:///{copy}")
            for path in PATHS:
                asked = f"{path}{'&' if '?' in path else '?'}as_of={position}"
                assert told(client_of(aside), path) == told(client_of(app), asked), path
            ledger_of(aside).database.close()


@pytest.mark.slow
def test_a_copy_is_the_log_of_then_byte_by_byte_and_can_be_checked(url: str, tmp_path: Path) -> None:
    database = Database(url)
    ledger = make_ledger(database, wall_clock, Settings(url))
    note = ledger.notary.checkpoint()
    fill(ledger, 30, seed=8)
    copy_as_of(ledger, at(ledger, 460), tmp_path / "early.db", lambda _: None)
    heard: list[int] = []
    end = ledger.event_log.max_notification_id() or 0
    copy_as_of(ledger, at(ledger, end), tmp_path / "copy.db", heard.append)
    assert sum(heard) == 2 * end
    key = str(ledger.notary.verifier())
    (tmp_path / "known").write_text(note or "")
    checked = [f"sqlite:///{tmp_path}/copy.db", "--key", key, "--known", str(tmp_path / "known")]
    assert verifier.main(checked) == verifier.SOUND
    assert verifier.main([f"sqlite:///{tmp_path}/early.db", "--key", key]) == verifier.UNTOLD
    aside = Database(f"sqlite:///{tmp_path}/copy.db", is_read_only=True)
    with database.reading() as one, aside.reading() as other:
        query = select(EVENTS).order_by(EVENTS.c.position)
        assert one.execute(query).all() == other.execute(query).all()
    for each in (database, aside):
        each.close()


def test_a_service_that_is_only_read_refuses_every_change_and_writes_nothing(url: str) -> None:
    with serving(url) as app:
        before = ledger_of(app).event_log.max_notification_id()
    aside = reading(url)
    client = client_of(aside, READER)
    for family in FAMILIES:
        for route in family.routes:
            if route.is_command:
                path = family.prefixes[0] + route.path.replace("<id:", "<").replace("<uuid:", "<")
                answer = client.open(_filled(path), method=route.method, json={})
                assert answer.status_code in (403, 404), (route.path, answer.status_code)
    assert client.post("/v1/leads", json={"title": "Boiler", "person_id": 1}).status_code == 403
    assert client.get(f"{OURS}/audit/access").json["items"] == []
    assert client.get(f"{OURS}/audit/key").status_code == 503
    assert client.get("/health/ready").status_code == 200
    policy = client.get(f"{OURS}/policy").json["policy"]
    assert client.post(f"{OURS}/policy/dry-run", json={"policy": policy}).json["judged"] > 0
    assert client_of(aside, "wrong").get("/v1/leads").status_code == 401
    assert client_of(aside).get("/v1/leads").status_code == 200
    assert ledger_of(aside).event_log.max_notification_id() == before
    ledger_of(aside).database.close()


def _filled(path: str) -> str:
    return "/".join("1" if part.startswith("<") else part for part in path.split("/"))


def test_a_copy_goes_into_no_file_that_is_there_and_leaves_none_half_made(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(url)
    ledger = make_ledger(database, Clock())
    (tmp_path / "mine.db").write_text("precious")
    with pytest.raises(Refusal, match="is there already"):
        copy_as_of(ledger, at(ledger, 100), tmp_path / "mine.db", lambda _: None)
    assert (tmp_path / "mine.db").read_text() == "precious"

    def full(_: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        copy_as_of(ledger, at(ledger, 100), tmp_path / "copy.db", full)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.db"]
    copy_as_of(ledger, at(ledger, 0), tmp_path / "nothing.db", lambda _: None)
    database.close()


DUMPED = "from service.cli import main; main()"


@pytest.mark.slow
def test_the_same_log_is_dumped_in_the_same_bytes_whatever_the_surroundings(
    sqlite_databases: SqliteDatabases, postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    surroundings = (
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    )
    with sqlite_databases.fresh(worked) as url, postgres_databases.fresh() as other:
        as_on_postgresql(url, other)
        keys = f"{Database(url).url.database}.data-keys"
        for number, (address, environment) in enumerate((url, each) for each in surroundings):
            written(address, keys, tmp_path / f"{number}", environment)
        written(other, keys, tmp_path / "postgresql", surroundings[1])
        contents = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(contents) == 4
    assert len(set(contents.values())) == 1
    assert len(next(iter(contents.values())).splitlines()) > 1000


def written(url: str, keys: str, path: Path, environment: dict[str, str]) -> None:
    """Dump a log's read models as of position 400 in a process of its own."""
    environment = {**os.environ, **environment, "LEADLEDGER_DATABASE_URL": url, "LEADLEDGER_DATA_KEYS": keys}
    command = [sys.executable, "-c", DUMPED, "replay", "--to", "400", "--dump", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def as_on_postgresql(url: str, other: str) -> None:
    """Put a log, byte by byte, into another database."""
    source, target = Database(url), Database(other)
    migrate_log(target)
    with source.reading() as connection, target.writing() as writing:
        for table in (EVENTS, STREAM_KEYS):
            writing.execute(insert(table), [dict(row) for row in connection.execute(select(table)).mappings()])
    keys = Path(f"{source.url.database}.data-keys")
    rebuild(make_ledger(target, Clock(), Settings(other, data_keys=keys)), lambda _: None)
    source.close()
    target.close()


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 7, 100])
def test_the_same_log_is_dumped_in_the_same_bytes_in_batches_of_any_size(
    url: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(url)
    ledger = make_ledger(database, Clock())

    def dumped() -> list[str]:
        with database_aside() as aside:
            tables = replay_into(aside, ledger, 300, lambda _: None)
            with aside.reading() as connection:
                return list(dump(connection, tables, 300))

    whole = dumped()
    monkeypatch.setattr("service.maintenance.replay.BATCH", batch)
    assert dumped() == whole
    database.close()
