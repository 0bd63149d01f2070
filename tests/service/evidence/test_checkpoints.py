"""The log is sealed as it grows; checkpoints of it are signed, and none ever contradicts another."""

from __future__ import annotations

import os
import shutil
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from service.clock import wall_clock
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.evidence import notary
from service.evidence.bundle import export
from service.evidence.checkpoints import Checkpoint, NotTheSameLog
from service.evidence.keys import make_signing_key, signing_key, signing_keys
from service.evidence.leaf import leaf
from service.evidence.merkle import is_consistent, is_included
from service.evidence.sealer import Unsealable, seal
from service.evidence.signed_notes import BrokenNote, Verifier, is_signed_by, opened
from service.evidence.tables import INCARNATIONS
from service.evidence.tree import StoredTree
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Ledger
from service.log.tables import EVENTS
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases, SqliteDatabases
from tests.generated import fill as fill_with
from tests.service.evidence.test_merkle import root
from tests.service.serving import founded

SEEDS = count(1)


def fill(ledger: Ledger, events: int) -> int:
    """Let something happen that has not happened before."""
    return fill_with(ledger, events, seed=next(SEEDS))


def opened_ledger(url: str, folder: Path) -> Ledger:
    settings = Settings(url, signing_key=folder / "key", checkpoint_file=folder / "checkpoints")
    return make_ledger(Database(url), wall_clock, settings)


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path) -> Iterator[Ledger]:
    with databases.fresh(founded) as url:
        ledger = opened_ledger(url, tmp_path)
        try:
            yield ledger
        finally:
            ledger.database.close()


def checkpoint_of(ledger: Ledger) -> Checkpoint:
    note = ledger.notary.checkpoint()
    assert note is not None
    return Checkpoint.parse(opened(note, [ledger.notary.verifier()]))


def leaves_of(ledger: Ledger) -> list[bytes]:
    query = select(EVENTS.c.position, EVENTS.c.stream_id, EVENTS.c.version, EVENTS.c.topic, EVENTS.c.state)
    with ledger.database.reading() as connection:
        return [leaf(*row[:4], bytes(row.state)) for row in connection.execute(query.order_by(EVENTS.c.position))]


def test_no_key_signs_that_took_the_place_of_the_one_that_was_checked(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, 3)
    ledger.notary.checkpoint()
    checked, another = ledger.notary.verifier(), tmp_path / "another"
    make_signing_key(another)
    fill(ledger, 1)

    def read_before_it_is_exchanged(path: Path) -> list[Ed25519PrivateKey]:
        keys = signing_keys(path)
        if another.exists():
            another.replace(path)
        return keys

    monkeypatch.setattr(notary, "signing_keys", read_before_it_is_exchanged)
    note = ledger.notary.checkpoint()
    assert note is not None
    assert is_signed_by(note, checked)


def test_no_text_is_signed_by_a_key_that_has_not_signed_this_log(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger, 3)
    ledger.notary.checkpoint()
    assert is_signed_by(ledger.notary.signed("a manifest\n"), ledger.notary.verifier())
    (tmp_path / "key").unlink()
    make_signing_key(tmp_path / "key")
    with pytest.raises(UnusableKey, match="is not the key that signed this log"):
        ledger.notary.signed("a manifest\n")


def test_publishing_takes_no_more_memory_however_large_the_file_has_become(ledger: Ledger, tmp_path: Path) -> None:
    published = tmp_path / "checkpoints"
    with published.open("w+b") as file:
        file.truncate(1 << 28)
    for _ in range(2):
        fill(ledger, 1)
        with measured() as peak:
            note = ledger.notary.checkpoint()
            assert ledger.notary.checkpoint() == note, "and it is published once"
        assert peak() < 1 << 23
        assert note is not None
        with published.open("rb") as file:
            file.seek(-2 * len(note.encode()), os.SEEK_END)
            assert file.read().count(note.encode()) == 1


@contextmanager
def measured() -> Iterator[Callable[[], int]]:
    """How many bytes were in use at once within the block, told after it."""
    peaks = list[int]()
    tracemalloc.start()
    try:
        yield lambda: peaks[0]
        peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def test_sealing_ends_under_a_steady_load(ledger: Ledger) -> None:
    fill(ledger, 3)
    end = ledger.event_log.max_notification_id()
    batches = list[int]()

    def go_on(made: int) -> None:
        batches.append(made)
        assert len(batches) < 10, "there is no end to it"
        fill(ledger, 1)

    assert seal(ledger.database, go_on) == end


def test_a_checkpoint_tells_the_root_over_every_event_as_it_is_stored(ledger: Ledger) -> None:
    fill(ledger, 300)
    leaves, checkpoint = leaves_of(ledger), checkpoint_of(ledger)
    assert (checkpoint.size, checkpoint.root) == (len(leaves), root(leaves))


def test_what_was_sealed_bit_by_bit_is_what_is_sealed_at_once(ledger: Ledger) -> None:
    for events in (1, 7, 40, 90):
        fill(ledger, events)
        seal(ledger.database)
    assert checkpoint_of(ledger).root == root(leaves_of(ledger))


def test_proofs_from_the_kept_tree_hold(ledger: Ledger) -> None:
    fill(ledger, 350)
    size, leaves = seal(ledger.database), leaves_of(ledger)
    with ledger.database.reading() as connection:
        tree = StoredTree(connection)
        for position in (1, 2, 16, 17, 255, 256, 257, size):
            path = tree.inclusion(position, size)
            assert is_included(leaves[position - 1], position - 1, size, path, root(leaves))
        for old in (1, 15, 16, 17, 256, 300, size):
            path = tree.consistency(old, size)
            assert is_consistent(old, size, path, root(leaves[:old]), root(leaves))


def test_several_sealers_and_writers_at_once_make_one_tree(ledger: Ledger) -> None:
    with ThreadPoolExecutor(6) as threads:
        writing = [threads.submit(fill, ledger, 120) for _ in range(2)]
        sealing = [threads.submit(seal, ledger.database) for _ in range(40)]
        for done in (*writing, *sealing):
            done.result()
    assert checkpoint_of(ledger).root == root(leaves_of(ledger))


def test_nothing_new_is_signed_when_nothing_has_changed(ledger: Ledger, tmp_path: Path) -> None:
    first, second = ledger.notary.checkpoint(), ledger.notary.checkpoint()
    assert first == second
    assert (tmp_path / "checkpoints").read_text("utf-8") == f"{first}\n"


def test_every_checkpoint_is_published_in_order_to_the_file_that_only_grows(ledger: Ledger, tmp_path: Path) -> None:
    notes = []
    for _ in range(3):
        fill(ledger, 5)
        notes.append(ledger.notary.checkpoint())
    assert (tmp_path / "checkpoints").read_text("utf-8") == "".join(f"{note}\n" for note in notes)


def test_of_clients_that_ask_at_once_all_get_the_same_checkpoint(ledger: Ledger) -> None:
    with ThreadPoolExecutor(6) as threads:
        notes = {done.result() for done in [threads.submit(ledger.notary.checkpoint) for _ in range(12)]}
    assert len(notes) == 1


def test_nobody_but_the_service_can_read_the_key(ledger: Ledger, tmp_path: Path) -> None:
    checkpoint_of(ledger)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(make_signing_key, tmp_path / "key") for _ in range(8)]:
            done.result()
    signing_key(tmp_path / "key")
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(UnusableKey, match="key"):
        signing_key(tmp_path / "key")


def test_a_log_that_was_put_back_to_an_older_state_is_not_signed_until_a_new_incarnation_of_it_begins(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.fresh(founded) as url:
        ledger = opened_ledger(url, tmp_path)
        checkpoint_of(ledger)
        ledger.database.close()
        path = Path(str(ledger.database.url.database))
        shutil.copyfile(path, tmp_path / "backup")
        ledger = opened_ledger(url, tmp_path)
        fill(ledger, 20)
        lost = ledger.notary.checkpoint()
        ledger.database.close()
        shutil.copyfile(tmp_path / "backup", path)
        ledger = opened_ledger(url, tmp_path)
        for events in (0, 30):
            with pytest.raises(NotTheSameLog, match="leadledger audit incarnation"):
                fill(ledger, events)
            with pytest.raises(NotTheSameLog, match="leadledger audit incarnation"):
                ledger.notary.checkpoint()
        assert ledger.notary.begin_incarnation() == 2
        assert checkpoint_of(ledger).origin.endswith("/2")
        with ledger.database.reading() as connection:
            kept = connection.execute(select(INCARNATIONS.c.last_note).where(INCARNATIONS.c.number == 2)).scalar()
        assert kept == lost
        ledger.database.close()


def test_a_log_that_lacks_an_event_is_not_sealed_any_further(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    with sqlite_databases.fresh(founded) as url:
        ledger = opened_ledger(url, tmp_path)
        with ledger.database.writing() as connection:
            connection.exec_driver_sql("DROP TRIGGER events_refuse_delete")
            connection.execute(text("DELETE FROM events WHERE position = 7"))
        with pytest.raises(Unsealable, match="position 7"):
            seal(ledger.database)
        ledger.database.close()


def test_leaves_and_checkpoints_are_never_changed_or_removed(ledger: Ledger) -> None:
    checkpoint_of(ledger)
    for table in ("leaves", "checkpoints"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {'hash' if table == 'leaves' else 'note'} = ''"):
            with pytest.raises(Exception, match="never changed or removed"), ledger.database.writing() as connection:
                connection.execute(text(statement))


def test_a_note_holds_only_with_the_text_and_the_key_it_was_signed_with(ledger: Ledger) -> None:
    note, verifier = ledger.notary.checkpoint(), ledger.notary.verifier()
    assert note is not None
    stranger = Verifier(verifier.name, bytes(32))
    for changed, key in (
        (note.replace("\n", "\n1", 1), verifier),
        (note, stranger),
        (note[:-30], verifier),
        ("", verifier),
        (note.replace("\n\n", "\n"), verifier),
    ):
        with pytest.raises(BrokenNote):
            opened(changed, [key])


def test_a_key_that_was_not_copied_whole_is_refused(ledger: Ledger) -> None:
    written = str(ledger.notary.verifier())
    assert Verifier.parse(written) == ledger.notary.verifier()
    for wrong in ("", "a", written[:-4], written.replace("+", "-"), written[1:]):
        with pytest.raises(BrokenNote):
            Verifier.parse(wrong)


def test_one_key_follows_another_and_both_sign_meanwhile(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger, 20)
    notary = ledger.notary
    first, before = notary.verifier(), notary.checkpoint()
    following = notary.begin_next_key()
    both = notary.checkpoint()
    assert before is not None
    assert both is not None
    assert [is_signed_by(both, key) for key in (first, following)] == [True, True]
    with pytest.raises(UnusableKey, match="signs already"):
        notary.begin_next_key()
    fill(ledger, 20)
    assert notary.adopt_next_key() == following == notary.verifier()
    fill(ledger, 20)
    after = notary.checkpoint()
    assert after is not None
    assert [is_signed_by(after, key) for key in (first, following)] == [False, True]
    assert notary.verifiers() == [following, first]
    with pytest.raises(UnusableKey, match="no key was made"):
        notary.adopt_next_key()
    for name, note in (("before", before), ("both", both)):
        (tmp_path / name).write_text(note)
    export(ledger.database, ledger.notary, ledger.event_log.stream_keys, tmp_path / "bundle", lambda _: None)
    given = [str(tmp_path / "bundle"), "--known", str(tmp_path / "before"), "--known", str(tmp_path / "both")]
    assert verifier.main([*given, "--key", str(first), "--key", str(following)]) == verifier.SOUND
    assert verifier.main([*given, "--key", f"{following}\n{first}\n"]) == verifier.SOUND
    for key in (first, following):
        assert verifier.main([*given, "--key", str(key)]) == verifier.SOUND
    assert verifier.main(given) == verifier.SOUND
