"""Reads roots and proofs of the Merkle tree, at any size it ever had, from stored leaves and nodes."""

from __future__ import annotations

from sqlalchemy import Connection, select

from service.evidence import merkle
from service.evidence.sealer import STEP, TreeAltered, size_of
from service.evidence.tables import LEAVES, TREE_NODES


class StoredTree:
    """The sealed log as a tree, read from one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def size(self) -> int:
        """How many events are sealed."""
        return size_of(self._connection)

    def root(self, size: int) -> bytes:
        """The root of the tree as it was when it had so many leaves."""
        return self._subtree(0, size) if size else merkle.EMPTY

    def frontier(self, size: int) -> list[bytes]:
        """The roots of the complete subtrees that the tree of a size consists of, from the left."""
        return [self._complete(level, number) for level, number in merkle.complete_subtrees(size)]

    def leaf(self, position: int) -> bytes:
        """The leaf of the event at a position."""
        return self._complete(0, position - 1)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The inclusion proof of the event at a position in the tree of a size."""
        return merkle.inclusion_proof(position - 1, size, self._subtree)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between the trees of two sizes."""
        return merkle.consistency_proof(old, new, self._subtree)

    def _subtree(self, start: int, stop: int) -> bytes:
        size = stop - start
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self._complete(level, start >> level)
        middle = start + merkle.split(size)
        return merkle.node_hash(self._subtree(start, middle), self._subtree(middle, stop))

    def _complete(self, level: int, number: int) -> bytes:
        """The root of a complete subtree, from the nodes of the next level below that is kept."""
        above = level % STEP
        nodes = self._kept(level - above, number << above, 1 << above)
        for _ in range(above):
            nodes = [merkle.node_hash(*pair) for pair in zip(nodes[::2], nodes[1::2], strict=True)]
        (root,) = nodes
        return root

    def _kept(self, level: int, number: int, count: int) -> list[bytes]:
        if level == 0:
            column, first, query = LEAVES.c.position, number + 1, select(LEAVES.c.hash)
        else:
            column, first = TREE_NODES.c.number, number
            query = select(TREE_NODES.c.hash).where(TREE_NODES.c.level == level)
        found = self._connection.execute(query.where(column >= first, column < first + count).order_by(column))
        nodes = [bytes(node) for node in found.scalars()]
        if len(nodes) != count:
            raise TreeAltered(f"nodes of level {level} are not there, or too many")
        return nodes
