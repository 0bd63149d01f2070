"""Of every stream it can be shown how far it had come at a checkpoint, or that there was none, and nothing else."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text, update

from projections.engine.statements import Insertion, load
from service.database.database import Database
from service.evidence import stream_heads
from service.evidence.sealer import TreeAltered, Unsealable
from service.evidence.stream_heads import StreamHeads, branch_differences, continued, made_anew, stream_head
from service.evidence.tables import STREAM_HEADS
from service.evidence.verifier.stream_heads import Head, head_hash, proven_head
from service.evidence.verifier.verdicts import Altered
from service.log.schema import migrate_log
from service.log.tables import EVENTS
from tests.databases import Databases

APART = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
NEAR = st.tuples(st.integers(0, 127), st.integers(0, 127)).map(lambda bits: f"{1 << bits[0] | 1 << bits[1]:032x}")
STREAMS = st.lists(st.one_of(APART, NEAR), min_size=1, max_size=12, unique=True)
HISTORIES = st.tuples(STREAMS, st.lists(st.integers(0, 11), min_size=1, max_size=40), st.sets(st.integers(1, 40)))


def migrated(url: str) -> None:
    database = Database(url)
    migrate_log(database)
    database.close()


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    with databases.fresh(migrated) as url:
        database = Database(url)
        yield database
        database.close()


def root_of(heads: list[Head], bit: int = 127) -> bytes:
    """The root as it is defined, and as slowly."""
    if len(heads) < 2:
        return head_hash(heads[0]) if heads else sha256().digest()
    sides = [[head for head in heads if int(head.stream, 16) >> bit & 1 == side] for side in (0, 1)]
    return sha256(b"\x01" + root_of(sides[0], bit - 1) + root_of(sides[1], bit - 1)).digest()


class History:
    """A log that goes on, and what the tree over the heads of its streams has to say of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.heads = dict[str, Head]()
        self.size = 0

    def record(self, stream: str) -> None:
        self.size += 1
        version = self.heads[stream].version + 1 if stream in self.heads else 1
        row = {"position": self.size, "stream_id": stream, "version": version, "previous": version - 1 or None}
        self._connection.execute(insert(EVENTS).values(**row, topic="DealWon", state=b""))
        self.heads[stream] = Head(stream, version, self.size)

    def check(self, root: bytes, streams: list[str]) -> None:
        assert root == root_of([*self.heads.values()])
        assert made_anew(self._connection, self.size).root == root
        for stream in streams:
            end, beside = stream_head(self._connection, stream, root)
            assert proven_head(stream, end, beside, root) == self.heads.get(stream)
            self._check_that_nothing_else_is_shown(stream, end, beside, root)

    def _check_that_nothing_else_is_shown(
        self, stream: str, end: Head | None, beside: list[bytes], root: bytes
    ) -> None:
        """Neither an older head, nor none where there is one, nor one where there is none, by any of these ways."""
        head = self.heads.get(stream, Head(stream, 1, 1))
        others = [None, head._replace(version=head.version + 1), head._replace(position=head.position + 1)]
        others += [head._replace(stream=other) for other in self.heads if other != stream] + [head]
        for way in (beside, beside[:-1], beside[1:], [*beside, root], beside[::-1], [bytes(32)] * 129):
            for told in others:
                if (told, way) == (end, beside):
                    continue
                try:
                    shown = proven_head(stream, told, way, root)
                except Altered:
                    continue
                assert shown == self.heads.get(stream)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.sampled_from([3, stream_heads.AT_ONCE]))
def test_of_any_streams_the_tree_shows_at_every_checkpoint_how_far_each_has_come(
    database: Database, history: tuple[list[str], list[int], set[int]], at_once: int
) -> None:
    streams, events, checkpoints = history
    with (
        pytest.MonkeyPatch.context() as patch,
        database.engine.connect() as connection,
        connection.begin() as transaction,
    ):
        patch.setattr(stream_heads, "AT_ONCE", at_once)
        log, since, root = History(connection), 0, b""
        for number in events:
            log.record(streams[number % len(streams)])
            if log.size in checkpoints or log.size == len(events):
                tree = continued(connection, since, root, log.size) if since else made_anew(connection, log.size)
                tree.write(connection)
                since, root = log.size, tree.root
                log.check(root, streams)
        transaction.rollback()


SPOILT = {
    "a hash": "UPDATE stream_heads SET below = (SELECT below FROM stream_heads WHERE prefix = '') WHERE prefix = '0'",
    "a page is gone": "DELETE FROM stream_heads WHERE prefix = '0'",
    "the root is gone": "DELETE FROM stream_heads WHERE prefix = ''",
    "half a page": "UPDATE stream_heads SET below = substr(below, 1, 40)",
    "nothing": "UPDATE stream_heads SET below = substr(below, 1, 0)",
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_tree_that_was_altered_is_neither_proven_from_nor_gone_on_with(database: Database, what: str) -> None:
    streams = [f"{number:032x}" for number in range(3)]
    with database.engine.connect() as connection, connection.begin() as transaction:
        log = History(connection)
        for stream in streams:
            log.record(stream)
        tree = made_anew(connection, log.size)
        tree.write(connection)
        connection.execute(text(SPOILT[what]))
        log.record(streams[0])
        with pytest.raises(TreeAltered, match="not the one that was signed"):
            stream_head(connection, streams[0], tree.root)
        with pytest.raises(TreeAltered, match="not the one that was signed"):
            continued(connection, log.size - 1, tree.root, log.size)
        made_anew(connection, log.size).write(connection)
        log.check(root_of([*log.heads.values()]), streams)
        transaction.rollback()


def test_no_head_is_believed_to_stand_where_it_does_not(database: Database) -> None:
    streams = [f"{number:032x}" for number in (0, 1 << 120, 5 << 124, 5 << 124 | 3, 15 << 124)]
    with database.engine.connect() as connection, connection.begin() as transaction:
        log = History(connection)
        for stream in streams:
            log.record(stream)
        tree, tried = made_anew(connection, log.size), 0
        for stream in streams:
            log.record(stream)
        tree.write(connection)
        for prefix, stored in connection.execute(select(STREAM_HEADS)).all():
            below, row = bytes(stored), STREAM_HEADS.c.prefix == prefix
            for place, digit in product(range(0, len(below), 33), (17, 19, 24, 31)):
                moved = below[:place] + bytes([below[place] ^ digit & 15]) + below[place + 1 :]
                connection.execute(update(STREAM_HEADS).where(row).values(below=moved))
                with suppress(TreeAltered):
                    found = continued(connection, log.size - len(streams), tree.root, log.size)
                    assert found.root == root_of([*log.heads.values()]), (prefix, place, digit)
                    tried += 1
            connection.execute(update(STREAM_HEADS).where(row).values(below=below))
        assert tried > 10
        transaction.rollback()


def test_an_event_of_no_stream_is_refused(database: Database) -> None:
    with database.engine.connect() as connection, connection.begin() as transaction:
        History(connection).record("ab")
        with pytest.raises(Unsealable, match="the event at position 1 belongs to no stream"):
            made_anew(connection, 1)
        transaction.rollback()


def test_of_very_many_streams_a_part_is_in_memory_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.engine.connect() as connection, connection.begin() as transaction:
        _add_events(connection, 0, 1)
        root = made_anew(connection, 1).root
        made_anew(connection, 1).write(connection)
        _add_events(connection, 1, 5_000)
        whole, at_once = _peak(lambda: continued(connection, 1, root, 5_001))
        monkeypatch.setattr(stream_heads, "AT_ONCE", 400)
        for make in (lambda: continued(connection, 1, root, 5_001), lambda: made_anew(connection, 5_001)):
            tree, peak = _peak(make)
            assert tree.root == whole.root
            assert peak < at_once / 4
        tree.write(connection)
        assert not [*branch_differences(connection, 5_001)]
        transaction.rollback()


def _peak(make: Callable[[], StreamHeads]) -> tuple[StreamHeads, int]:
    """A tree, and how many bytes were taken at most while it was made."""
    tracemalloc.start()
    tree = make()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return tree, peak


def _add_events(connection: Connection, size: int, streams: int) -> None:
    """Add an event each of so many new streams."""
    chosen = random.Random(size)
    rows = [
        {"position": position, "stream_id": f"{chosen.getrandbits(128):032x}", "version": 1, "previous": None}
        | {"topic": "DealWon", "state": b""}
        for position in range(size + 1, size + streams + 1)
    ]
    load(connection, [(Insertion(EVENTS), rows)])
