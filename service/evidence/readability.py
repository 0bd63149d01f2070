"""Finds out by trying the keys from which version on each stream can be read, as far as it tells of people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, func, select

from projections.engine.statements import Statement, chunks
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.evidence.verifier.events import Entry
from service.evidence.verifier.readability import ERASURES, Readability
from service.evidence.verifier.verdicts import Altered
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.keyed_events import WITH_KEYS
from service.log.personal import decrypt, opens
from service.log.stream_keys import REMEMBERED, StreamKeys, epoch_of
from service.log.tables import EVENTS, STREAM_KEYS
from service.obstacles import Alarm

READ_AT_ONCE = 2000

_ENCRYPTED = b'"encrypted":{"'
_LAST_NAMED = re.compile(rb'"([a-z_.]+)":"[a-z]+"\}')

Progress = Callable[[int], object]
"""Told how many more events were read."""


class SilentErasure(Alarm):
    """Something cannot be read and nothing explains it, or can be read though it was erased; the message says what."""


class Trial:
    """Reads events with the keys that there are, and keeps which could not be read.

    Nobody may be erased meanwhile (see `Database.alone`): the log would explain less than could not be read. Raises
    `UnusableKey` where the file of epochs is not there, or lacks an epoch, so that nobody can tell.
    """

    def __init__(self, connection: Connection, keys: StreamKeys) -> None:
        if connection.execute(select(STREAM_KEYS.c.stream_id).limit(1)).first() is not None:
            keys.epochs.all()
        self._connection = connection
        self._keys = keys
        self._cipher = lru_cache(REMEMBERED)(self._opened_cipher)
        self._lost = dict[str, int]()
        self._epochs = dict[int, bool]()

    def batches(self, size: int, progress: Progress) -> Iterator[tuple[list[Entry], list[Entry]]]:
        """The first events of the log, byte for byte as they are stored, some at a time; and those nobody can read."""
        for start in range(0, size, READ_AT_ONCE):
            upto = min(start + READ_AT_ONCE, size)
            rows = _TRIED.tuples(self._connection, {"start": start, "upto": upto})
            entries = [
                Entry(at, stream, version, topic, bytes(state), version - 1 or None)
                for at, stream, version, topic, state, _ in rows
            ]
            lost = [entry for entry, row in zip(entries, rows, strict=True) if not self._can_read(entry, row[-1])]
            self._lost |= {entry.stream: entry.version for entry in lost}
            yield entries, lost
            progress(upto - start)

    def readable_from(self, size: int) -> dict[str, int]:
        """The first version that can be read, of each stream of which not all can, among the first events of the log.

        That is where its present key begins, or behind its end. To be asked when all these events were tried.
        """
        if not all(self._epochs.values()):
            raise self._keys.epochs.wrong()
        found = dict[str, int]()
        for some in chunks(sorted(self._lost)):
            ends = select(EVENTS.c.stream_id, func.max(EVENTS.c.version)).group_by(EVENTS.c.stream_id)
            ends = ends.where(EVENTS.c.stream_id.in_(some), EVENTS.c.position <= size)
            begins = select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.since).where(STREAM_KEYS.c.stream_id.in_(some))
            first = {stream: end + 1 for stream, end in self._connection.execute(ends)}
            first |= dict(map(tuple, self._connection.execute(begins)))
            found |= {stream: max(version, self._lost[stream] + 1) for stream, version in first.items()}
        return found

    def _can_read(self, entry: Entry, wrapped: bytes | None) -> bool:
        cipher = None if wrapped is None else self._cipher(entry.stream, bytes(wrapped))
        if cipher is not None and _opens_one(entry, cipher):
            return True
        told = orjson.loads(entry.state)
        if not told.get("encrypted"):
            return True
        if cipher is None:
            return False
        try:
            decrypt(told, UUID(entry.stream), entry.version, cipher)
        except InvalidTag:
            return False
        return True

    def _opened_cipher(self, stream: str, wrapped: bytes) -> AESGCM | None:
        epoch = epoch_of(wrapped)
        try:
            cipher = self._keys.cipher(UUID(stream), wrapped)
        except UnusableKey:
            self._epochs.setdefault(epoch, False)
            return None
        self._epochs[epoch] = True
        return cipher


def _opens_one(entry: Entry, cipher: AESGCM) -> bool:
    """Whether a cipher opens the encrypted value of an event that it names last.

    The value is looked for in the bytes: reading all of the event costs twice as much. One that opens shows that the
    event was encrypted by that key; where none is found that does, the event has to be read.
    """
    state = entry.state
    place = state.rfind(_ENCRYPTED)
    if place < 0 or (named := _LAST_NAMED.search(state, place)) is None:
        return False
    name = b'"%b":"' % named[1].rpartition(b".")[2]
    begins = state.rfind(name, 0, place) + len(name)
    value = state[begins : state.find(b'"', begins)]
    return opens(cipher, value, entry.stream, entry.version, named[1].decode())


def check_readability(database: Database, keys: StreamKeys, progress: Progress) -> int:
    """Hold what cannot be read in a log against the erasures that it tells of; nobody is erased meanwhile.

    Answers of how many streams not all can be read. Raises `SilentErasure`, and `UnusableKey` where nobody can tell.
    """
    with database.alone(), as_persistence_errors(), database.reading() as connection:
        size, trial = position_at(connection), Trial(connection, keys)
        telling = list[Entry]()
        for entries, lost in trial.batches(size, progress):
            telling += sorted({*lost, *(entry for entry in entries if entry.topic in ERASURES)})
        readable_from = trial.readable_from(size)
    readability = Readability(readable_from)
    try:
        readability.add(telling)
        readability.explained()
    except Altered as error:
        raise SilentErasure(f"{error}; position {error.position}") from None
    return len(readable_from)


_UP_TO = EVENTS.c.position > bindparam("start"), EVENTS.c.position <= bindparam("upto")
_TRIED = Statement(WITH_KEYS.where(*_UP_TO).order_by(EVENTS.c.position))
