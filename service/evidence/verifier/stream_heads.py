"""The sparse Merkle tree over the last version of each stream, and proofs from it."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from service.evidence.verifier.encoding import in_base64
from service.evidence.verifier.events import Entry
from service.evidence.verifier.merkle import joined
from service.evidence.verifier.notes import Checkpoint
from service.evidence.verifier.verdicts import Altered

HEAD_VERSION = b"leadledger-stream-head/v1\n"

_STREAM, _STREAM_BITS = re.compile("[0-9a-f]{32}"), 128


class Head(NamedTuple):
    """How far a stream had come: its last version, and the position of that event."""

    stream: str
    version: int
    position: int


def head_hash(head: Head) -> bytes:
    """The leaf that stands for the head of a stream."""
    stream = head.stream.encode()
    told = struct.pack(">I", len(stream)) + stream + struct.pack(">QQ", head.version, head.position)
    return sha256(b"\x00" + HEAD_VERSION + told).digest()


class Streams:
    """The heads of all streams as events are added, in a sparse Merkle tree.

    A subtree without streams has the hash of nothing, one with a single stream is that one's leaf, and any other is
    the node above two: of the streams whose next bit is 0, and of those whose is 1. Such a node is a list of the two
    and of its hash, which is empty until it is asked for.
    """

    def __init__(self) -> None:
        self._top: Any = None
        self._moved = dict[str, Head]()

    def add(self, entry: Entry) -> None:
        """Add the next event of the log."""
        self._moved[entry.stream] = Head(entry.stream, entry.version, entry.position)

    def check(self, checkpoint: Checkpoint) -> None:
        """Raise `Altered` where a checkpoint of the events so far names other heads; older ones name none."""
        if "streams" in checkpoint.lines and in_base64(self.root()).decode() != checkpoint.lines["streams"]:
            raise Altered(f"the checkpoint of {checkpoint.size} events names other heads of streams than they have")

    def root(self) -> bytes:
        """The root over the heads. Raises `Altered` where an event belongs to no stream."""
        for head in self._moved.values():
            if not _STREAM.fullmatch(head.stream):
                raise Altered(f"{head.stream!r} names no stream", head.position)
            self._top = self._with(self._top, head, int(head.stream, 16), _STREAM_BITS)
        self._moved.clear()
        return self._hash(self._top)

    def _with(self, node: Any, head: Head, way: int, left: int) -> Any:
        if node is None or (isinstance(node, Head) and node.stream == head.stream):
            return head
        if isinstance(node, Head):
            node = self._with([None, None, b""], node, int(node.stream, 16), left)
        side = way >> left - 1 & 1
        node[side] = self._with(node[side], head, way, left - 1)
        node[2] = b""
        return node

    def _hash(self, node: Any) -> bytes:
        if node is None:
            return sha256().digest()
        if isinstance(node, Head):
            return head_hash(node)
        if not node[2]:
            node[2] = joined(self._hash(node[0]), self._hash(node[1]))
        hashed: bytes = node[2]
        return hashed


def proven_head(stream: str, end: Head | None, beside: Sequence[bytes], root: bytes) -> Head | None:
    """The head of a stream in the tree with that root, None where it has none; raises `Altered` where nothing shows it.

    ``end`` is what stands at the end of the way that the stream's bits lead, from the root down, and ``beside`` are
    the hashes beside that way. Where it is another stream's head, the way must be its way, too.
    """
    way, left = int(stream, 16), _STREAM_BITS - len(beside)
    if left < 0 or (end is not None and (int(end.stream, 16) ^ way) >> left):
        raise Altered(f"the way to the head of stream {stream} leads elsewhere")
    node = sha256().digest() if end is None else head_hash(end)
    for place, other in enumerate(reversed(beside), start=left):
        node = joined(other, node) if way >> place & 1 else joined(node, other)
    if node != root:
        raise Altered(f"the head of stream {stream} is not the one that a checkpoint seals")
    return end if end is not None and end.stream == stream else None
