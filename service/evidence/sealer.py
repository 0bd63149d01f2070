"""Seals the log: makes leaves of the Merkle tree from recorded events, a batch at a time, behind the writers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, repeat

from eventsourcing.persistence import IntegrityError
from sqlalchemy import Connection, bindparam, select, update

from projections.engine.statements import LOADED, Insertion, Statement, fill, write
from service.database.database import Database
from service.evidence.leaf import leaf
from service.evidence.merkle import joined, node_hash
from service.evidence.tables import LEAVES, TREE_HEAD, TREE_NODES
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.tables import EVENTS
from service.obstacles import Alarm

BATCH = 2000
"""Events that become leaves in one transaction: on SQLite a command that wants to write waits for one at the most."""

STEP = 4
"""Every so many levels the roots of complete subtrees are kept: a proof then never reads more than a few nodes."""

HASH = 32


class Unsealable(Alarm):
    """The log is not as it was when its beginning was sealed; the message says where."""


class TreeAltered(Alarm):
    """Leaves, nodes or head of the tree are not what the events make; the message says where, and what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f'{what}: the tree over the log was altered; "leadledger audit reseal" makes it again from the events, '
            "where these are those that were signed, and the service must be started again"
        )


def seal(database: Database, progress: Callable[[int], object] = lambda _: None) -> int:
    """Make leaves of all events that there are by now and have none. Answers the tree's size. Raises `Unsealable`.

    What is recorded meanwhile is left to the next time: under a steady load there would be no end to it. Any number of
    sealers may be at work: each locks the tree's head, and goes on where the last one ended. It need not wait for the
    disk, since what a power cut takes is made again from the events.
    """
    with as_persistence_errors(), database.reading() as connection:
        end = position_at(connection)
    made, size = _seal_batch(database)
    while made:
        progress(made)
        made, size = _seal_batch(database) if size < end else (0, size)
    return size


def seal_in(connection: Connection, progress: Callable[[int], object]) -> None:
    """Make leaves of all events that have none, within the caller's transaction. Raises `Unsealable`."""
    while made := _seal_in(connection)[0]:
        progress(made)


def _seal_batch(database: Database) -> tuple[int, int]:
    """How many events became leaves, and how many there are now."""
    try:
        with as_persistence_errors():
            with database.reading() as connection:
                size = size_of(connection)
                if not _EVENTS.tuples(connection, {"size": size, "limit": 1}):
                    return 0, size
            with database.writing(is_durable=False) as connection:
                return _seal_in(connection)
    except IntegrityError:
        raise TreeAltered("the head leaves out leaves or nodes that there are") from None


def _seal_in(connection: Connection) -> tuple[int, int]:
    size_of(connection)
    size, frontier = _LOCKED_HEAD.tuples(connection, {})[0]
    if size < 0 or len(frontier) != HASH * size.bit_count():
        raise TreeAltered(f"the head over {size} events does not hold the roots of its subtrees")
    growing = Growing(size, bytes(frontier))
    growing.add(leaves_behind(connection, size, BATCH))
    if growing.leaves:
        head = _NEW_HEAD, [{"size": growing.size, "frontier": b"".join(growing.frontier)}]
        if len(growing.leaves) > LOADED:
            fill(connection, _TABLES, [("leaves", growing.leaves), ("tree_nodes", growing.nodes)])
            write(connection, [head])
        else:
            leaves = [{"position": position, "hash": leaf} for position, leaf in growing.leaves]
            nodes = [{"level": level, "number": number, "hash": node} for level, number, node in growing.nodes]
            write(connection, [some for some in ((_LEAF, leaves), (_NODE, nodes), head) if some[1]])
    return len(growing.leaves), growing.size


def size_of(connection: Connection) -> int:
    """How many events are sealed. Raises `TreeAltered` where the tree has no head."""
    return head_of(connection)[0]


def head_of(connection: Connection) -> tuple[int, bytes]:
    """How many events are sealed, and the roots of the complete subtrees over them; of one moment.

    Raises `TreeAltered` where the tree has no head.
    """
    heads = connection.execute(select(TREE_HEAD.c.size, TREE_HEAD.c.frontier)).all()
    if len(heads) != 1:
        raise TreeAltered("there is no head, or several")
    size, frontier = heads[0]
    return size, bytes(frontier or b"")


def leaves_behind(connection: Connection, size: int, most: int) -> list[bytes]:
    """The leaves that the events behind the first ones make, so many at most. Raises `Unsealable` where one lacks."""
    found = _EVENTS.tuples(connection, {"size": size, "limit": most})
    for expected, (position, *_) in enumerate(found, start=size + 1):
        if position != expected:
            raise Unsealable(f"the log has no event at position {expected}")
    return [leaf(at, stream, version, topic, bytes(state)) for at, stream, version, topic, state in found]


class Growing:
    """A tree that leaves are added to: of what was there before it knows the complete subtrees' roots only.

    ``leaves`` are those that were added, each behind its position; ``nodes`` those that are kept of what thereby became
    complete, each behind its level and number.
    """

    def __init__(self, size: int, frontier: bytes) -> None:
        self.size = size
        self.frontier = [frontier[start : start + HASH] for start in range(0, len(frontier), HASH)]
        self.leaves: list[tuple[int, bytes]] = []
        self.nodes: list[tuple[int, int, bytes]] = []

    @property
    def root(self) -> bytes:
        """The root over the leaves so far."""
        return joined(self.frontier)

    def add(self, leaves: Sequence[bytes]) -> None:
        """Add leaves on the right, and join level by level what thereby became complete."""
        self.leaves += enumerate(leaves, start=self.size + 1)
        level, number, nodes, alone = 0, self.size, [*leaves], list[bytes]()
        while nodes:
            if level and level % STEP == 0:
                self.nodes += zip(repeat(level), count(number), nodes, strict=False)
            if number & 1:
                nodes.insert(0, self.frontier.pop())
            if len(nodes) & 1:
                alone.append(nodes.pop())
            nodes = [*map(node_hash, nodes[::2], nodes[1::2])]
            level, number = level + 1, number >> 1
        self.frontier += reversed(alone)
        self.size += len(leaves)


_LOCKED_HEAD = Statement(select(TREE_HEAD.c.size, TREE_HEAD.c.frontier).with_for_update())
_NEW_HEAD = Statement(update(TREE_HEAD).values(size=bindparam("size"), frontier=bindparam("frontier")))
_LEAF, _NODE = Insertion(LEAVES), Insertion(TREE_NODES)
_TABLES = {table.name: table for table in (LEAVES, TREE_NODES)}
_EVENTS = Statement(
    select(EVENTS.c.position, EVENTS.c.stream_id, EVENTS.c.version, EVENTS.c.topic, EVENTS.c.state)
    .where(EVENTS.c.position > bindparam("size"))
    .order_by(EVENTS.c.position)
    .limit(bindparam("limit")),
    as_bytes=True,
)
