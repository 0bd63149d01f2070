"""Searches the whole log and the access records for somebody's names, addresses and numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote_plus
from uuid import UUID

import orjson
from sqlalchemy import select

from service.evidence.tables import ACCESS_RECORDS
from service.log.errors import as_persistence_errors
from service.log.personal import State, decrypt
from service.log.recorder import EventLog
from service.privacy.sought_words import SoughtWords

AT_ONCE = 2000
"""Events read at a time, so that a look needs the same memory however long the log is."""

MOST = 1000
"""Mentions that are told one by one."""

_TOLD_BY_NOBODY = {"recorded_at", "command_id"}


class Mention(NamedTuple):
    """A field that holds a word: of the event at position ``number`` of the log, or of an access record."""

    table: str
    number: int
    event: str | None
    stream_id: str | None
    field: str

    def __str__(self) -> str:
        if self.event is None:
            return f"access record {self.number}: {self.field}"
        return f"event {self.number}, {self.event}: {self.field}"


@dataclass
class Mentions:
    """How many fields hold a word, and where the first of them are."""

    total: int = 0
    places: list[Mention] = field(default_factory=list)

    def note(self, mention: Mention) -> None:
        """Count one more."""
        self.total += 1
        if len(self.places) < MOST:
            self.places.append(mention)


@dataclass(frozen=True)
class Look:
    """The words to search for, and the streams whose encrypted fields are skipped: their keys will be destroyed."""

    words: SoughtWords
    left_out: Collection[UUID]

    def through_events(
        self, log: EventLog, after: int, upto: int, mentions: Mentions, progress: Callable[[int], object]
    ) -> None:
        """Look through the events behind one position and up to another; about 60 µs each.

        ``progress`` is told of each batch how many events it had.
        """
        while self.words.are_any and after < upto:
            events = log.select_notifications(after, AT_ONCE, upto, inclusive_of_start=False)
            for stored in events:
                assert isinstance(stored.originator_id, UUID)
                state = orjson.loads(stored.state)
                encrypted = [] if stored.originator_id not in self.left_out else state.get("encrypted", ())
                decrypt(state, stored.originator_id.hex, stored.originator_version, log.cipher_of(stored))
                fields = [(path, value) for path, value in _fields(state) if path not in encrypted]
                for path in self._holding(fields):
                    mentions.note(Mention("events", stored.id, stored.topic, stored.originator_id.hex, path))
            after = events[-1].id if events else upto
            progress(len(events))

    def through_access_records(self, log: EventLog, mentions: Mentions) -> None:
        """Look through what is kept of auditors' requests."""
        number, texts = ACCESS_RECORDS.c.number, ("request_id", "client", "path", "query")
        query = select(number, *(ACCESS_RECORDS.c[name] for name in texts)).order_by(number).limit(AT_ONCE)
        after = 0
        with as_persistence_errors(), log.database.reading() as connection:
            while self.words.are_any and (found := connection.execute(query.where(number > after)).all()):
                for after, *values in found:
                    for name in self._holding(zip(texts, map(unquote_plus, values), strict=True)):
                        mentions.note(Mention("access_records", after, None, None, name))

    def _holding(self, fields: Iterable[tuple[str, Any]]) -> list[str]:
        """The fields that hold a word; since hardly any do, all are looked at together before."""
        texts = [(name, text) for name, value in fields for text in _texts(value)]
        if not self.words.stand_in("\n".join(text for _, text in texts)):
            return []
        return list(dict.fromkeys(name for name, text in texts if self.words.stand_in(text)))


def _fields(state: State) -> Iterator[tuple[str, Any]]:
    """The values in an event's state, each with its path; those of ``changes`` one by one."""
    for part in ("data", "metadata"):
        for name, value in state[part].items():
            if name == "changes" and isinstance(value, dict):
                yield from ((f"{part}.{name}.{each}", changed) for each, changed in value.items())
            elif name not in _TOLD_BY_NOBODY:
                yield f"{part}.{name}", value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
