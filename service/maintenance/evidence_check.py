"""Compares all that the database tells about the log with the log: tree, heads, checkpoints, incarnations and so on."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from aggregates.identity import stream_id
from projections.engine.statements import at_one_moment
from projections.engine.tables import read_models
from projections.kinds import KINDS
from service.clock import AHEAD
from service.evidence.checkpoints import Checkpoint, is_of_log
from service.evidence.reseal import tree_differences
from service.evidence.signed_notes import BrokenNote
from service.evidence.tables import ACCESS_RECORDS, CHECKPOINTS, INCARNATIONS, evidence_tables
from service.evidence.tree_check import Progress
from service.evidence.verifier.access import access_hash
from service.evidence.verifier.incarnations import Begun, misnamed
from service.evidence.verifier.notes import Incarnation, incarnation_of
from service.ledger.ledger import Ledger
from service.log.guards import guard_differences
from service.log.head import head_differences
from service.log.tables import EVENTS, LOG_HEAD, STREAM_KEYS, log_tables
from service.privacy.erasure_state import erasure_differences, erasure_tables
from service.privacy.hand_over import readable_again

READ_AT_ONCE = 1000

TABLES = {name for of in (log_tables, evidence_tables, erasure_tables, read_models) for name in of.tables}
"""The names of all tables of ours, whose triggers and rules are looked at."""

LATE = AHEAD.total_seconds()
"""By how many seconds clocks may differ."""


def evidence_differences(ledger: Ledger, progress: Progress) -> Iterator[str]:
    """What the database says otherwise than the events, and the checkpoints that are kept beside the signing key.

    Reads all of both, as they were at one moment: a service may go on beside it. Raises an `Obstacle` where the events
    are not those that were signed.
    """
    kept = ledger.notary.kept()
    notes = {str(checkpoint) for checkpoint in kept}
    keys = [verifier.public for verifier in ledger.notary.verifiers()] if kept else []
    with ledger.reading() as reading, at_one_moment(reading, EVENTS):
        connection = reading.connection
        yield from tree_differences(connection, kept, progress)
        yield from head_differences(connection)
        yield from _numbers_given_out(connection)
        yield from _checkpoints(connection, notes, keys)
        yield from _incarnations(connection, kept)
        yield from _accesses(connection, {checkpoint.lines.get("access", "") for checkpoint in kept})
        yield from _keys_of_no_event(connection)
        yield from erasure_differences(connection)


def differences_beside(ledger: Ledger) -> Iterator[str]:
    """What is wrong though all that is told of the log may be right: triggers and rules, and who can be read again.

    Raises `UnusableKey`.
    """
    with ledger.database.reading() as connection:
        yield from guard_differences(connection, TABLES)
    yield from readable_again(ledger)


def _numbers_given_out(connection: Connection) -> Iterator[str]:
    """Ids that would be given out again, and such as never were: by the streams of the next ones and the last ones."""
    told = connection.execute(select(LOG_HEAD.c.numbers)).scalar() or "{}"
    try:
        numbers = {kind: int(last) for kind, last in json.loads(told).items()}
    except (AttributeError, TypeError, ValueError):
        yield "the log's head does not say which numbers were given out"
        return
    for kind in sorted({*numbers, *KINDS}):
        last = numbers.get(kind, 0)
        if _is_there(connection, kind, last + 1):
            yield f"the log's head says that {kind} {last + 1} comes next, which there is already"
        elif _is_there(connection, kind, 1) and not _is_there(connection, kind, last):
            yield f"the log's head says that {kind} {last} was given out, which there is not"


def _is_there(connection: Connection, kind: str, number: int) -> bool:
    there = select(EVENTS.c.position).where(EVENTS.c.stream_id == stream_id(kind, number).hex).limit(1)
    return connection.execute(there).first() is not None


def _checkpoints(connection: Connection, kept: set[str], keys: list[bytes]) -> Iterator[str]:
    """Rows whose columns, or signatures in the present incarnation, are not those of their note; a missing one."""
    before: tuple[int, int] = (0, 0)
    present = connection.execute(select(func.max(INCARNATIONS.c.number))).scalar() or 0
    for expected, row in enumerate(_rows(connection, CHECKPOINTS), start=1):
        try:
            checkpoint = Checkpoint.of(row.note)
            incarnation = incarnation_of(checkpoint.origin)
            signed_at = int(datetime.fromisoformat(row.signed_at).timestamp())
        except (BrokenNote, ValueError):
            yield f"checkpoint {row.number} is none, or has no time"
            continue
        if (row.number, row.incarnation, row.size) != (expected, incarnation.number, checkpoint.size):
            yield f"checkpoint {row.number} stands beside another number, incarnation or size than its note tells"
        if incarnation.number == present and not is_of_log(row.note, keys):
            yield f"checkpoint {row.number} is not signed by a key of this log"
        last = before[1] if before[0] == incarnation.number else 0
        if checkpoint.time is not None and checkpoint.time != max(signed_at, last):
            yield f"checkpoint {row.number} was signed at another time than stands beside it"
        before = incarnation.number, checkpoint.time or last
        kept.discard(str(checkpoint))
    for _ in kept:
        yield "the checkpoint that was signed last is not among those that are kept"


def _incarnations(connection: Connection, kept: Sequence[Checkpoint]) -> Iterator[str]:
    """Incarnations that do not follow each other, or name another note than that which was signed last before."""
    incarnations = connection.execute(select(INCARNATIONS).order_by(INCARNATIONS.c.number)).all()
    if len({incarnation.instance for incarnation in incarnations}) > 1:
        yield "the incarnations of the log are those of several"
    begun = [Begun(each.number, each.began_at, each.instance, each.last_note) for each in incarnations]
    yield from misnamed(begun, _followed(connection, kept))
    earliest = select(CHECKPOINTS.c.incarnation, func.min(CHECKPOINTS.c.signed_at)).group_by(CHECKPOINTS.c.incarnation)
    firsts: dict[int, str] = {each[0]: each[1] for each in connection.execute(earliest)}
    for number in sorted(firsts.keys() - {incarnation.number for incarnation in incarnations}):
        yield f"incarnation {number} is not among those of the log, and checkpoints of it are"
    for incarnation in incarnations:
        try:
            began = datetime.fromisoformat(incarnation.began_at).timestamp()
            last = Checkpoint.of(incarnation.last_note) if incarnation.last_note is not None else None
            first = datetime.fromisoformat(firsts.get(incarnation.number, incarnation.began_at)).timestamp()
        except (BrokenNote, ValueError):
            yield f"incarnation {incarnation.number} names no checkpoint, or no time"
            continue
        if not (last.time if last and last.time else 0) <= began + LATE <= first + 2 * LATE:
            yield f"incarnation {incarnation.number} did not begin between the checkpoint before it and its first one"


def _followed(connection: Connection, kept: Sequence[Checkpoint]) -> dict[Incarnation, str]:
    """Which checkpoint each incarnation follows, as its first one says, or one that is kept beside the key."""
    earliest = select(func.min(CHECKPOINTS.c.number)).group_by(CHECKPOINTS.c.incarnation)
    notes = connection.execute(select(CHECKPOINTS.c.note).where(CHECKPOINTS.c.number.in_(earliest))).scalars()
    first = list[Checkpoint]()
    for note in notes:
        with suppress(BrokenNote):  # which was told before
            first.append(Checkpoint.of(note))
    return {incarnation_of(each.origin): each.lines["follows"] for each in [*first, *kept] if "follows" in each.lines}


def _accesses(connection: Connection, sealed: set[str]) -> Iterator[str]:
    """The first access record that does not fit the hash that covers it and those before, or what was sealed."""
    before, left = b"", {told for told in sealed if told}
    for expected, (*record, kept) in enumerate(_rows(connection, ACCESS_RECORDS), start=1):
        before = access_hash(before, record)
        if (record[0], bytes(kept)) != (expected, before):
            yield f"access record {expected} is not what was recorded"
            return
        left.discard(f"{expected} {b64encode(before).decode()}")
    for told in sorted(left):
        yield f"access records up to {told.partition(' ')[0]} are not there, or not those that were sealed"


def _keys_of_no_event(connection: Connection) -> Iterator[str]:
    """Keys that are not of the event that they are said to have been made for."""
    made_for = select(EVENTS.c.position).where(
        EVENTS.c.stream_id == STREAM_KEYS.c.stream_id, EVENTS.c.version == STREAM_KEYS.c.since
    )
    for (stream,) in connection.execute(select(STREAM_KEYS.c.stream_id).where(~made_for.exists()).limit(1)):
        yield f"there is a key of stream {stream}, made for an event that there is not"


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    """All rows of a numbered table, a batch at a time."""
    query, number = select(table).order_by(table.c.number).limit(READ_AT_ONCE), table.c.number
    found = connection.execute(query).all()
    while found:
        yield from found
        found = connection.execute(query.where(number > found[-1].number)).all()
