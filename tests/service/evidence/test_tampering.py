"""Whatever is altered in a sealed log is found, and where it begins, however it was done."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from service.clock import wall_clock
from service.database.database import Database
from service.evidence.leaf import leaf
from service.evidence.signed_notes import Signer, sign
from service.evidence.verifier import command as verifier
from service.evidence.verifier.database import DatabaseSource
from service.evidence.verifier.events import Entry, Values
from service.evidence.verifier.incarnations import Begun
from service.evidence.verifier.log import verify
from service.evidence.verifier.report import Report
from service.evidence.verifier.totals import AddedUp
from service.evidence.verifier.verdicts import Altered, Uncheckable
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases, SqliteDatabases
from tests.generated import fill
from tests.service.serving import founded


def sealed(url: str) -> None:
    """A founded database with two checkpoints, after some more events each."""
    founded(url)
    database = Database(url)
    ledger = make_ledger(database, wall_clock, Settings(url))
    for seed in (1, 2):
        fill(ledger, 5, seed)
        ledger.notary.checkpoint()
    database.close()


class Kept:
    """A log in memory, to be altered."""

    tells_totals = False

    def __init__(self, source: DatabaseSource, key: str) -> None:
        self._keys = [key]
        self.events: list[list[Any]] = [list(entry) for some in source.entries() for entry in some]
        self.hashes: list[list[Any]] = [list(leaf) for leaf in source.leaves()]
        self.signed = source.notes()

    def check(self, _keys: Sequence[str], _added_up: AddedUp, _report: Report) -> None:
        pass

    def begin(self) -> None:
        pass

    def check_entries(self, _entries: Sequence[Values]) -> None:
        pass

    def keys(self) -> list[str]:
        return self._keys

    def check_form(self, _keys: Sequence[str]) -> None:
        pass

    def keys_vouched_for(self, _keys: Sequence[str]) -> list[str]:
        return []

    def entries(self) -> Iterator[Sequence[Values]]:
        return ([Entry(*event)] for event in self.events)

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        return ((position, hashed) for position, hashed in self.hashes)

    def notes(self) -> list[str]:
        return self.signed

    def access(self) -> Iterator[Sequence[Any]]:
        return iter(())

    def begun(self) -> list[Begun]:
        return []

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def kept(sqlite_databases: SqliteDatabases) -> Iterator[Kept]:
    with sqlite_databases.fresh(sealed) as url, closing(DatabaseSource(url)) as source:
        yield Kept(source, key_of(url))


def key_of(url: str) -> str:
    database = Database(url)
    try:
        return str(make_ledger(database, wall_clock, Settings(url)).notary.verifier())
    finally:
        database.close()


def found_at(log: Kept, known: Sequence[str] = ()) -> int | None:
    with pytest.raises(Altered) as found:
        verify(log, [], known)
    return found.value.position


def flips(value: Any) -> Iterator[Any]:
    """The value with one bit flipped, once for each bit; what a database may hold in place of nothing, too."""
    if value is None:
        yield 0
    elif isinstance(value, int):
        yield from (value ^ 1 << bit for bit in range(62))
        yield None
    elif isinstance(value, bytes):
        for place, byte in enumerate(value):
            for bit in range(8):
                yield value[:place] + bytes([byte ^ 1 << bit]) + value[place + 1 :]
    else:
        for place, letter in enumerate(value):
            for bit in range(7):
                yield value[:place] + chr(ord(letter) ^ 1 << bit) + value[place + 1 :]


def is_noticed(log: Kept) -> bool:
    """Whether something was altered, or bears the signature of somebody else now, of whom nothing can be told."""
    try:
        return verify(log, [], []).doubts != []
    except Altered:
        return True


def test_the_log_is_sound_before_anybody_alters_it(kept: Kept) -> None:
    report = verify(kept, [], [])
    assert (report.events, report.checkpoints) == (len(kept.events), 2)


@pytest.mark.slow
def test_every_bit_of_every_column_of_an_event_counts(kept: Kept) -> None:
    mutations = 0
    for row, event in enumerate(kept.events[:8]):
        for column, value in enumerate(event):
            for flipped in list(flips(value))[:: 29 if row else 1]:
                event[column] = flipped
                assert found_at(kept) == row + 1, (row, column, flipped)
                mutations += 1
            event[column] = value
    assert mutations >= 2_500
    verify(kept, [], [])


@pytest.mark.slow
def test_every_bit_of_every_leaf_counts(kept: Kept) -> None:
    for row, kept_leaf in enumerate(kept.hashes):
        for column, value in enumerate(kept_leaf):
            for flipped in list(flips(value))[:: 37 if row else 1]:
                kept_leaf[column] = flipped
                assert found_at(kept) == row + 1
            kept_leaf[column] = value
    verify(kept, [], [])


def test_every_bit_of_every_checkpoint_counts(kept: Kept) -> None:
    for number, note in enumerate(list(kept.signed)):
        for flipped in list(flips(note))[:: 1 if number else 5]:
            kept.signed[number] = flipped
            assert is_noticed(kept), flipped
        kept.signed[number] = note
    verify(kept, [], [])


def test_what_strangers_have_signed_tells_nothing_and_hides_nothing(kept: Kept) -> None:
    strange = copy.deepcopy(kept)
    text = strange.signed[0].partition("\n\n")[0] + "\n"
    strange.signed[0] = sign(
        text.replace("\n", "\n9", 1), [Signer("another.example/log", Ed25519PrivateKey.generate())]
    )
    report = verify(strange, [], [])
    assert (report.checkpoints, len(report.doubts)) == (1, 1)
    assert "another.example/log+" in report.doubts[0]
    strange.events[0][4] += b" "
    assert found_at(strange) == 1
    strange.signed = strange.signed[:1]
    with pytest.raises(Uncheckable, match=r"another\.example/log\+"):
        verify(strange, [], [])


def altered(kept: Kept, change: Callable[[list[Any]], None]) -> int | None:
    log = copy.deepcopy(kept)
    change(log.events)
    return found_at(log)


@pytest.mark.slow
def test_events_that_were_swapped_dropped_doubled_or_inserted_are_found_where_that_begins(kept: Kept) -> None:
    for row in range(len(kept.events) - 1):
        swapped = slice(row, row + 2)

        def swap(events: list[Any], rows: slice = swapped) -> None:
            events[rows] = events[rows][::-1]

        def drop(events: list[Any], row: int = row) -> None:
            del events[row]

        def double(events: list[Any], row: int = row) -> None:
            events.insert(row, events[row])

        def drop_and_count_anew(events: list[Any], row: int = row) -> None:
            del events[row]
            for position, event in enumerate(events, start=1):
                event[0] = position

        assert altered(kept, swap) == row + 1
        assert altered(kept, drop) == row + 1
        assert altered(kept, double) == row + 2
        assert altered(kept, drop_and_count_anew) == row + 1


@pytest.mark.slow
def test_a_log_whose_end_was_cut_off_is_found_by_any_checkpoint_of_more(kept: Kept) -> None:
    for size in range(len(kept.events)):
        log = copy.deepcopy(kept)
        del log.events[size:], log.hashes[size:]
        assert found_at(log) == size + 1
        log.signed = log.signed[:1] if size >= len(kept.events) - 1 else []
        assert found_at(log, kept.signed) == size + 1


@pytest.mark.slow
def test_whoever_alters_an_event_and_all_that_depends_on_it_is_found_by_a_kept_checkpoint(kept: Kept) -> None:
    first, last = (int(note.splitlines()[1]) for note in kept.signed)
    for row in range(len(kept.events)):
        log = copy.deepcopy(kept)
        event = log.events[row]
        event[4] = event[4].replace(b'"client":"', b'"client":"x')
        log.hashes[row][1] = leaf(*event[:5])
        log.signed = []
        assert found_at(log, kept.signed) == (1 if row < first else first + 1)
        assert found_at(log, kept.signed[1:]) == 1
    assert last == len(kept.events)


GUARDED = ("events", "leaves", "checkpoints")
DISABLED = {
    "sqlite": [
        f"DROP TRIGGER {table}_refuse_{verb}"
        for table in ("events", "leaves", "checkpoints")
        for verb in ("update", "delete")
    ],
    "postgresql": [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("events", "leaves", "checkpoints")],
}
MUTATIONS: dict[str, tuple[list[str], int | None]] = {
    "another state": (
        ["UPDATE events SET state = (SELECT state FROM events WHERE position = 3) WHERE position = 9"],
        9,
    ),
    "another topic": (["UPDATE events SET topic = 'DealWon' WHERE position = 12"], 12),
    "another stream": (["UPDATE events SET stream_id = 'ab' WHERE position = 4"], 4),
    "another version": (["UPDATE events SET version = 7 WHERE position = 4"], 4),
    "another position": (["UPDATE events SET position = 1000 WHERE position = 5"], 5),
    "no previous": (
        ["UPDATE events SET previous = NULL WHERE position = (SELECT MIN(position) FROM events WHERE version = 2)"],
        2,
    ),
    "an event is gone": (["DELETE FROM events WHERE position = 6"], 6),
    "the end is gone": (["DELETE FROM events WHERE position > 10", "DELETE FROM leaves WHERE position > 10"], 11),
    "two changed places": (
        [
            "UPDATE events SET position = 1000 WHERE position = 7",
            "UPDATE events SET position = 7 WHERE position = 8",
            "UPDATE events SET position = 8 WHERE position = 1000",
        ],
        7,
    ),
    "another leaf": (["UPDATE leaves SET hash = (SELECT hash FROM leaves WHERE position = 1) WHERE position = 8"], 8),
    "a leaf is gone": (["DELETE FROM leaves WHERE position = 8"], 8),
    "the leaves' end is gone": (["DELETE FROM leaves WHERE position > 11"], 12),
    "another checkpoint": (["UPDATE checkpoints SET note = (SELECT MIN(note) FROM checkpoints) || 'x'"], None),
}


@pytest.mark.parametrize("what", MUTATIONS)
def test_what_is_altered_in_the_database_itself_is_found(
    databases: Databases, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statements, position = MUTATIONS[what]
    with databases.fresh(sealed) as url:
        key = key_of(url)
        assert verifier.main([plain(url), "--key", key]) == verifier.SOUND
        with closing(DatabaseSource(plain(url))) as source:
            (tmp_path / "kept").write_text("\n".join(source.notes()), "utf-8")
        alter(url, lambda connection: [connection.execute(text(statement)) for statement in statements])
        capsys.readouterr()
        assert verifier.main([plain(url), "--key", key]) == verifier.ALTERED
        said = capsys.readouterr().out
        assert (f"First bad position: {position}." in said) == (position is not None)
        alter(url, lambda connection: connection.execute(text("DELETE FROM checkpoints")))
        assert verifier.main([plain(url), "--key", key]) == verifier.UNTOLD
        if position is not None:
            assert verifier.main([plain(url), "--key", key, "--known", str(tmp_path / "kept")]) == verifier.ALTERED


def alter(url: str, change: Callable[[Connection], object]) -> None:
    """Change a database past all that guards it, as its superuser can."""
    database = Database(url)
    with database.engine.connect() as connection, connection.begin():
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement in DISABLED[connection.dialect.name]:
            connection.execute(text(statement.replace("DROP TRIGGER", "DROP TRIGGER IF EXISTS")))
        change(connection)
    database.close()


def plain(url: str) -> str:
    """The address as people write it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def test_a_state_that_is_no_bytes_any_more_is_found(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(sealed) as url:
        alter(url, lambda connection: connection.execute(text("UPDATE events SET state = 5 WHERE position = 4")))
        with closing(DatabaseSource(url)) as source, pytest.raises(Altered) as found:
            verify(source, [key_of(url)], [])
        assert found.value.position == 4
