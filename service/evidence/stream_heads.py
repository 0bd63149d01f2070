"""Keeps the sparse Merkle tree over the heads of all streams, whose root every checkpoint names, and proves from it.

The head of a stream is its last version and the position of that event. The tree changes only as a checkpoint is
signed, and begins at what the checkpoint before has signed: whatever was altered meanwhile is noticed on the way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import Connection, bindparam, delete, func, select

from projections.engine.statements import Change, Insertion, Statement, chunks, write
from service.evidence.branches import Branch, branch_hash, decoded, encoded, grow, is_end
from service.evidence.checkpoints import Checkpoint, last_note
from service.evidence.sealer import TreeAltered, Unsealable
from service.evidence.set_aside import SetAside
from service.evidence.tables import STREAM_HEADS
from service.evidence.verifier.stream_heads import Head
from service.log.tables import EVENTS

Unwritten = tuple[str, bytes, bool]
"""A branch as it is to be written: its prefix, its encoded children, and whether it is there already."""

AT_ONCE = 20_000
"""Events whose streams are added to the tree together; of more, those streams at a time whose ids begin alike."""

_STREAM = re.compile("[0-9a-f]{32}")
_BEHIND_ALL = "\U0010ffff"


@dataclass(frozen=True)
class StreamHeads:
    """The tree as of a size of the log: its root, and the branches of it that are not written yet.

    ``last`` is the note that was the last one when it was read: no other may be when it is written.
    """

    root: bytes
    last: str | None
    branches: SetAside[Unwritten]
    is_new: bool

    def write(self, connection: Connection) -> None:
        """Write what has changed; in the transaction that keeps the checkpoint with this root."""
        if self.is_new:
            connection.execute(delete(STREAM_HEADS))
        for some in self.branches:
            added = [{"prefix": prefix, "below": below} for prefix, below, is_there in some if not is_there]
            changed = [{"prefix": prefix, "below": below} for prefix, below, is_there in some if is_there]
            write(connection, [each for each in ((_ADD, added), (_CHANGE, changed)) if each[1]])


def heads_at(connection: Connection, before: Checkpoint | None, size: int) -> StreamHeads:
    """The tree as of a size: it goes on from ``before``, this incarnation's last note; anew, where there is none.

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
    return _grown(connection, since, root, size)


def made_anew(connection: Connection, size: int) -> StreamHeads:
    """The tree as of a size, from the events alone. Raises `Unsealable`."""
    return _grown(connection, 0, None, size)


def make_again(connection: Connection, size: int, root: bytes) -> None:
    """Make the stored tree as of a checkpoint again, from the events. Raises `Unsealable` where it has another root."""
    heads = made_anew(connection, size)
    if heads.root != root:
        raise Unsealable("the streams of this log are not those of which a checkpoint was signed")
    heads.write(connection)


def branch_differences(connection: Connection, size: int) -> Iterator[str]:
    """What the stored tree as of a checkpoint says otherwise than the events do. Reads all of both."""
    made = 0
    for some in made_anew(connection, size).branches:
        kept = dict(_stored(connection, (prefix for prefix, _, _ in some)))
        for prefix, below, _ in some:
            if kept.get(prefix) != decoded(prefix, below):
                yield f"branch {prefix!r} of the tree over the heads of streams is another"
        made += len(some)
    stored: int = connection.execute(select(func.count()).select_from(STREAM_HEADS)).scalar_one()
    if stored > made:
        yield f"the tree over the heads of streams has {stored - made} branches over no streams"


def stream_head(connection: Connection, stream: str, root: bytes) -> tuple[Head | None, list[bytes]]:
    """What shows the head of a stream to be in the tree with that root, or that the tree has none.

    Answers the head that stands where the stream would, which is another's or None where the tree has none of it, and
    the hashes beside the way to it, from the root down. Raises `TreeAltered`.
    """
    branches, beside = _branches(connection, [stream], root), list[bytes]()
    for depth in range(len(branches)):
        branch, digit, bit = branches[stream[:depth]], int(stream[depth], 16), 8
        while bit and not is_end(branch):
            near = {place: child for place, child in branch.items() if not (place ^ digit) & bit}
            beside.append(branch_hash({place: branch[place] for place in branch.keys() - near.keys()}, bit >> 1))
            branch, bit = near, bit >> 1
    (end,) = branch.values() or (None,)
    assert not isinstance(end, bytes)
    return end, beside


def _grown(connection: Connection, since: int, root: bytes | None, size: int) -> StreamHeads:
    """The tree as of a size, grown from the stored one as of a size before, which must have that root, or from nothing.

    Where many streams went on in between, those are added together whose ids begin alike: such parts of the tree have
    nothing in common but the few branches above them, and what is below them need not be remembered.
    """
    digits = _digits(size - since)
    moved, bounds = (
        _MOVED if digits == 0 else _MOVED_BETWEEN,
        [f"{number:0{digits}x}" for number in range(1, 16**digits)],
    )
    above, above_there, set_aside = dict[str, Branch](), set[str](), SetAside[Unwritten]()
    for first, behind in pairwise(["", *bounds, _BEHIND_ALL]):
        rows = moved.tuples(connection, {"since": since, "size": size, "first": first, "behind": behind})
        heads = [_head(*row) for row in rows]
        there = {} if root is None else _branches(connection, [head.stream for head in heads], root)
        branches = there | above
        whole = grow(branches, heads)
        above = {prefix: branches.pop(prefix) for prefix in [*branches] if len(prefix) < digits}
        above_there |= there.keys() & above.keys()
        set_aside.add(_unwritten(branches, there))
    set_aside.add(_unwritten(above, above_there))
    return StreamHeads(whole, None, set_aside, is_new=root is None)


def _digits(events: int) -> int:
    """By how many digits the ids of streams begin alike that are added together, of so many events."""
    digits = 0
    while events >> 4 * digits > AT_ONCE:
        digits += 1
    return digits


def _head(stream: str, version: int, position: int) -> Head:
    if not _STREAM.fullmatch(stream):
        raise Unsealable(f"the event at position {position} belongs to no stream")
    return Head(stream, version, position)


def _unwritten(branches: Mapping[str, Branch], there: Collection[str]) -> list[Unwritten]:
    return [(prefix, encoded(branch), prefix in there) for prefix, branch in branches.items()]


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
        yield from ((prefix, decoded(prefix, bytes(below))) for prefix, below in rows)


_HEADS = (
    select(EVENTS.c.stream_id, func.max(EVENTS.c.version), func.max(EVENTS.c.position))
    .where(EVENTS.c.position > bindparam("since"), EVENTS.c.position <= bindparam("size"))
    .group_by(EVENTS.c.stream_id)
    .order_by(EVENTS.c.stream_id)
)
_MOVED = Statement(_HEADS)
_MOVED_BETWEEN = Statement(
    _HEADS.where(EVENTS.c.stream_id >= bindparam("first"), EVENTS.c.stream_id < bindparam("behind"))
)
_ADD = Insertion(STREAM_HEADS)
_CHANGE = Change(STREAM_HEADS, "below")
