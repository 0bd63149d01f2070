"""Checkpoints: the size and root of the tree over the log, which others keep once they are signed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from projections.engine.rows import Row
from service.evidence.sealer import Growing, TreeAltered, Unsealable
from service.evidence.signed_notes import BrokenNote, Verifier, is_signed_by, opened
from service.evidence.tables import CHECKPOINTS, INCARNATIONS
from service.evidence.tree import StoredTree
from service.evidence.tree_check import SignedTree, differences
from service.evidence.verifier.encoding import number_in, unwritten
from service.obstacles import Alarm


class NotTheSameLog(Alarm):
    """The log is not the one of which a checkpoint was signed before; the message says what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"a checkpoint of {what}; where it was restored from a backup, or begun anew, on purpose, "
            '"leadledger audit incarnation" lets a new incarnation of it begin, and the service must be started again'
        )


class LogTooShort(NotTheSameLog):
    """A checkpoint was signed before of more events than there are leaves."""

    def __init__(self, signed: SignedTree, size: int) -> None:
        super().__init__(f"{signed.size} events was signed before, and this log has {size}")


class OtherEvents(NotTheSameLog):
    """A checkpoint was signed before of other leaves; whether of other events, the events themselves have to tell."""

    def __init__(self, signed: SignedTree) -> None:
        super().__init__(f"{signed.size} events was signed before, and this log has others")
        self.signed = signed

    def told_by_events(self, connection: Connection) -> Alarm:
        """This, or `TreeAltered` where it is the tree only that was altered. Reads all events that were signed."""
        growing = Growing(0, b"")
        try:
            for _ in differences(connection, growing, self.signed.size):
                pass
        except Unsealable as unsealable:
            return unsealable
        if growing.root == self.signed.root:
            return TreeAltered(f"leaves or nodes do not lead to what was signed of {self.signed.size} events")
        return self


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: which log, how large, and the root over its leaves.

    ``lines`` are the values of the lines below, by name: see `service.evidence.note_lines`. Older ones have fewer.
    Each number and root is written in the one way that verifiers take. Raises ValueError where a line has another.
    """

    origin: str
    size: int
    root: bytes
    lines: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _ = self.accesses, self.time, self.streams

    @property
    def tree(self) -> SignedTree:
        """The tree that was signed."""
        return SignedTree(self.size, self.root)

    @property
    def accesses(self) -> int:
        """How many access records it seals."""
        return number_in(self.lines["access"].split(" ")[0]) if "access" in self.lines else 0

    @property
    def time(self) -> int | None:
        """When it was signed, in seconds since 1970, where it says so."""
        return number_in(self.lines["time"]) if "time" in self.lines else None

    @property
    def streams(self) -> bytes | None:
        """The root over the heads of all streams, where it says so: see `service.evidence.stream_heads`."""
        return unwritten(self.lines["streams"]) if "streams" in self.lines else None

    def __str__(self) -> str:
        lines = (f"{name} {value}" for name, value in self.lines.items())
        return "".join(f"{line}\n" for line in [self.origin, str(self.size), b64encode(self.root).decode(), *lines])

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """A checkpoint's text, without its signatures. Raises `BrokenNote`."""
        try:
            origin, size, root, *lines = text.removesuffix("\n").split("\n")
            told = {name: value for name, _, value in (line.partition(" ") for line in lines)}
            return cls(origin, number_in(size), unwritten(root), told)
        except ValueError:
            raise BrokenNote("this is a signed note, but no checkpoint") from None

    @classmethod
    def of(cls, note: str) -> Checkpoint:
        """What a note says whose signature was checked before, or is checked later. Raises `BrokenNote`."""
        return cls.parse(note.partition("\n\n")[0])


def is_since(checkpoint: Checkpoint | None, moment: datetime | None) -> bool:
    """Whether a checkpoint was signed since a moment, as far as there are both."""
    return checkpoint is None or moment is None or (checkpoint.time or 0) >= moment.timestamp()


@dataclass(frozen=True)
class LogOrigin:
    """The first line of a checkpoint (C2SP: its origin), ``host/instance/incarnation``.

    ``name`` is what stands before the last slash, the name under which the log's keys sign; ``number`` the incarnation.
    """

    name: str
    number: int

    @property
    def instance(self) -> str:
        """What tells one log from another, whatever its host is called."""
        return self.name.rpartition("/")[2]

    @classmethod
    def of(cls, note: str) -> LogOrigin:
        """The first line of a note, before its signature is checked. Raises `BrokenNote`."""
        name, _, number = note.partition("\n")[0].rpartition("/")
        if not name:
            raise BrokenNote("its first line names no log")
        try:
            return cls(name, number_in(number))
        except ValueError:
            raise BrokenNote("its first line names no incarnation of a log") from None


@dataclass(frozen=True)
class Restart:
    """An incarnation of the log that began with a restore, and the size that had been signed last before.

    The backup's last checkpoint proves so many of its events; ``other`` is what was signed last, where that is of
    another incarnation of the log, and of other events.
    """

    number: int
    signed: int
    proved: int
    other: Checkpoint | None


def of_this_incarnation(present: Row | None, note: str, keys: Iterable[bytes]) -> Checkpoint | None:
    """What a note says where it is of the present incarnation of the log; None where it is of one that has ended.

    Raises `NotTheSameLog` where it is of another log, and `BrokenNote` where none of the public keys has signed it.
    """
    origin = LogOrigin.of(note)
    if present is not None:
        if note == present["last_note"]:
            return None
        if origin.instance == present["instance"] and origin.number < present["number"]:
            return None
    signed = Checkpoint.parse(opened(note, [Verifier(origin.name, key) for key in keys]))
    if present is None or origin.instance != present["instance"] or origin.number != present["number"]:
        raise NotTheSameLog(f"{signed.size} events of {signed.origin} was signed before, not of this log")
    return signed


def check_fits(connection: Connection, signed: SignedTree) -> None:
    """Raise `NotTheSameLog` unless the sealed log continues the one of which a tree was signed."""
    tree = StoredTree(connection)
    if tree.size < signed.size:
        raise LogTooShort(signed, tree.size)
    try:
        root = tree.root(signed.size)
    except TreeAltered:
        raise OtherEvents(signed) from None
    if root != signed.root:
        raise OtherEvents(signed)


def latest(*notes: str | None) -> str | None:
    """Of the notes that there are, the one of the latest incarnation of the log, and there of the most events."""
    there = [note for note in notes if note is not None]
    return max(there, key=lambda note: (LogOrigin.of(note).number, Checkpoint.of(note).size), default=None)


def last_note(connection: Connection) -> str | None:
    """The note of the checkpoint that was signed last."""
    query = select(CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.number.desc()).limit(1)
    note: str | None = connection.execute(query).scalar()
    return note


def notes_of_size(connection: Connection, size: int) -> Sequence[str]:
    """The notes that are kept of checkpoints of a size, the newest first; whether they are genuine is not looked at."""
    query = select(CHECKPOINTS.c.note).where(CHECKPOINTS.c.size == size).order_by(CHECKPOINTS.c.number.desc())
    return connection.execute(query).scalars().all()


def checkpoints(connection: Connection, *, before: int | None, limit: int) -> list[Row]:
    """Checkpoints that were signed, the newest first, and one more than the limit; nothing of them is checked."""
    query = select(CHECKPOINTS).order_by(CHECKPOINTS.c.number.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(CHECKPOINTS.c.number < before)
    return [dict(row) for row in connection.execute(query).mappings()]


def is_of_log(note: str, keys: Iterable[bytes]) -> bool:
    """Whether one of a log's public keys has signed a note, whatever its host was called."""
    try:
        name = LogOrigin.of(note).name
        return any(is_signed_by(note, Verifier(name, key)) for key in keys)
    except BrokenNote:
        return False


def present_incarnation(connection: Connection) -> Row | None:
    """The present incarnation of the log; None where nothing was signed yet."""
    found = connection.execute(select(INCARNATIONS).order_by(INCARNATIONS.c.number.desc()).limit(1)).mappings().first()
    return None if found is None else dict(found)
