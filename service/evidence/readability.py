"""Finds out by trying the keys from which version on each stream can be read, as far as it tells of people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from select import select as ready

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, func, select

from projections.engine.statements import chunks
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.evidence.verifier.beside import Beside
from service.evidence.verifier.events import Values
from service.evidence.verifier.readability import ERASURES, Readability
from service.evidence.verifier.totals import AddedUp, Totals
from service.evidence.verifier.verdicts import Altered
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.personal import decrypt, opens
from service.log.replaying import Row, rows_between
from service.log.stream_keys import REMEMBERED, StreamKeys, epoch_of
from service.log.tables import EVENTS, STREAM_KEYS
from service.obstacles import Alarm

READ_AT_ONCE = 1000

_ENCRYPTED = b'"encrypted":{"'
_LAST_NAMED = re.compile(rb'"([a-z_.]+)":"[a-z]+"\}')

Progress = Callable[[int], object]
"""Told how many more events were read."""

Tried = tuple[dict[str, int], dict[int, bool]]
"""What came of trying the keys: see `Trial.told`."""


class SilentErasure(Alarm):
    """Something cannot be read and nothing explains it, or can be read though it was erased; the message says what."""


class Trial:
    """Tries keys on events, and keeps which could not be read.

    Nobody may be erased meanwhile (see `Database.alone`): the log would explain less than could not be read.
    """

    def __init__(self, keys: StreamKeys) -> None:
        self._keys = keys
        self._cipher = lru_cache(REMEMBERED)(self._opened_cipher)
        self._lost = dict[str, int]()
        self._epochs = dict[int, bool]()

    def add(self, rows: Iterable[Row]) -> list[Row]:
        """Try the next events of the log; answers those that nobody can read."""
        lost = [row for row in rows if not self._can_read(row)]
        for _, stream, version, *_ in lost:
            self._lost[stream] = max(version, self._lost.get(stream, 0))
        return lost

    def told(self) -> Tried:
        """Of each stream that has some, the last version nobody can read; and of each epoch, if it has opened a key."""
        return self._lost, self._epochs

    def join(self, tried: Tried) -> None:
        """Take over what came of trying other events of the same log."""
        lost, epochs = tried
        self._lost |= {stream: max(version, self._lost.get(stream, 0)) for stream, version in lost.items()}
        self._epochs |= {epoch: opened or self._epochs.get(epoch, False) for epoch, opened in epochs.items()}

    def _can_read(self, row: Row) -> bool:
        _, stream, version, _, state, wrapped = row
        cipher = None if wrapped is None else self._cipher(stream, wrapped)
        if cipher is not None and _opens_one(stream, version, state, cipher):
            return True
        told = orjson.loads(state)
        if not told.get("encrypted"):
            return True
        if cipher is None:
            return False
        try:
            decrypt(told, stream, version, cipher)
        except InvalidTag:
            return False
        return True

    def _opened_cipher(self, stream: str, wrapped: bytes) -> AESGCM | None:
        epoch = epoch_of(wrapped)
        try:
            cipher = self._keys.opened(bytes.fromhex(stream), wrapped)
        except UnusableKey:
            self._epochs.setdefault(epoch, False)
            return None
        self._epochs[epoch] = True
        return cipher


class Findings:
    """What is found out of the events that are exported: which of them cannot be read, and what they add up to."""

    def __init__(self, keys: StreamKeys) -> None:
        self._trial = Trial(keys)
        self._totals = Totals()

    def add(self, rows: Sequence[Row]) -> None:
        """Look at the next events of the log."""
        self._trial.add(rows)
        self.add_up(rows)

    def add_up(self, rows: Sequence[Row]) -> None:
        """Look at the next events of the log, on which somebody else tries the keys."""
        self._totals.add(entries_of(rows))

    def tried(self) -> Tried:
        """As `Trial.told`."""
        return self._trial.told()

    def added_up(self) -> AddedUp:
        """As `Totals.added_up`."""
        return self._totals.added_up()

    def close(self) -> None:
        """Be done with it."""
        self._totals.close()


class FindingsBeside(Beside):
    """`Findings` in a process of its own; keys are tried here while it is behind."""

    def __init__(self, keys: StreamKeys) -> None:
        super().__init__(partial(Findings, keys))
        self._trial = Trial(keys)

    def add(self, rows: Sequence[Row]) -> None:
        """As `Findings.add`."""
        if self._is_behind():
            self._trial.add(rows)
            self.tell("add_up", rows)
        else:
            self.tell("add", rows)

    def _is_behind(self) -> bool:
        """Whether the process has not taken yet what it was told last, so that more would have to wait."""
        _, takes_more, _ = ready((), (self._here,), (), 0)
        return not takes_more

    def tried(self) -> Tried:
        """As `Findings.tried`."""
        self._trial.join(self.ask("tried"))
        return self._trial.told()

    def added_up(self) -> AddedUp:
        """As `Findings.added_up`."""
        added_up: AddedUp = self.ask("added_up")
        return added_up


def findings_of(connection: Connection, keys: StreamKeys, *, are_many: bool) -> Findings | FindingsBeside:
    """What looks at the events of a log, where they are many in a process of its own.

    Raises `UnusableKey` where the file of epochs is not there.
    """
    _check_epochs(connection, keys)
    return FindingsBeside(keys) if are_many else Findings(keys)


def _check_epochs(connection: Connection, keys: StreamKeys) -> None:
    if connection.execute(select(STREAM_KEYS.c.stream_id).limit(1)).first() is not None:
        keys.epochs.all()


def rows_up_to(connection: Connection, size: int, progress: Progress) -> Iterator[list[Row]]:
    """The first events of the log, byte for byte as they are stored, with the keys to them, some at a time."""
    for start in range(0, size, READ_AT_ONCE):
        upto = min(start + READ_AT_ONCE, size)
        yield rows_between(connection, start, upto)
        progress(upto - start)


def entries_of(rows: Iterable[Row]) -> list[Values]:
    """Events as those who verify know them."""
    return [(at, stream, version, topic, state, version - 1 or None) for at, stream, version, topic, state, _ in rows]


def readable_from(connection: Connection, keys: StreamKeys, tried: Tried, size: int) -> dict[str, int]:
    """The first version that can be read, of each stream of which not all can, among the first events of the log.

    That is where its present key begins, or behind its end. ``tried`` is what came of trying all these events. Raises
    `UnusableKey` where the key of an epoch opens nothing, so that nobody can tell.
    """
    lost, epochs = tried
    if not all(epochs.values()):
        raise keys.epochs.wrong()
    found = dict[str, int]()
    for some in chunks(sorted(lost)):
        ends = select(EVENTS.c.stream_id, func.max(EVENTS.c.version)).group_by(EVENTS.c.stream_id)
        ends = ends.where(EVENTS.c.stream_id.in_(some), EVENTS.c.position <= size)
        begins = select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.since).where(STREAM_KEYS.c.stream_id.in_(some))
        first = {stream: end + 1 for stream, end in connection.execute(ends)}
        first |= dict(map(tuple, connection.execute(begins)))
        found |= {stream: max(version, lost[stream] + 1) for stream, version in first.items()}
    return found


def _opens_one(stream: str, version: int, state: bytes, cipher: AESGCM) -> bool:
    """Whether a cipher opens the encrypted value of an event that it names last.

    The value is looked for in the bytes: reading all of the event costs twice as much. One that opens shows that the
    event was encrypted by that key; where none is found that does, the event has to be read.
    """
    place = state.rfind(_ENCRYPTED)
    if place < 0 or (named := _last_named(state[place:])) is None:
        return False
    path, name = named
    begins = state.rfind(name, 0, place) + len(name)
    value = state[begins : state.find(b'"', begins)]
    return opens(cipher, value, stream, version, path)


@lru_cache(REMEMBERED)
def _last_named(end: bytes) -> tuple[str, bytes] | None:
    """The value that the end of an event names last as encrypted: its path, and how it stands in the event."""
    if (named := _LAST_NAMED.search(end)) is None:
        return None
    return named[1].decode(), b'"%b":"' % named[1].rpartition(b".")[2]


def check_readability(database: Database, keys: StreamKeys, progress: Progress) -> int:
    """Hold what cannot be read in a log against the erasures that it tells of; nobody is erased meanwhile.

    Answers of how many streams not all can be read. Raises `SilentErasure`, and `UnusableKey` where nobody can tell.
    """
    with database.alone(), as_persistence_errors(), database.reading() as connection:
        return check_readable_in(connection, keys, progress)


def check_readable_in(connection: Connection, keys: StreamKeys, progress: Progress) -> int:
    """As `check_readability`, of a log in which nobody else writes meanwhile."""
    _check_epochs(connection, keys)
    size, trial = position_at(connection), Trial(keys)
    telling = list[Values]()
    for rows in rows_up_to(connection, size, progress):
        told = {*trial.add(rows), *(row for row in rows if row[3] in ERASURES)}
        telling += entries_of(sorted(told))
    first = readable_from(connection, keys, trial.told(), size)
    readability = Readability(first)
    try:
        readability.add(telling)
        readability.explained()
    except Altered as error:
        raise SilentErasure(f"{error}; position {error.position}") from None
    return len(first)
