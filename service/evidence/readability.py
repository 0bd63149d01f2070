"""Finds out by trying the keys from which version on each stream can be read, as far as it tells of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, func, select

from projections.engine.statements import chunks
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.evidence.verifier.events import Entry
from service.evidence.verifier.readability import ERASURES, Readability
from service.evidence.verifier.verdicts import Altered
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.keyed_events import WITH_KEYS
from service.log.personal import decrypt
from service.log.stream_keys import StreamKeys, epoch_of
from service.log.tables import EVENTS, STREAM_KEYS
from service.obstacles import Alarm

READ_AT_ONCE = 2000

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
        self._lost = dict[str, int]()
        self._epochs = dict[int, bool]()

    def entries(self, size: int, progress: Progress) -> Iterator[Entry]:
        """The first events of the log, byte for byte as they are stored, each tried."""
        position = EVENTS.c.position
        for start in range(0, size, READ_AT_ONCE):
            upto = min(start + READ_AT_ONCE, size)
            query = WITH_KEYS.where(position > start, position <= upto).order_by(position)
            for at, stream_id, version, topic, state, wrapped in self._connection.execute(query):
                entry = Entry(at, stream_id, version, topic, bytes(state), version - 1 or None)
                told = orjson.loads(entry.state)
                if told.get("encrypted") and not self._can_read(entry, told, wrapped):
                    self._lost[stream_id] = version
                yield entry
            progress(upto - start)

    def is_lost(self, entry: Entry) -> bool:
        """Whether the event that was tried last of its stream could not be read."""
        return self._lost.get(entry.stream) == entry.version

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

    def _can_read(self, entry: Entry, told: dict[str, Any], wrapped: Any) -> bool:
        if wrapped is None:
            return False
        stream_id, epoch = UUID(entry.stream), epoch_of(bytes(wrapped))
        try:
            cipher = self._keys.cipher(stream_id, bytes(wrapped))
        except UnusableKey:
            self._epochs.setdefault(epoch, False)
            return False
        self._epochs[epoch] = True
        try:
            decrypt({**told}, stream_id, entry.version, cipher)
        except InvalidTag:
            return False
        return True


def check_readability(database: Database, keys: StreamKeys, progress: Progress) -> int:
    """Hold what cannot be read in a log against the erasures that it tells of; nobody is erased meanwhile.

    Answers of how many streams not all can be read. Raises `SilentErasure`, and `UnusableKey` where nobody can tell.
    """
    with database.alone(), as_persistence_errors(), database.reading() as connection:
        size, trial = position_at(connection), Trial(connection, keys)
        tried = trial.entries(size, progress)
        telling = [entry for entry in tried if trial.is_lost(entry) or entry.topic in ERASURES]
        readable_from = trial.readable_from(size)
    readability = Readability(readable_from)
    try:
        readability.add(telling)
        readability.explained()
    except Altered as error:
        raise SilentErasure(f"{error}; position {error.position}") from None
    return len(readable_from)
