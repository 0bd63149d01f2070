"""Compares the stored tree with events and with what was signed: neither a root nor a proof is taken from it unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from projections.engine.statements import Statement
from service.evidence.merkle import is_consistent, is_included, joined
from service.evidence.sealer import BATCH, STEP, Growing, TreeAltered, Unsealable, head_of, leaves_behind
from service.evidence.tables import LEAVES, TREE_NODES
from service.evidence.tree import StoredTree
from service.log.history import position_at

Progress = Callable[[int], object]
"""Told how many more events were looked at."""


class SignedTree(NamedTuple):
    """Size and root of a tree that was signed."""

    size: int
    root: bytes


NOTHING = SignedTree(0, joined([]))
"""Where nothing was signed yet."""


class Inclusion(NamedTuple):
    """An event's leaf, the root of a tree that it is in, and the nodes beside the way from the one to the other."""

    leaf: bytes
    root: bytes
    path: list[bytes]


class Consistency(NamedTuple):
    """The roots of two trees, and the nodes that show that the one is the beginning of the other."""

    old_root: bytes
    new_root: bytes
    path: list[bytes]


class CheckedTree:
    """The stored tree, of which nothing is believed that does not fit what was signed.

    Every answer costs what its proof does, and behind what was signed as much as sealing does. `TreeAltered` is raised
    where the tree is not that over the events, `Unsealable` where an event is not the one that was sealed.
    """

    def __init__(self, connection: Connection, signed: SignedTree) -> None:
        self._connection = connection
        self._stored = StoredTree(connection)
        self.signed = signed

    @property
    def size(self) -> int:
        """How many events are sealed."""
        return self._stored.size

    def root(self, size: int) -> bytes:
        """The root of the tree of a size: up to what was signed by a proof, and behind it made from the events."""
        if size > self.signed.size:
            return grown(self._connection, self.signed, size).root
        root = self._stored.root(size)
        path = self._stored.consistency(size, self.signed.size)
        if not is_consistent(size, self.signed.size, path, root, self.signed.root):
            raise TreeAltered(f"a node of the tree over {size} events does not lead to the root that was signed")
        return root

    def inclusion(self, position: int, size: int) -> Inclusion:
        """The inclusion proof of the event at a position in the tree of a size."""
        root, path = self.root(size), self._stored.inclusion(position, size)
        leaf = b"".join(leaves_behind(self._connection, position - 1, 1))
        if not is_included(leaf, position - 1, size, path, root):
            if is_included(self._stored.leaf(position), position - 1, size, path, root):
                raise Unsealable(f"the event at position {position} is not the one that was sealed")
            raise TreeAltered(f"a node beside the way from event {position} does not lead to the root")
        return Inclusion(leaf, root, path)

    def consistency(self, old: int, new: int) -> Consistency:
        """The consistency proof between the trees of two sizes."""
        roots, path = (self.root(old), self.root(new)), self._stored.consistency(old, new)
        if not is_consistent(old, new, path, *roots):
            raise TreeAltered(f"a node between {old} and {new} events does not lead to their roots")
        return Consistency(*roots, path)


def grown(connection: Connection, signed: SignedTree, size: int) -> Growing:
    """The tree of a size, at least that of what was signed: grown from there by the events.

    The complete subtrees' roots that it grows from are those that join to the root that was signed; so nothing that
    contradicts it can come out, whatever leaves, nodes and head say. Costs as much as sealing what came since.
    Raises `TreeAltered` where these say anything else, and `Unsealable` where an event is missing.
    """
    begun = StoredTree(connection).frontier(signed.size)
    if joined(begun) != signed.root:
        raise TreeAltered(f"the nodes over {signed.size} events do not join to the root that was signed")
    if signed.size <= (end := position_at(connection)) < size:
        raise TreeAltered(f"the head has sealed {size} events, and there are {end}")
    growing = Growing(signed.size, b"".join(begun))
    for difference in differences(connection, growing, size):
        raise TreeAltered(difference)
    for difference in head_differences(connection, growing):
        raise TreeAltered(difference)
    return growing


def differences(
    connection: Connection, growing: Growing, size: int, progress: Progress = lambda _: None
) -> Iterator[str]:
    """Where leaves and nodes are others than events make, while a tree grows by these up to a size.

    Raises `Unsealable` where an event is missing.
    """
    while growing.size < size:
        start, most = growing.size, min(BATCH, size - growing.size)
        growing.add(leaves_behind(connection, start, most))
        if growing.size != start + most:
            raise Unsealable(f"the log has no event at position {growing.size + 1}")
        if _leaves(connection, start, growing.size) != growing.leaves:
            kept = dict(_leaves(connection, start, growing.size))
            yield from (f"the leaf of event {at} is another" for at, leaf in growing.leaves if kept.get(at) != leaf)
        for level, group in groupby(growing.nodes, key=itemgetter(0)):
            made = {number: node for _, number, node in group}
            kept = dict(_nodes(connection, level, min(made), max(made)))
            yield from (f"node {at} of level {level} is another" for at, node in made.items() if kept.get(at) != node)
        growing.leaves.clear()
        growing.nodes.clear()
        progress(most)


def head_differences(connection: Connection, growing: Growing) -> Iterator[str]:
    """What the head says otherwise than a tree that was made from events, where it is of that size."""
    size, frontier = head_of(connection)
    if size < growing.size:
        yield f"the head has sealed {size} events, and there are {growing.size} leaves"
    elif size == growing.size and frontier != b"".join(growing.frontier):
        yield f"the head over {size} events does not hold the roots of its subtrees"


def surplus(connection: Connection, size: int) -> Iterator[str]:
    """Leaves and nodes that no tree of a size has; that it has all its own was found before."""
    leaves = connection.execute(select(func.count()).select_from(LEAVES)).scalar_one()
    if leaves > size:
        yield f"there are {leaves - size} leaves of no event"
    nodes = connection.execute(select(func.count()).select_from(TREE_NODES)).scalar_one()
    if nodes > (due := sum(size >> level for level in range(STEP, size.bit_length(), STEP))):
        yield f"there are {nodes - due} nodes over no events"


def _leaves(connection: Connection, start: int, end: int) -> list[tuple[int, bytes]]:
    """The leaves that are stored behind a position and up to another, each behind its position."""
    return [(at, bytes(leaf)) for at, leaf in _LEAVES.tuples(connection, {"start": start, "end": end})]


def _nodes(connection: Connection, level: int, first: int, last: int) -> list[tuple[int, bytes]]:
    """The nodes that are stored of a level from one number to another, each behind its number."""
    found = _NODES.tuples(connection, {"level": level, "first": first, "last": last})
    return [(at, bytes(node)) for at, node in found]


_BETWEEN = LEAVES.c.position > bindparam("start"), LEAVES.c.position <= bindparam("end")
_LEAVES = Statement(select(LEAVES.c.position, LEAVES.c.hash).where(*_BETWEEN).order_by(LEAVES.c.position))
_NODES = Statement(
    select(TREE_NODES.c.number, TREE_NODES.c.hash)
    .where(TREE_NODES.c.level == bindparam("level"))
    .where(TREE_NODES.c.number.between(bindparam("first"), bindparam("last")))
)
