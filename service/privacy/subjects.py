"""What can be erased and held: of each kind, what tells of it, by which words it is known, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Table, select

from aggregates.identity import stream_id
from aggregates.person import Person
from aggregates.refusals import Gone
from projections.data_subject import things_about, words_for
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.engine.statements import chunks
from projections.kinds import KINDS, Kind
from service.ledger.ledger import Transaction
from service.log.tables import STREAM_KEYS

Key = int | str
"""The id of a thing: a whole number, or a UUID as text."""

Things = Mapping[Table, Sequence[Any]]
"""The keys of rows, by the table that keeps them."""


@dataclass(frozen=True)
class Erasable:
    """A kind of thing that can be erased.

    ``things`` are the keys of all rows that tell of one, and ``words`` those by which it may be known elsewhere.
    ``take_off`` lets one be there no more, where that belongs to its erasure.
    """

    things: Callable[[Reading, Any], Things]
    words: Callable[[Reading, Any], Sequence[str]] = lambda *_: ()
    take_off: Callable[[Transaction, Any], object] = lambda *_: None


def _delete_person(tx: Transaction, person_id: int) -> None:
    person = tx.load(Person, stream_id("person", person_id))
    if not person.is_deleted:
        person.delete()
        tx.save(person)


ERASABLE: dict[str, Erasable] = {"person": Erasable(things_about, words_for, _delete_person)}
"""What can be erased, by the names of kinds."""


class Subject(NamedTuple):
    """What is to be erased, held or handed over: the thing of a kind with that key."""

    name: str
    key: Key

    def __str__(self) -> str:
        return f"{self.name} {self.key}"

    @classmethod
    def read(cls, name: str, key: str) -> Subject:
        """The subject whose key is told as text."""
        return cls(name, int(key) if isinstance(KINDS[name].key.type, BigInteger) else key)

    @property
    def kind(self) -> Kind:
        """The kind of thing that it is."""
        return KINDS[self.name]

    def check_there(self, reading: Reading) -> None:
        """Raise `Gone` where there never was such a thing."""
        if find(reading, self.kind.table, self.key) is None:
            raise Gone(f"there is no such {self.name.replace('_', ' ')}")

    def things(self, reading: Reading) -> Things:
        """The keys of all rows that tell of it."""
        return ERASABLE[self.name].things(reading, self.key)

    def words(self, reading: Reading) -> Sequence[str]:
        """The words by which it may be known elsewhere."""
        return ERASABLE[self.name].words(reading, self.key)

    def take_off(self, tx: Transaction) -> None:
        """Let it be there no more, where that belongs to its erasure."""
        ERASABLE[self.name].take_off(tx, self.key)


def streams_of(things: Things) -> list[UUID]:
    """The streams of the things whose rows these are."""
    kinds = {kind.table: kind for kind in KINDS.values()}
    return [kinds[table].stream_of(key) for table, keys in things.items() for key in keys if table in kinds]


def are_readable(connection: Connection, streams: Sequence[UUID]) -> bool:
    """Whether anything that tells of people can be read in one of the streams."""
    keyed = select(STREAM_KEYS.c.stream_id).limit(1)
    some_of = chunks(stream.hex for stream in streams)
    return any(connection.execute(keyed.where(STREAM_KEYS.c.stream_id.in_(some))).first() for some in some_of)
