"""The last version of each stream and the sparse Merkle tree over them, and proofs from it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from service.evidence.verifier.encoding import in_base64
from service.evidence.verifier.events import Values
from service.evidence.verifier.kept import Kept
from service.evidence.verifier.merkle import joined
from service.evidence.verifier.verdicts import Altered

HEAD_VERSION = b"leadledger-stream-head/v1\n"
NO_STREAMS = sha256().digest()
"""The hash of a subtree without streams."""

_VERSION_BITS = 32
"""A head is kept as one number, its position above these bits of its version: a pair takes three times the memory."""

_VERSION_MASK = (1 << _VERSION_BITS) - 1

_STREAM, _STREAM_BITS = re.compile("[0-9a-f]{32}"), 128
_HEAD_START = b"\x00" + HEAD_VERSION
_LENGTH, _HEAD_PLACE = struct.Struct(">I").pack, struct.Struct(">QQ").pack
_WHOLE_NAME = _HEAD_START + _LENGTH(_STREAM_BITS // 4)
_DIGITS = 4
_TOP_BITS = 4 * _DIGITS
_NEAR = 16
"""Of streams that begin by the same four digits the hashes are made again together, of the tree above they are kept."""


class Head(NamedTuple):
    """How far a stream had come: its last version, and the position of that event."""

    stream: str
    version: int
    position: int


def head_hash(head: tuple[str, int, int]) -> bytes:
    """The leaf that stands for the head of a stream: its name, its last version and the position of that."""
    name, version, position = head
    stream = name.encode()
    return sha256(_HEAD_START + _LENGTH(len(stream)) + stream + _HEAD_PLACE(version, position)).digest()


def _way_and_leaf(kept: tuple[str, int]) -> tuple[int, bytes]:
    """The way to a stream, and the leaf of its head; its name has as many digits as those of all streams."""
    stream, head = kept
    place = _HEAD_PLACE(head & _VERSION_MASK, head >> _VERSION_BITS)
    return int(stream, 16), sha256(_WHOLE_NAME + stream.encode() + place).digest()


_Subtree = tuple[bytes, int]
"""A subtree of the tree over heads: its hash, and how many streams are in it."""


class Streams:
    """How far each stream has come as events are added, and the sparse Merkle tree over that.

    A subtree without streams has the hash of nothing, one with a single stream is that one's leaf, and any other is
    the node above two: of the streams whose next bit is 0, and of those whose is 1.
    """

    def __init__(self) -> None:
        self._heads = Kept[int](int, int)
        self._moved = set[str]()
        self._strange: Head | None = None
        self._nodes: list[_Subtree] = [(NO_STREAMS, 0)] * (2 << _TOP_BITS)
        """The upper part of the tree, node 1 at its top and 2n and 2n+1 below n."""

    def add(self, entries: Sequence[Values]) -> None:
        """Add the next events of the log. Raises `Altered` where one does not follow the one before in its stream."""
        streams = {entry[1] for entry in entries}
        heads = self._heads.meet(streams)
        for position, stream, version, _, _, previous in entries:
            before = heads.get(stream, 0) & _VERSION_MASK
            if type(version) is not int or version != before + 1:
                raise Altered(f"version {version} of stream {stream} does not follow the one before", position)
            if previous != (before or None):
                raise Altered("the event names another version before it than there is", position)
            if not (before or self._strange or _STREAM.fullmatch(stream)):
                self._strange = Head(stream, version, position)
            heads[stream] = position << _VERSION_BITS | version
        self._moved |= {stream[:_DIGITS] for stream in streams}

    def check(self, size: int, told: str) -> None:
        """Raise `Altered` where a checkpoint of the events so far tells another root over their heads, in base64."""
        if in_base64(self.root()).decode() != told:
            raise Altered(f"the checkpoint of {size} events names other heads of streams than they have")

    def root(self) -> bytes:
        """The root over the heads. Raises `Altered` where an event belongs to no stream."""
        if self._strange is not None:
            raise Altered(f"{self._strange.stream!r} names no stream", self._strange.position)
        moved, nodes = set[int](), self._nodes
        for beginning, leaves in self._leaves_again() if self._moved else ():
            node = (1 << _TOP_BITS) + int(beginning, 16)
            nodes[node] = leaves[0][1] if len(leaves) == 1 else _root_over(leaves, _TOP_BITS), len(leaves)
            moved.add(node >> 1)
        while moved := moved - {0}:
            for node in moved:
                nodes[node] = _above(nodes[2 * node], nodes[2 * node + 1])
            moved = {node >> 1 for node in moved}
        self._moved.clear()
        return nodes[1][0]

    def close(self) -> None:
        """Be done with it."""
        self._heads.close()

    def _leaves_again(self) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
        """Of each beginning by which a stream has moved, the ways to all such streams, in order, and their leaves."""
        for first, last in _runs(sorted(int(beginning, 16) for beginning in self._moved)):
            rows = self._heads.between(f"{first:0{_DIGITS}x}", f"{last:0{_DIGITS}x}g")
            for beginning, some in groupby(rows, key=lambda row: row[0][:_DIGITS]):
                if beginning in self._moved:
                    yield beginning, [*map(_way_and_leaf, some)]


def _above(left: _Subtree, right: _Subtree) -> _Subtree:
    """The subtree above two."""
    if (count := left[1] + right[1]) > 1:
        return sha256(b"\x01" + left[0] + right[0]).digest(), count
    return left if left[1] else right


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of numbers, in order, that are near each other."""
    first = last = numbers[0]
    for number in numbers:
        if number - last > _NEAR:
            yield first, last
            first = number
        last = number
    yield first, last


def _root_over(leaves: Sequence[tuple[int, bytes]], depth: int) -> bytes:
    """The root over the leaves of streams, in the order of their ways, at a depth above which all go the same way.

    A subtree waits, with the depth at which it and the next one part, until one comes that parts from both above that.
    """
    waiting = list[tuple[int, _Part]]()
    last = *leaves[0], _STREAM_BITS
    for way, leaf in leaves[1:]:
        parts = _STREAM_BITS - (way ^ last[0]).bit_length()
        while waiting and waiting[-1][0] > parts:
            last = _joined_at(*waiting.pop(), last)
        waiting.append((parts, last))
        last = way, leaf, _STREAM_BITS
    while waiting:
        last = _joined_at(*waiting.pop(), last)
    return _lifted(last, depth)


_Part = tuple[int, bytes, int]
"""A subtree: the way to one of its streams, its hash, and the depth of the node above all of them; a leaf has none."""


def _joined_at(depth: int, left: _Part, right: _Part) -> _Part:
    return left[0], joined(_lifted(left, depth + 1), _lifted(right, depth + 1)), depth


def _lifted(part: _Part, depth: int) -> bytes:
    """The hash of a subtree with nothing beside it, as seen from a depth further up; a leaf stands at any depth."""
    way, node, below = part
    if below < _STREAM_BITS:
        for bit in range(_STREAM_BITS - below, _STREAM_BITS - depth):
            node = joined(NO_STREAMS, node) if way >> bit & 1 else joined(node, NO_STREAMS)
    return node


def proven_head(stream: str, end: Head | None, beside: Sequence[bytes], root: bytes) -> Head | None:
    """The head of a stream in the tree with that root, None where it has none; raises `Altered` where nothing shows it.

    ``end`` is what stands at the end of the way that the stream's bits lead, from the root down, and ``beside`` are
    the hashes beside that way. Where it is another stream's head, the way must be its way, too.
    """
    way, left = int(stream, 16), _STREAM_BITS - len(beside)
    if left < 0 or (end is not None and (int(end.stream, 16) ^ way) >> left):
        raise Altered(f"the way to the head of stream {stream} leads elsewhere")
    node = NO_STREAMS if end is None else head_hash(end)
    for place, other in enumerate(reversed(beside), start=left):
        node = joined(other, node) if way >> place & 1 else joined(node, other)
    if node != root:
        raise Altered(f"the head of stream {stream} is not the one that a checkpoint seals")
    return end if end is not None and end.stream == stream else None
