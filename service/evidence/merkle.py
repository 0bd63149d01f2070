"""The Merkle tree of RFC 9162: hashes, inclusion and consistency proofs, and how to check them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Subtree = Callable[[int, int], bytes]
"""The root over the leaves from one index on and before another; both are given, and there is at least one leaf."""

EMPTY = sha256().digest()
"""The root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """The leaf that stands for an entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """How many of the leaves, two at least, stand on the left: the largest power of two that leaves some over."""
    return 1 << (size - 1).bit_length() - 1


def complete_subtrees(size: int) -> list[tuple[int, int]]:
    """The complete subtrees that a tree of a size consists of, from the left, each as (level, number)."""
    found, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def joined(subtrees: Iterable[bytes]) -> bytes:
    """The root over the complete subtrees of a tree, from the left."""
    root = None
    for subtree in reversed(list(subtrees)):
        root = subtree if root is None else node_hash(subtree, root)
    return EMPTY if root is None else root


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The inclusion proof of the leaf at an index (from 0): the siblings on its path to the root, from the leaf up."""
    if not 0 <= index < size:
        raise ValueError("there is no such leaf in a tree of that size")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split(stop - start)
        if index < middle:
            path.append(subtree(middle, stop))
            stop = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The consistency proof between the trees of two sizes, the old of which has at least one leaf."""
    if not 0 < old <= new:
        raise ValueError("a proof leads from a tree with leaves to one that is as large or larger")
    path: list[bytes] = []
    start, stop = 0, new
    while old != stop:
        middle = start + split(stop - start)
        if old <= middle:
            path.append(subtree(middle, stop))
            stop = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    if start:
        path.append(subtree(start, stop))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows a leaf to be in the tree that has this root."""
    if not 0 <= index < size:
        return False
    node, last = leaf, size - 1
    for beside in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(beside, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether a proof shows that the tree with the one root is the beginning of the tree with the other."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not nodes:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = nodes[0]
    for beside in nodes[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = node_hash(beside, first), node_hash(beside, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, beside)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
