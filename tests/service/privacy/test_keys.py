"""Keys are made, wrapped, renewed and destroyed so that what was erased comes back from nowhere."""

from __future__ import annotations

import json
import shutil
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, insert

from aggregates.person import Person
from service.clock import wall_clock
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.epochs import Epochs
from service.log.personal import decrypt
from service.log.stream_keys import AT_ONCE, StreamKeys, epoch_of, keys_behind
from service.log.tables import STREAM_KEYS
from service.privacy.erasure import erase
from service.privacy.renewal import is_due, renew
from service.privacy.subjects import Subject
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases, SqliteDatabases
from tests.service.log.test_golden import MAPPER, STREAM, an_example
from tests.service.serving import founded

ORIGIN = Origin(user_id=1, request_id="keys", client="test", reason="a test")


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path) -> Iterator[Ledger]:
    with databases.fresh(founded) as url:
        keys = tmp_path / "data-keys"
        founded_with = make_ledger(Database(url), wall_clock).event_log.stream_keys.epochs.path
        shutil.copyfile(founded_with, keys)
        ledger = make_ledger(Database(url), wall_clock, Settings(url, data_keys=keys))
        yield ledger
        ledger.database.close()


def add(ledger: Ledger, name: str = "Kari Nordmann") -> int:
    def command(tx: Transaction) -> int:
        person = Person.add(tx.next_number("person"), name=name, owner_id=1)
        tx.save(person)
        return person.person_id

    return ledger.execute(ORIGIN, command)


def names(ledger: Ledger) -> list[str]:
    found = ledger.event_log.select_notifications(None, 10**6, topics=["PersonAdded"])
    return [vars(ledger.mapper.to_domain_event(each))["name"] for each in found]


def test_the_file_with_the_keys_is_readable_by_the_service_only(tmp_path: Path) -> None:
    Epochs(tmp_path / "keys", wall_clock).begin_first()
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


def test_processes_that_begin_at_once_share_one_epoch(tmp_path: Path) -> None:
    epochs = [Epochs(tmp_path / "keys", wall_clock) for _ in range(16)]
    threads = [threading.Thread(target=each.begin_first) for each in epochs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.all()[-1] for each in epochs}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("content", [b"", b"{}", b"garbage", b'{"epochs": [{"number": "x"}]}', b"\xff"])
def test_a_file_that_holds_no_keys_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(UnusableKey, match="keys cannot be read as the keys"):
        Epochs(tmp_path / "keys", wall_clock).all()


def test_a_key_opens_its_own_streams_wrapping_only(tmp_path: Path) -> None:
    keys, others = (StreamKeys(Epochs(tmp_path / name, wall_clock)) for name in ("keys", "others"))
    for each in (keys, others):
        each.epochs.begin_first()
    one, other = uuid4(), uuid4()
    wrapped = keys.new(one)
    keys.cipher(one.hex, wrapped)
    with pytest.raises(UnusableKey):
        keys.cipher(other.hex, wrapped)
    with pytest.raises(UnusableKey):
        others.cipher(one.hex, wrapped)


def test_what_was_encrypted_at_one_place_cannot_be_read_at_another() -> None:
    state = MAPPER.to_stored_event(an_example(Person.created)).state
    for stream, version, key in ((uuid4(), 3, bytes(range(32))), (STREAM, 4, bytes(range(32))), (STREAM, 3, bytes(32))):
        with pytest.raises(InvalidTag):
            decrypt(read(state), stream.hex, version, AESGCM(key))
    whole = read(state)
    decrypt(whole, STREAM.hex, 3, AESGCM(bytes(range(32))))
    assert whole["data"]["name"].startswith("Æ name")


def read(state: bytes) -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = json.loads(state)
    return told


def test_renewed_keys_read_what_the_old_ones_wrote_and_the_old_ones_are_gone(ledger: Ledger) -> None:
    for number in range(5):
        add(ledger, f"Kari {number}")
    epochs, before = ledger.event_log.stream_keys.epochs, names(ledger)
    old = epochs.all()[-1]
    heard: list[int] = []
    assert renew(ledger, heard.append) == sum(heard) >= 6
    assert [epoch.number for epoch in epochs.all()] != [old.number]
    assert len(epochs.all()) == 1
    assert names(ledger) == before
    assert epoch_of(ledger.event_log.stream_keys.new(uuid4())) == epochs.all()[0].number


def test_all_keys_are_gone_through_some_at_a_time_in_the_order_of_their_streams(ledger: Ledger) -> None:
    added = [f"{number:032x}" for number in range(2 * AT_ONCE + 1)]
    with ledger.database.writing() as connection:
        connection.execute(delete(STREAM_KEYS))
        connection.execute(insert(STREAM_KEYS), [{"stream_id": each, "since": 1, "wrapped": b"w"} for each in added])
    parts, after = list[list[str]](), ""
    with ledger.database.reading() as connection:
        while found := keys_behind(connection, after):
            parts.append([stream_id for stream_id, _ in found])
            after = parts[-1][-1]
    assert [len(part) for part in parts] == [AT_ONCE, AT_ONCE, 1]
    assert [each for part in parts for each in part] == added


def test_what_was_erased_cannot_be_read_in_an_older_backup_once_keys_are_renewed(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.fresh(founded) as url:
        ledger = make_ledger(Database(url), wall_clock)
        erased, other = add(ledger, "Kari Erased"), add(ledger, "Ola Kept")
        path = Path(str(ledger.database.url.database))
        ledger.database.close()
        shutil.copyfile(path, tmp_path / "backup.db")
        ledger = make_ledger(Database(url), wall_clock)
        erase(ledger, ORIGIN, Subject("person", erased), "GDPR")
        keys = Path(f"{path}.data-keys")
        backup = make_ledger(Database(f"sqlite:///{tmp_path}/backup.db"), wall_clock, Settings(data_keys=keys))
        assert names(backup) == ["Kari Erased", "Ola Kept"]
        backup.event_log.stream_keys.forget()
        renew(ledger, lambda _: None)
        assert names(ledger) == ["[erased]", "Ola Kept"]
        again = make_ledger(backup.database, wall_clock, Settings(data_keys=keys))
        with pytest.raises(UnusableKey):
            names(again)
        assert other == erased + 1
        for each in (ledger, backup):
            each.database.close()


def test_nothing_is_lost_where_others_write_while_keys_are_renewed(ledger: Ledger) -> None:
    url, path = str(ledger.database.url.render_as_string(hide_password=False)), ledger.event_log.stream_keys.epochs.path
    url = url.replace("postgresql+psycopg", "postgresql").replace("sqlite+pysqlite", "sqlite")
    other = make_ledger(Database(url), wall_clock, Settings(url, data_keys=path))
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            written.append(add(other, f"Kari {len(written)}"))

    thread = threading.Thread(target=write)
    thread.start()
    for _ in range(4):
        renew(ledger, lambda _: None)
    stop.set()
    thread.join()
    assert len(written) > 3
    for each in (ledger, other):
        each.event_log.stream_keys.forget()
        assert names(each) == [f"Kari {number}" for number in range(len(written))]
    assert len(ledger.event_log.stream_keys.epochs.all()) == 1
    other.database.close()


def test_keys_are_due_after_thirty_days(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_due(ledger)
    monkeypatch.setattr("service.privacy.renewal.wall_clock", lambda: wall_clock() + timedelta(days=31))
    assert is_due(ledger)
