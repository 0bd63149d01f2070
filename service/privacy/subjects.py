"""What can be erased and held: of each kind, what tells of it, by which words it is known, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Connection, select

from aggregates.identity import stream_id
from aggregates.organization import Organization
from aggregates.person import Person
from aggregates.record import OwnedRecord
from aggregates.refusals import Gone, Refusal
from projections.data_subject import (
    Things,
    about_opportunity,
    about_organization,
    about_person,
    about_user,
    words_of_organization,
    words_of_person,
    words_of_user,
)
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.engine.statements import chunks
from projections.kinds import KIND_OF, KINDS
from projections.notes import NOTES
from projections.users import USERS
from service.ledger.ledger import Transaction
from service.log.tables import EVENTS, STREAM_KEYS

Key = int | str
"""The id of a thing: a whole number, or a UUID as text."""


@dataclass(frozen=True)
class Erasable:
    """A kind of thing that can be erased.

    ``things`` are the keys of all rows that tell of one, and ``words`` those by which it may be known elsewhere.
    ``check`` raises `Refusal` where it is too early, and ``take_off`` lets one be there no more, where that belongs to
    its erasure.
    """

    things: Callable[[Reading, Any], Things]
    words: Callable[[Reading, Any], Sequence[str]] = lambda *_: ()
    check: Callable[[Reading, Any], object] = lambda *_: None
    take_off: Callable[[Transaction, Any], object] = lambda *_: None


def _delete(kind: type[OwnedRecord]) -> Callable[[Transaction, int], object]:
    def delete(tx: Transaction, number: int) -> None:
        record = tx.load(kind, stream_id(kind.kind, number))
        if not record.is_deleted:
            record.delete()
            tx.save(record)

    return delete


def _check_left(reading: Reading, user_id: int) -> None:
    row = find(reading, USERS, user_id)
    if row is not None and row["is_active"]:
        raise Refusal("the user works here; whoever is to be erased is deactivated first")


ERASABLE = {
    "person": Erasable(about_person, words_of_person, take_off=_delete(Person)),
    "organization": Erasable(about_organization, words_of_organization, take_off=_delete(Organization)),
    "user": Erasable(about_user, words_of_user, check=_check_left),
    "lead": Erasable(partial(about_opportunity, kind="lead")),
    "deal": Erasable(partial(about_opportunity, kind="deal")),
    "note": Erasable(lambda _, note_id: {NOTES: [note_id]}),
}
"""What can be erased, by the names of kinds."""

_WORDS = "data.", "metadata.reason"
"""Where an event holds what somebody wrote."""

_STREAM = "stream"
"""What is redacted where a stream is that of no kind of thing; its key is the stream's id."""


class Subject(NamedTuple):
    """What is to be erased, held or handed over: the thing of a kind with that key.

    It is all that tells of the thing or, as a redaction, the thing's own words and nothing else.
    """

    name: str
    key: Key
    is_redaction: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.key}{' itself' if self.is_redaction else ''}"

    @classmethod
    def read(cls, name: str, key: str) -> Subject:
        """The thing whose key is told as text."""
        return cls(name, int(key) if isinstance(KINDS[name].key.type, BigInteger) else key)

    @classmethod
    def at(cls, connection: Connection, position: int) -> Subject:
        """What the event at a position happened to, as a redaction. Raises `Gone` where there is no such event."""
        event = connection.execute(select(EVENTS).where(EVENTS.c.position == position)).one_or_none()
        if event is None:
            raise Gone("there is no such event")
        stream, kind, state = UUID(event.stream_id), KIND_OF.get(event.topic), orjson.loads(bytes(event.state))
        if not any(path.startswith(_WORDS) for path in state.get("encrypted", ())):
            raise Refusal(f"what event {position} tells in words stands in the clear, so it cannot be made unreadable")
        if kind is None:
            return cls(_STREAM, str(stream), is_redaction=True)
        return cls(kind.name, state["data"].get(kind.key.name, str(stream)), is_redaction=True)

    def check_there(self, reading: Reading) -> None:
        """Raise `Gone` where there never was such a thing."""
        if self.name in KINDS and find(reading, KINDS[self.name].table, self.key) is None:
            raise Gone(f"there is no such {self.name}")

    def check_ended(self, reading: Reading) -> None:
        """Raise `Refusal` where it is too early to erase it."""
        if self.name in ERASABLE:
            ERASABLE[self.name].check(reading, self.key)

    def things(self, reading: Reading) -> Things:
        """The keys of all rows that tell of it."""
        if self.is_redaction and self.name != "user":
            return {KINDS[self.name].table: [self.key]} if self.name in KINDS else {}
        return ERASABLE[self.name].things(reading, self.key)

    def streams(self, things: Things) -> list[UUID]:
        """The streams of the things that tell of it."""
        of = {kind.table: kind for kind in KINDS.values()}
        streams = [of[table].stream_of(key) for table, keys in things.items() if table in of for key in keys]
        return streams if self.name in KINDS else [UUID(str(self.key))]

    def words(self, reading: Reading) -> Sequence[str]:
        """The words by which it may be known elsewhere."""
        return () if self.is_redaction else ERASABLE[self.name].words(reading, self.key)

    def take_off(self, tx: Transaction) -> None:
        """Let it be there no more, where that belongs to its erasure."""
        if not self.is_redaction:
            ERASABLE[self.name].take_off(tx, self.key)


def are_readable(connection: Connection, streams: Sequence[UUID]) -> bool:
    """Whether anything that tells of people can be read in one of the streams."""
    keyed = select(STREAM_KEYS.c.stream_id).limit(1)
    some_of = chunks(stream.hex for stream in streams)
    return any(connection.execute(keyed.where(STREAM_KEYS.c.stream_id.in_(some))).first() for some in some_of)
