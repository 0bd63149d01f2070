"""Lines that a checkpoint's note tells below its size and root, each a name and a value (C2SP: extension lines)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from service.evidence.checkpoints import Checkpoint, last_note, present_incarnation
from service.evidence.signed_notes import Signer
from service.evidence.stream_heads import StreamHeads, heads_at
from service.evidence.tables import ACCESS_RECORDS


@dataclass(frozen=True)
class Signing:
    """A checkpoint that is about to be signed: of how many events, when, by whom, in which transaction.

    ``last`` is the one before it in this incarnation of the log, where there is one, and ``heads`` is the tree over the
    heads of streams, as it was made outside of the transaction: it takes a while.
    """

    connection: Connection
    size: int
    at: datetime
    signers: Sequence[Signer]
    last: Checkpoint | None
    heads: StreamHeads


def lines_of(signing: Signing) -> dict[str, str]:
    """The lines that the note tells, by name: of each maker in `LINES` what it answers, in their order."""
    made = {name: make(signing) for name, make in LINES.items()}
    return {name: value for name, value in made.items() if value is not None}


def _time(signing: Signing) -> str:
    """When it is signed, in seconds since 1970; never earlier than the checkpoint before."""
    before = signing.last.time if signing.last is not None else None
    return str(max(int(signing.at.timestamp()), before or 0))


def _access(signing: Signing) -> str | None:
    """The number of access records and the hash of the last, which covers all."""
    query = select(ACCESS_RECORDS.c.number, ACCESS_RECORDS.c.hash).order_by(ACCESS_RECORDS.c.number.desc()).limit(1)
    last = signing.connection.execute(query).first()
    return None if last is None else f"{last.number} {b64encode(bytes(last.hash)).decode()}"


def _streams(signing: Signing) -> str:
    """The root over the heads of all streams, whose tree is written along."""
    heads = signing.heads
    if heads.last != last_note(signing.connection):  # somebody else has signed meanwhile
        heads = heads_at(signing.connection, signing.last, signing.size)
    heads.write(signing.connection)
    return b64encode(heads.root).decode()


def _follows(signing: Signing) -> str | None:
    """The last checkpoint of the incarnation before, as it was known when this one began: its origin, size and root.

    The first checkpoint of an incarnation reads that in the database, each later one in the one before it.
    """
    if signing.last is not None:
        return signing.last.lines.get("follows")
    incarnation = present_incarnation(signing.connection)
    if incarnation is None or incarnation["last_note"] is None:
        return None
    ended = Checkpoint.of(incarnation["last_note"])
    return f"{ended.origin} {ended.size} {b64encode(ended.root).decode()}"


def _next_key(signing: Signing) -> str | None:
    """The key that is to follow, while both sign: whoever trusts the one learns of the other by what it signs."""
    return str(signing.signers[1].verifier) if len(signing.signers) > 1 else None


LINES: Mapping[str, Callable[[Signing], str | None]] = {
    "time": _time,
    "access": _access,
    "streams": _streams,
    "follows": _follows,
    "next-key": _next_key,
}
"""Who makes which line: its value in one line of text, or None where there is nothing to tell.

Names are never given a second meaning: readers skip those that they do not know, and notes are kept for ever."""
