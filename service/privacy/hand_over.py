"""The file beside the keys that keeps backups restorable: whose erasure came after them, and the keys of what lives.

A backup has the keys of streams wrapped by a key that a renewal destroys. Before it does, the wrapped keys of all that
is not erased are handed over: they stand here, wrapped by the new one. An erasure takes the keys of its streams out,
and is noted, so that a restore of an older backup records it again. Without the file of keys nothing in here opens
anything, and a copy from before a renewal is of no more use than the key that was destroyed then.

The first line is JSON, each line behind it a stream's id and its wrapped key in base64: about 120 bytes per stream.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from aggregates.identity import stream_id
from projections.engine.statements import chunks
from service.clock import timestamp, wall_clock
from service.database.key_files import UnusableKey, usable
from service.database.private_files import written_whole
from service.ledger.ledger import Ledger
from service.log.stream_keys import keys_behind
from service.log.tables import EVENTS, STREAM_KEYS
from service.privacy.erasure_state import mentioned
from service.privacy.subjects import Subject

Key = tuple[str, bytes]
"""A stream's id in hexadecimal, and its wrapped key."""


@dataclass(frozen=True)
class GoneStream:
    """A stream whose key was destroyed: up to which version it cannot be read, and the hash of its first event.

    In another incarnation of the log the same number, and so the same stream id, may be somebody else's.
    """

    version: int
    first_event: str


@dataclass(frozen=True)
class NotedErasure:
    """An erasure as a restore records it again; ``event`` is the hash of the event that told of it."""

    event: str
    kind: str
    key: int | str
    reason: str
    legal_basis: str
    is_redaction: bool
    mentions: int
    streams: Mapping[str, GoneStream]


@dataclass(frozen=True)
class Heading:
    """The first line: when the backups were made that are to stay restorable, and all erasures."""

    backups: Sequence[str] = ()
    erasures: Sequence[NotedErasure] = field(default_factory=list)


class HandOver:
    """The file that belongs to a ledger; every change of it is made while nobody else makes one (`Database.alone`)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        keys = ledger.event_log.stream_keys.epochs.path
        self.path = keys.with_name(f"{keys.name}.hand-over")

    @property
    def exists(self) -> bool:
        """Whether there is a file: one is made by the first backup."""
        return self.path.exists()

    def heading(self) -> Heading:
        """The first line; an empty one where there is no file. Raises `UnusableKey`."""
        if not self.exists:
            return Heading()
        try:
            with usable(self.path), self.path.open("rb") as file:
                told = json.loads(file.readline())
            return Heading(told["backups"], [_erasure(each) for each in told["erasures"]])
        except (ValueError, KeyError, TypeError):
            raise self._unreadable() from None

    def handed_over(self) -> Iterator[Key]:
        """The keys that were handed over. Raises `UnusableKey`."""
        if not self.exists:
            return
        with usable(self.path), self.path.open("rb") as file:
            file.readline()
            for line in file:
                stream, _, wrapped = line.decode("ascii", "replace").partition(" ")
                try:
                    yield stream, b64decode(wrapped.strip(), validate=True)
                except ValueError:
                    raise self._unreadable() from None

    def note_backup(self, made_at: str) -> None:
        """Note that a backup is made, so that the next renewals hand over to it; makes the file where there is none."""
        heading = self._noted()
        self._write(replace(heading, backups=[*heading.backups, made_at]), self.handed_over())

    def note_erasures(self) -> None:
        """Take out what was erased since it was noted last; nothing where there is no file, so no backup either."""
        if self.exists:
            before, heading = self.heading(), self._noted()
            gone = {stream for each in heading.erasures[len(before.erasures) :] for stream in each.streams}
            if len(heading.erasures) > len(before.erasures):
                self._write(heading, (key for key in self.handed_over() if key[0] not in gone))

    def renew(self) -> int:
        """Hand over the keys of all that lives, as they are wrapped now, where a backup is young enough for that.

        Answers how many backups are. Called before what wrapped them in these backups is destroyed.
        """
        if not self.exists:
            return 0
        oldest = timestamp(wall_clock() - timedelta(days=self._ledger.settings.backup_days))
        heading = self._noted()
        young = [made_at for made_at in heading.backups if made_at >= oldest]
        with self._ledger.database.reading() as connection:
            self._write(replace(heading, backups=young), _living(connection) if young else ())
        return len(young)

    def _noted(self) -> Heading:
        """The first line with all erasures that the log tells of."""
        heading = self.heading()
        known = {each.event for each in heading.erasures}
        with self._ledger.database.reading() as connection:
            new = [each for each in _erasures(connection) if each.event not in known]
        return replace(heading, erasures=[*heading.erasures, *new])

    def _write(self, heading: Heading, keys: Iterable[Key]) -> None:
        with usable(self.path), written_whole(self.path) as file:
            file.write(json.dumps(asdict(heading)).encode() + b"\n")
            file.writelines(f"{stream} {b64encode(wrapped).decode()}\n".encode() for stream, wrapped in keys)

    def _unreadable(self) -> UnusableKey:
        return UnusableKey(f"{self.path} cannot be read as what was handed over to backups; put the right one there")


def first_events(connection: Connection, streams: Iterable[str]) -> dict[str, str]:
    """The hash of each stream's first event, by the streams' ids."""
    first = select(EVENTS.c.stream_id, EVENTS.c.state).where(EVENTS.c.version == 1)
    found = (connection.execute(first.where(EVENTS.c.stream_id.in_(some))) for some in chunks(streams))
    return {stream: _hash(state) for rows in found for stream, state in rows}


def still_keyed(connection: Connection, noted: NotedErasure) -> list[UUID]:
    """The streams of an erasure that have the key which it destroyed: in a log from before it, as a backup has one."""
    first = first_events(connection, noted.streams)
    same = [stream for stream, gone in noted.streams.items() if first.get(stream) == gone.first_event]
    since = dict[str, int]()
    for some in chunks(same):
        found = select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.since).where(STREAM_KEYS.c.stream_id.in_(some))
        since |= {row.stream_id: row.since for row in connection.execute(found)}
    return [UUID(stream) for stream, version in since.items() if version <= noted.streams[stream].version]


def readable_again(ledger: Ledger) -> Iterator[str]:
    """What was erased, as the file tells, and has its keys again, since an older copy of the database was put in place.

    Not what the log tells to have been erased once more behind that, which has other keys, if it has any. Where
    something was written anew after the copy was made, and again in the copy, that is taken for what was erased.
    Raises `UnusableKey`.
    """
    noted, again = HandOver(ledger).heading().erasures, list[str]()
    known = {each.event for each in noted}
    with ledger.database.reading() as connection:
        told = {each.event: each for each in _erasures(connection)}
        erased_later = {stream for event in told.keys() - known for stream in told[event].streams}
        for each in reversed(noted):
            if each.event in told:
                erased_later |= each.streams.keys()
            elif any(stream.hex not in erased_later for stream in still_keyed(connection, each)):
                again.append(str(Subject(each.kind, each.key, each.is_redaction)))
    for subject in dict.fromkeys(reversed(again)):
        yield f"{subject} was erased and can be read again; erase it"


def _erasures(connection: Connection) -> Iterator[NotedErasure]:
    """All erasures that the log tells of, in their order: they are numbered without a gap."""
    started = select(EVENTS.c.state).where(EVENTS.c.version == 1).order_by(EVENTS.c.position)
    for some in chunks(stream_id("erasure", number).hex for number in count(1)):
        states = connection.execute(started.where(EVENTS.c.stream_id.in_(some))).scalars().all()
        for state in states:
            yield _noted(connection, bytes(state))
        if len(states) < len(some):
            return


def _noted(connection: Connection, state: bytes) -> NotedErasure:
    told = json.loads(state)
    facts = told["data"]
    first = first_events(connection, facts["streams"])
    return NotedErasure(
        event=_hash(state),
        kind=facts["kind"],
        key=facts["key"],
        reason=told["metadata"]["reason"],
        legal_basis=facts["legal_basis"],
        is_redaction=facts["is_redaction"],
        mentions=mentioned(connection, facts["erasure_id"]),
        streams={stream: GoneStream(version, first.get(stream, "")) for stream, version in facts["streams"].items()},
    )


def _erasure(told: dict[str, Any]) -> NotedErasure:
    return NotedErasure(**{**told, "streams": {stream: GoneStream(**gone) for stream, gone in told["streams"].items()}})


def _living(connection: Connection) -> Iterator[Key]:
    after = ""
    while keys := keys_behind(connection, after):
        yield from keys
        after, _ = keys[-1]


def _hash(state: bytes) -> str:
    return sha256(state).hexdigest()
