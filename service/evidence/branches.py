"""The branches of the sparse Merkle tree over the heads of streams: how heads are added, and how they are stored."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import groupby

from service.evidence.merkle import EMPTY, node_hash
from service.evidence.verifier.stream_heads import Head, head_hash

Branch = dict[int, Head | bytes]
"""What stands below a prefix of stream ids, by the next hexadecimal digit: the one stream there, or a hash over all."""

_CHILD, _HEAD = struct.Struct(">B32s"), struct.Struct(">16sQQ")
_IS_HEAD = 16
"""Added to the digit of a child that is the head of a stream."""


def branch_hash(branch: Branch, bit: int = 8) -> bytes:
    """The root of a sparse Merkle tree over the heads of streams, or of a subtree of it.

    A subtree without streams has the hash of nothing, one with a single stream is that one's leaf, and any other is
    the node above two: of the streams whose next bit is 0, and of those whose is 1.
    """
    if not branch:
        return EMPTY
    if len(branch) == 1:
        (child,) = branch.values()
        if isinstance(child, Head):
            return head_hash(child)
        if not bit:
            return child
    left = {digit: child for digit, child in branch.items() if not digit & bit}
    right = {digit: child for digit, child in branch.items() if digit & bit}
    return node_hash(branch_hash(left, bit >> 1), branch_hash(right, bit >> 1))


def grow(branches: dict[str, Branch], heads: Sequence[Head], prefix: str = "") -> bytes:
    """Add heads, in the order of their streams, to the tree, or put them in the place of older ones; answers its root.

    ``branches`` are those of the tree by the prefix of stream ids that they stand for; of all there are, at least those
    on the way to each of the streams.
    """
    branch = branches.setdefault(prefix, {})
    for digit, group in groupby(heads, key=lambda head: int(head.stream[len(prefix)], 16)):
        below, there = list(group), branch.get(digit)
        if isinstance(there, Head) and all(head.stream != there.stream for head in below):
            below = sorted([there, *below])
        if len(below) > 1 or isinstance(there, bytes):
            branch[digit] = grow(branches, below, f"{prefix}{digit:x}")
        else:
            (branch[digit],) = below
    return branch_hash(branch)


def is_end(branch: Branch) -> bool:
    """Whether nothing branches there any more: no stream, or a single one."""
    return all(isinstance(child, Head) for child in branch.values()) and len(branch) < 2


def encoded(branch: Branch) -> bytes:
    """A branch as it is stored: 33 bytes for each child, its digit and its hash, or the head that it is."""
    return b"".join(
        _CHILD.pack(digit + _IS_HEAD, _HEAD.pack(bytes.fromhex(child.stream), child.version, child.position))
        if isinstance(child, Head)
        else _CHILD.pack(digit, child)
        for digit, child in branch.items()
    )


def decoded(prefix: str, stored: bytes) -> Branch:
    """A branch as it was stored. The place of a head is its stream's: hashes do not tell, where it is alone there."""
    whole = stored[: len(stored) // _CHILD.size * _CHILD.size]
    return dict(_child(len(prefix), digit, told) for digit, told in _CHILD.iter_unpack(whole))


def _child(depth: int, digit: int, told: bytes) -> tuple[int, Head | bytes]:
    if digit < _IS_HEAD:
        return digit, told
    stream, version, position = _HEAD.unpack(told)
    return int(stream.hex()[depth], 16), Head(stream.hex(), version, position)
