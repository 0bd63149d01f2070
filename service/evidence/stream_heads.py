"""Keeps the sparse Merkle tree over the heads of all streams, whose root every checkpoint names, and proves from it.

The head of a stream is its last version and the position of that event. The tree changes only as a checkpoint is
signed, and begins at what the checkpoint before has signed: whatever was altered meanwhile is noticed on the way.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import Connection, bindparam, delete, func, select, update

from projections.engine.statements import Insertion, Statement, chunks, write
from service.evidence.checkpoints import Checkpoint, last_note
from service.evidence.merkle import EMPTY, node_hash
from service.evidence.sealer import TreeAltered, Unsealable
from service.evidence.tables import STREAM_HEADS
from service.evidence.verifier.stream_heads import Head, head_hash
from service.log.tables import EVENTS

Branch = dict[int, Head | bytes]
"""What stands below a prefix of stream ids, by the next hexadecimal digit: the one stream there, or a hash over all."""

_STREAM = re.compile("[0-9a-f]{32}")
_CHILD, _HEAD = struct.Struct(">B32s"), struct.Struct(">16sQQ")
_IS_HEAD = 16
"""Added to the digit of a child that is the head of a stream."""


@dataclass(frozen=True)
class StreamHeads:
    """The tree as of a size of the log: its root, and what of it is not written yet.

    ``last`` is the note that was the last one when it was read: no other may be when it is written.
    """

    root: bytes
    last: str | None
    branches: Mapping[str, Branch]
    written: frozenset[str]
    is_new: bool

    def write(self, connection: Connection) -> None:
        """Write what has changed; in the transaction that keeps the checkpoint with this root."""
        if self.is_new:
            connection.execute(delete(STREAM_HEADS))
        rows = [{"prefix": prefix, "below": _encoded(branch)} for prefix, branch in self.branches.items()]
        added = [row for row in rows if row["prefix"] not in self.written]
        changed = [row for row in rows if row["prefix"] in self.written]
        write(connection, [some for some in ((_ADD, added), (_CHANGE, changed)) if some[1]])


def heads_at(connection: Connection, before: Checkpoint | None, size: int) -> StreamHeads:
    """The tree as of a size: it goes on where the last note ends or, unless there is one ``before`` in this life, anew.

    Raises `TreeAltered`, or `Unsealable`.
    """
    note = last_note(connection)
    last = Checkpoint.of(note) if note is not None and before is not None else None
    if last is None or last.streams is None:
        return replace(made_anew(connection, size), last=note)
    return replace(continued(connection, last.size, last.streams, size), last=note)


def continued(connection: Connection, since: int, root: bytes, size: int) -> StreamHeads:
    """The tree as of a size, from the stored one, which is as of a size before and must have that root.

    It costs what the streams cost that went on in between, times the depth. Raises `TreeAltered`, or `Unsealable`.
    """
    heads = _heads(connection, since, size)
    branches = _branches(connection, [head.stream for head in heads], root)
    written = frozenset(branches)
    return StreamHeads(grow(branches, heads), None, branches, written, is_new=False)


def made_anew(connection: Connection, size: int) -> StreamHeads:
    """The tree as of a size, from the events alone. Raises `Unsealable`."""
    branches = dict[str, Branch]()
    root = grow(branches, _heads(connection, 0, size))
    return StreamHeads(root, None, branches, frozenset(), is_new=True)


def make_again(connection: Connection, size: int, root: bytes) -> None:
    """Make the stored tree as of a checkpoint again, from the events. Raises `Unsealable` where it has another root."""
    heads = made_anew(connection, size)
    if heads.root != root:
        raise Unsealable("the streams of this log are not those of which a checkpoint was signed")
    heads.write(connection)


def branch_differences(connection: Connection, size: int) -> Iterator[str]:
    """What the stored tree as of a checkpoint says otherwise than the events do. Reads all of both."""
    made = made_anew(connection, size).branches
    kept = {prefix: bytes(below) for prefix, below in connection.execute(select(STREAM_HEADS)).all()}
    for prefix in sorted({*made, *kept}):
        if prefix not in kept or _decoded(prefix, kept[prefix]) != made.get(prefix):
            yield f"branch {prefix!r} of the tree over the heads of streams is another"


def stream_head(connection: Connection, stream: str, root: bytes) -> tuple[Head | None, list[bytes]]:
    """What shows the head of a stream to be in the tree with that root, or that the tree has none.

    Answers the head that stands where the stream would, which is another's or None where the tree has none of it, and
    the hashes beside the way to it, from the root down. Raises `TreeAltered`.
    """
    branches, beside = _branches(connection, [stream], root), list[bytes]()
    for depth in range(len(branches)):
        branch, digit, bit = branches[stream[:depth]], int(stream[depth], 16), 8
        while bit and not _is_end(branch):
            near = {place: child for place, child in branch.items() if not (place ^ digit) & bit}
            beside.append(branch_hash({place: branch[place] for place in branch.keys() - near.keys()}, bit >> 1))
            branch, bit = near, bit >> 1
    (end,) = branch.values() or (None,)
    assert not isinstance(end, bytes)
    return end, beside


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


def _is_end(branch: Branch) -> bool:
    return all(isinstance(child, Head) for child in branch.values()) and len(branch) < 2


def _heads(connection: Connection, since: int, size: int) -> list[Head]:
    """The heads of the streams that went on after one size of the log and up to another, by stream."""
    rows = _MOVED.tuples(connection, {"since": since, "size": size})
    for stream, _, position in rows:
        if not _STREAM.fullmatch(stream):
            raise Unsealable(f"the event at position {position} belongs to no stream")
    return [Head(*row) for row in rows]


def _branches(connection: Connection, streams: Sequence[str], root: bytes) -> dict[str, Branch]:
    """The stored branches on the way to streams, each checked against the hash above it. Raises `TreeAltered`."""
    branches, above, depth = dict[str, Branch](), {"": root}, 0
    while above:
        found = dict(_stored(connection, above))
        for prefix, expected in above.items():
            if prefix not in found or branch_hash(found[prefix]) != expected:
                raise TreeAltered(
                    f"branch {prefix!r} of the tree over the heads of streams is not the one that was signed"
                )
        branches |= found
        above = {
            stream[: depth + 1]: child
            for stream in streams
            if isinstance(child := branches.get(stream[:depth], {}).get(int(stream[depth], 16)), bytes)
        }
        depth += 1
    return branches


def _stored(connection: Connection, prefixes: Iterable[str]) -> Iterator[tuple[str, Branch]]:
    for some in chunks(prefixes):
        rows = connection.execute(select(STREAM_HEADS).where(STREAM_HEADS.c.prefix.in_(some)))
        yield from ((prefix, _decoded(prefix, bytes(below))) for prefix, below in rows)


def _encoded(branch: Branch) -> bytes:
    """A branch as it is stored: 33 bytes for each child, its digit and its hash, or the head that it is."""
    return b"".join(
        _CHILD.pack(digit + _IS_HEAD, _HEAD.pack(bytes.fromhex(child.stream), child.version, child.position))
        if isinstance(child, Head)
        else _CHILD.pack(digit, child)
        for digit, child in branch.items()
    )


def _decoded(prefix: str, stored: bytes) -> Branch:
    """A branch as it was stored. The place of a head is its stream's: hashes do not tell, where it is alone there."""
    whole = stored[: len(stored) // _CHILD.size * _CHILD.size]
    return dict(_child(len(prefix), digit, told) for digit, told in _CHILD.iter_unpack(whole))


def _child(depth: int, digit: int, told: bytes) -> tuple[int, Head | bytes]:
    if digit < _IS_HEAD:
        return digit, told
    stream, version, position = _HEAD.unpack(told)
    return int(stream.hex()[depth], 16), Head(stream.hex(), version, position)


_MOVED = Statement(
    select(EVENTS.c.stream_id, func.max(EVENTS.c.version), func.max(EVENTS.c.position))
    .where(EVENTS.c.position > bindparam("since"), EVENTS.c.position <= bindparam("size"))
    .group_by(EVENTS.c.stream_id)
    .order_by(EVENTS.c.stream_id)
)
_ADD = Insertion(STREAM_HEADS)
_CHANGE = Statement(
    update(STREAM_HEADS).where(STREAM_HEADS.c.prefix == bindparam("prefix")).values(below=bindparam("below"))
)
