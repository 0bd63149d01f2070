"""What a command works with: one transaction of the log, in which it loads aggregates, looks rows up, and saves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table

from aggregates.aggregate import Aggregate
from aggregates.event import Event, Metadata
from aggregates.refusals import Gone, Refusal
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.engine.statements import Write
from projections.engine.visibility import RESTRICTIONS
from projections.kinds import KIND_OF
from projections.projection import project
from service.clock import AHEAD, timestamp
from service.log.admission import Admission
from service.log.writing import Writing

if TYPE_CHECKING:
    from service.ledger.ledger import Ledger

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    """Where a command comes from: who gives it, in which request, through which client, let in by which token, and why.

    ``status`` is the HTTP status that its answer will have, where it is given over HTTP. ``viewer`` is the user for
    whom things that the user may not see are not there; None where everything may be seen. Where a token of ours lets
    the user in, its ``admission`` is confirmed before the command begins.
    """

    user_id: int | None
    request_id: str
    client: str
    reason: str | None = None
    status: int | None = None
    viewer: int | None = None
    token_id: str | None = None
    admission: Admission | None = None


class Transaction:
    """What a command works with: it loads aggregates, looks rows up, and saves.

    By its ``reading`` it sees everything, by ``seen`` what whoever gives the command may see: by that it finds what it
    is asked to change or to link to. What is saved waits in memory until the database is asked something, or all is
    committed; ``rows``, which it or a command committed with it has read or changed, show it at once.
    """

    def __init__(self, ledger: Ledger, writing: Writing, origin: Origin) -> None:
        self._ledger = ledger
        self._viewer = origin.viewer
        self.writing = writing
        self.rows = writing.rows
        self.metadata = Metadata(
            user_id=origin.user_id,
            recorded_at=ledger.time_to_record(writing.head),
            request_id=origin.request_id,
            command_id=uuid4().hex,
            client=origin.client,
            reason=origin.reason,
            token_id=origin.token_id,
        )

    @property
    def connection(self) -> Connection:
        """The database, with everything that was saved."""
        self.flush()
        return self.writing.connection

    @property
    def reading(self) -> Reading:
        """What to ask the read models with about now, which includes everything that was saved."""
        return Reading(self.connection)

    @property
    def seen(self) -> Reading:
        """As `reading`, of what whoever gives the command may see."""
        return self.reading.seen_by(self._viewer)

    @property
    def user_id(self) -> int:
        """The user who gives the command. Raises `Refusal` where the system itself gives it."""
        if self.metadata.user_id is None:
            raise Refusal("this is done in a user's name only")
        return self.metadata.user_id

    @property
    def has_events(self) -> bool:
        """Whether anything was ever recorded."""
        return self.position > 0

    @property
    def position(self) -> int:
        """The position of the log's last event as this command sees it."""
        return self.writing.head.position

    def load(self, kind: type[A], stream_id: UUID) -> A:
        """The aggregate of a kind in a stream. Raises `Gone` where there is none that may be seen."""
        aggregate = kind.project(None, self._ledger.events_of(stream_id))
        if aggregate is None:
            raise _missing(kind)
        known = KIND_OF.get(kind.created.__name__)
        if known and not self._is_seen(known.table, getattr(aggregate, known.key.name, str(stream_id))):
            raise _missing(kind)
        return aggregate

    def next_number(self, kind: str) -> int:
        """A new integer id, never given out before; it is used up only where the command succeeds."""
        number = self.writing.head.numbers.get(kind, 0) + 1
        self.writing.head.numbers[kind] = number
        return number

    def new_id(self) -> UUID:
        """A new id that nobody can guess, never given out before."""
        return self.writing.new_id()

    def keyed_hash(self, purpose: bytes, told: str) -> bytes:
        """A text's hash, of 16 bytes, that only this database makes; see `KeyedHash`."""
        return self._ledger.hashes.of(self.writing.connection, purpose, told)

    def kept(self, question: Callable[[Reading], T], *changed_by: type[Event]) -> T:
        """What a question answers that only events of some kinds change: a process asks it again only after one."""
        return self._ledger.event_log.kept.answer(self.writing, question, changed_by, lambda: question(self.reading))

    def visible(self, table: Table, key: Any) -> Row | None:
        """The row of a thing as it is now; None where there is none that whoever gives the command may see."""
        row = self.rows.current(table, key)
        return row if row is not None and self._is_seen(table, key) else None

    def row(self, table: Table, *key: Any) -> Row:
        """The row of a thing this command has just saved, as it is now."""
        row = self.rows.current(table, *key)
        assert row is not None
        return row

    def save(self, *aggregates: Aggregate) -> int:
        """Record the new events of the aggregates, in the order these are named, and project them to all read models.

        What reacts to these events records its own in the same transaction. Answers the position of the last event,
        or of the log's end where nothing happened.
        """
        if events := self._record(aggregates):
            self._record(self._ledger.react(self._seeing_everything(), events, aggregates))
            self.writing.head.recorded_at = self.metadata.recorded_at
        return self.writing.head.position

    def part(self, reason: str | None) -> Transaction:
        """This command with another reason: what a part of it works with, which sees what was saved before."""
        part = copy(self)
        part.metadata = replace(self.metadata, reason=reason)
        return part

    def part_of_its_own(self, reason: str | None) -> Transaction:
        """As `part`, but a command by itself, with its own id and time, that only commits with the others."""
        part = self.part(reason)
        now = self._ledger.time_to_record(self.writing.head)
        part.metadata = replace(part.metadata, command_id=uuid4().hex, recorded_at=now)
        return part

    def destroy_keys(self, streams: Iterable[UUID]) -> dict[str, int]:
        """Destroy the keys of streams, so that nobody can ever read their personal values.

        Answers what `Writing.destroy_keys` does.
        """
        return self.writing.destroy_keys(streams)

    def write_last(self, write: Write) -> None:
        """Send a write to the database along with the last ones of the command."""
        self.writing.unwritten.append(write)

    def flush(self) -> None:
        """Send all pending writes to the database, so that queries see them."""
        self.writing.flush()

    def _is_seen(self, table: Table, key: Any) -> bool:
        """Whether whoever gives the command may see a thing that is there."""
        if self._viewer is None:
            return True
        if self.rows.has_unwritten(table) or self.rows.has_unwritten(RESTRICTIONS):
            self.flush()
        return find(Reading(self.writing.connection, viewer=self._viewer), table, key) is not None

    def _seeing_everything(self) -> Transaction:
        """The same transaction, for what the service does by itself."""
        if self._viewer is None:
            return self
        unrestricted = copy(self)
        unrestricted._viewer = None
        return unrestricted

    def _check_happened(self, events: Iterable[Event]) -> None:
        """Raise `Refusal` where an event says that something happened later than now, with `AHEAD` to spare."""
        if times := [time for event in events for time in event.happened()]:
            latest = timestamp(datetime.fromisoformat(self.metadata.recorded_at) + AHEAD)
            if max(times) > latest:
                raise Refusal(f"{max(times)} lies in the future: what has happened cannot have happened then")

    def _record(self, aggregates: Iterable[Aggregate]) -> list[Event]:
        """Append the aggregates' new events to the log, and project them to rows that `flush` writes."""
        events = [event for aggregate in aggregates for event in aggregate.collect_events()]
        self._check_happened(events)
        for event in events:
            object.__setattr__(event, "metadata", self.metadata)
        for position, event in self._ledger.append(events):
            project(self.rows, event, position)
        return events


def _missing(kind: type[Aggregate]) -> Gone:
    return Gone(f"there is no such {kind.__name__.lower()}")
