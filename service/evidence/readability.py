"""Finds out by trying the keys from which version on each stream can be read, as far as it tells of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, func, select

from projections.engine.statements import chunks
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.evidence.verifier import Entry, Readability
from service.log.errors import as_persistence_errors
from service.log.keyed_events import WITH_KEYS
from service.log.personal import decrypt
from service.log.stream_keys import StreamKeys
from service.log.tables import EVENTS, STREAM_KEYS

READ_AT_ONCE = 2000


class Trial:
    """Reads events with the keys that there are, and keeps which could not be read.

    Nobody may be erased meanwhile (see `Database.alone`): it would find less than the log explains by then. Raises
    `UnusableKey` where the file of epochs does not fit the database, so that nothing could be told.
    """

    def __init__(self, connection: Connection, keys: StreamKeys) -> None:
        keys.check(connection)
        self._connection = connection
        self._keys = keys
        self._lost = dict[str, int]()

    def entries(self, size: int) -> Iterator[Entry]:
        """The first events of the log, byte for byte as they are stored, each tried."""
        position = EVENTS.c.position
        for start in range(0, size, READ_AT_ONCE):
            query = WITH_KEYS.where(position > start, position <= min(start + READ_AT_ONCE, size)).order_by(position)
            for at, stream_id, version, topic, state, wrapped in self._connection.execute(query):
                entry = Entry(at, stream_id, version, topic, bytes(state), version - 1 or None)
                told = orjson.loads(entry.state)
                if told.get("encrypted") and not self._can_read(entry, told, wrapped):
                    self._lost[stream_id] = version
                yield entry

    def readable_from(self, size: int) -> dict[str, int]:
        """The first version that can be read, of each stream of which not all can, among the first events of the log.

        That is where its present key begins, or behind its end. To be asked when all these events were tried.
        """
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
        stream_id = UUID(entry.stream)
        try:
            cipher = self._keys.cipher(stream_id, bytes(wrapped))
            decrypt({**told}, stream_id, entry.version, cipher)
        except (UnusableKey, InvalidTag):
            return False
        return True


def check_readability(database: Database, keys: StreamKeys, size: int) -> Mapping[str, int]:
    """Hold what cannot be read of the first events of the log against the erasures that they tell of.

    Answers from which version on each stream can be read of which not all can. Raises `verifier.Altered` where that is
    unexplained, and `UnusableKey`; nobody may be erased meanwhile.
    """
    with as_persistence_errors(), database.reading() as connection:
        trial = Trial(connection, keys)
        for _ in trial.entries(size):
            pass
        readable_from = trial.readable_from(size)
        readability = Readability(readable_from)
        for entry in trial.entries(size):
            readability.add(entry)
        readability.explained()
    return readable_from
