"""Brings the keys of a restored log up to now: some were destroyed by erasures, others renewed and handed over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, bindparam, select, update

from projections.engine.statements import Statement, chunks, write
from service.database.key_files import UnusableKey
from service.ledger.ledger import Ledger
from service.log.epochs import Epochs
from service.log.personal import decrypt
from service.log.stream_keys import StreamKeys, epoch_of
from service.log.tables import EVENTS, STREAM_KEYS
from service.log.writing import Writing
from service.privacy.hand_over import HandOver, NotedErasure, first_events


@dataclass(frozen=True)
class ErasedSince:
    """An erasure that came after a backup, and the streams that it concerns there, each with its last version."""

    noted: NotedErasure
    streams: Mapping[str, int]


def bring_up_to_now(ledger: Ledger, writing: Writing, *, is_hand_over_lost: bool) -> Sequence[ErasedSince]:
    """Destroy the keys of what was erased since, and put those that were handed over where the others open no more.

    Answers what was erased. Raises `UnusableKey` where a key opens no more and was not handed over, and where nothing
    tells of erasures, unless the file that does ``is_hand_over_lost``.
    """
    hand_over = HandOver(ledger)
    if not hand_over.exists and not is_hand_over_lost:
        raise UnusableKey(
            f"{hand_over.path} is not there, which tells who was erased since the backup; put it back or, where it is "
            "lost for good, restore with --hand-over-lost and erase them again"
        )
    erased = [each for noted in hand_over.heading().erasures if (each := _destroy(writing, noted)).streams]
    stream_keys = ledger.event_log.stream_keys
    closed = _closed(writing.connection, stream_keys.epochs)
    fitting = [
        key for key in hand_over.handed_over() if key[0] in closed and _fits(writing.connection, stream_keys, *key)
    ]
    if lost := len(closed) - len(fitting):
        raise UnusableKey(
            f"{lost} keys in the backup open no more, since keys were renewed, and none were handed over for them: the "
            f"backup must not be older than LEADLEDGER_BACKUP_DAYS, and {stream_keys.epochs.path} and {hand_over.path} "
            "must be those that were used last"
        )
    for some in chunks({"of": stream, "anew": wrapped} for stream, wrapped in fitting):
        write(writing.connection, [(_EXCHANGED, some)])
    stream_keys.check(writing.connection)
    return erased


def _destroy(writing: Writing, noted: NotedErasure) -> ErasedSince:
    """Destroy the keys that an erasure destroyed, as far as the log has them: those of the same streams, by then."""
    first = first_events(writing.connection, noted.streams)
    same = [stream for stream, gone in noted.streams.items() if first.get(stream) == gone.first_event]
    since = dict[str, int]()
    for some in chunks(same):
        found = select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.since).where(STREAM_KEYS.c.stream_id.in_(some))
        since |= {row.stream_id: row.since for row in writing.connection.execute(found)}
    by_then = [UUID(stream) for stream, version in since.items() if version <= noted.streams[stream].version]
    return ErasedSince(noted, writing.destroy_keys(by_then))


def _closed(connection: Connection, epochs: Epochs) -> frozenset[str]:
    """The streams whose keys are wrapped by one that is not there any more."""
    keys = connection.execute(select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped)).all()
    there = {epoch.number for epoch in epochs.all()} if keys else set()
    return frozenset(stream for stream, wrapped in keys if epoch_of(bytes(wrapped)) not in there)


def _fits(connection: Connection, stream_keys: StreamKeys, stream: str, wrapped: bytes) -> bool:
    """Whether a key is the one that a stream was encrypted by: it is tried on the event that it was made for."""
    [(version, state)] = _FIRST_UNDER_KEY.tuples(connection, {"stream_id": stream})
    try:
        decrypt(json.loads(bytes(state)), UUID(stream), version, stream_keys.cipher(UUID(stream), wrapped))
    except (InvalidTag, UnusableKey):
        return False
    return True


_FIRST_UNDER_KEY = Statement(
    select(EVENTS.c.version, EVENTS.c.state)
    .join(STREAM_KEYS, (STREAM_KEYS.c.stream_id == EVENTS.c.stream_id) & (STREAM_KEYS.c.since == EVENTS.c.version))
    .where(EVENTS.c.stream_id == bindparam("stream_id"))
)
_EXCHANGED = Statement(
    update(STREAM_KEYS).where(STREAM_KEYS.c.stream_id == bindparam("of")).values(wrapped=bindparam("anew"))
)
