"""The Merkle tree over the log (RFC 9162): its root, and the roots that proofs lead to."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from service.evidence.verifier.verdicts import Altered


class Tree:
    """A Merkle tree that grows on the right and knows its root (RFC 9162)."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaves: Sequence[bytes]) -> None:
        """Add leaves."""
        nodes, left, subtrees = [*leaves], self.size, list[bytes]()
        while nodes:
            if left & 1:
                nodes.insert(0, self._subtrees.pop())
            if len(nodes) & 1:
                subtrees.append(nodes.pop())
            nodes, left = [*map(joined, nodes[::2], nodes[1::2])], left >> 1
        self._subtrees += reversed(subtrees)
        self.size += len(leaves)

    @property
    def root(self) -> bytes:
        """The root over the leaves so far."""
        root = None
        for subtree in reversed(self._subtrees):
            root = subtree if root is None else joined(subtree, root)
        return sha256().digest() if root is None else root


def joined(left: bytes, right: bytes) -> bytes:
    """The node above two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_above(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to from the leaf at an index, from 0 (RFC 9162, 2.1.3)."""
    if not 0 <= index < size or (size == 1) != (not path):
        raise Altered("an inclusion proof is too long or too short")
    if size == 1:
        return leaf
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return joined(root_above(leaf, index, left, path[:-1]), path[-1])
    return joined(path[-1], root_above(leaf, index - left, size - left, path[:-1]))


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves."""
    tree = Tree()
    tree.add(leaves)
    return tree.root


def consistency(old: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    """The consistency proof from the first leaves to all of them (RFC 9162, 2.1.4.1)."""
    if old == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= left:
        return [*consistency(old, leaves[:left], is_whole=is_whole), root_of(leaves[left:])]
    return [*consistency(old - left, leaves[left:], is_whole=False), root_of(leaves[:left])]


def roots_along(old: int, new: int, path: Sequence[bytes], root: bytes, *, is_whole: bool) -> tuple[bytes, bytes]:
    """The roots of two trees that a consistency proof leads to. Raises ValueError where it is too short or too long."""
    if old == new:
        (node,) = [root, *path] if is_whole else path
        return node, node
    *path, beside = path
    left = 1 << (new - 1).bit_length() - 1
    if old <= left:
        one, other = roots_along(old, left, path, root, is_whole=is_whole)
        return one, joined(other, beside)
    one, other = roots_along(old - left, new - left, path, root, is_whole=False)
    return joined(beside, one), joined(beside, other)
