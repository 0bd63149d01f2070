"""Brings the keys of a restored log up to now: some were destroyed by erasures, others renewed and handed over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, bindparam, func, select, update

from projections.engine.statements import Statement, chunks, write
from service.database.key_files import UnusableKey
from service.ledger.ledger import Ledger
from service.log.epochs import Epochs
from service.log.personal import decrypt
from service.log.stream_keys import StreamKeys, epoch_of
from service.log.tables import EVENTS, STREAM_KEYS
from service.log.writing import Writing
from service.privacy.hand_over import HandOver, NotedErasure, still_keyed


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
    if _closed(writing.connection, stream_keys.epochs):
        for some in chunks(hand_over.handed_over()):
            _open_again(writing.connection, stream_keys, dict(some))
    if lost := _closed(writing.connection, stream_keys.epochs):
        raise UnusableKey(
            f"{lost} keys in the backup open no more, since keys were renewed, and none were handed over for them: the "
            f"backup must not be older than LEADLEDGER_BACKUP_DAYS, and {stream_keys.epochs.path} and {hand_over.path} "
            "must be those that were used last"
        )
    stream_keys.check(writing.connection)
    return erased


def _destroy(writing: Writing, noted: NotedErasure) -> ErasedSince:
    """Destroy the keys that an erasure destroyed, as far as the log has them: those of the same streams, by then."""
    return ErasedSince(noted, writing.destroy_keys(still_keyed(writing.connection, noted)))


def _closed(connection: Connection, epochs: Epochs) -> int:
    """How many keys of streams are wrapped by one that is not there any more."""
    found = _OF_EACH_EPOCH.tuples(connection, {})
    there = {epoch.number for epoch in epochs.all()} if found else set()
    return sum(number for wrapped, number in found if epoch_of(bytes(wrapped)) not in there)


def _open_again(connection: Connection, stream_keys: StreamKeys, handed_over: Mapping[str, bytes]) -> None:
    """Put keys that were handed over where those in the backup open no more."""
    there = {epoch.number for epoch in stream_keys.epochs.all()}
    found = connection.execute(
        select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped).where(STREAM_KEYS.c.stream_id.in_(handed_over))
    )
    closed = [stream for stream, wrapped in found if epoch_of(bytes(wrapped)) not in there]
    fitting = [
        {"of": stream, "anew": handed_over[stream]}
        for stream in closed
        if _fits(connection, stream_keys, stream, handed_over[stream])
    ]
    if fitting:
        write(connection, [(_EXCHANGED, fitting)])


def _fits(connection: Connection, stream_keys: StreamKeys, stream: str, wrapped: bytes) -> bool:
    """Whether a key is the one that a stream was encrypted by: it is tried on the event that it was made for."""
    [(version, state)] = _FIRST_UNDER_KEY.tuples(connection, {"stream_id": stream})
    try:
        decrypt(json.loads(bytes(state)), stream, version, stream_keys.cipher(stream, wrapped))
    except (InvalidTag, UnusableKey):
        return False
    return True


_FIRST_UNDER_KEY = Statement(
    select(EVENTS.c.version, EVENTS.c.state)
    .join(STREAM_KEYS, (STREAM_KEYS.c.stream_id == EVENTS.c.stream_id) & (STREAM_KEYS.c.since == EVENTS.c.version))
    .where(EVENTS.c.stream_id == bindparam("stream_id"))
)
_OF_EACH_EPOCH = Statement(
    select(func.substr(STREAM_KEYS.c.wrapped, 1, 4).label("epoch"), func.count()).group_by("epoch")
)
_EXCHANGED = Statement(
    update(STREAM_KEYS).where(STREAM_KEYS.c.stream_id == bindparam("of")).values(wrapped=bindparam("anew"))
)
