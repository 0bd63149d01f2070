"""Carries out commands: each is one transaction that records events, and updates read models and receipts with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, Mapper
from eventsourcing.utils import Environment, EnvType

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from projections.engine.reading import Reading
from service.clock import Clock, MachineClock, timestamp
from service.evidence.notary import Notary
from service.ledger.transaction import Origin, Transaction
from service.log.errors import UnknownOutcome, as_persistence_errors
from service.log.foresight import Foresight
from service.log.group_commit import GroupCommit
from service.log.keyed_hash import KeyedHash
from service.log.keyed_receipts import KeyedReceipts
from service.log.mapper import EventMapper
from service.log.moments import Moments, Then
from service.log.receipts import Receipt, Receipts
from service.log.recorder import EventLog
from service.log.token_digests import TokenUses
from service.log.writing import Head, Writing
from service.obstacles import Obstacle, Obstacles
from service.settings import Settings

__all__ = ["Ledger", "Origin", "Reaction", "Transaction"]

T = TypeVar("T")


class Ledger(Application[UUID]):
    """The event-sourced application: one database's log, and the commands that add to it.

    `service.wiring.make_ledger` puts one together. ``react`` is called in every transaction that records something.
    A copy of the service that is only read ``stands_at`` the moment that it is of.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        event_log: EventLog,
        notary: Notary,
        obstacles: Obstacles,
        react: Reaction,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.event_log = event_log
        self.database = event_log.database
        self.notary = notary
        self.obstacles = obstacles
        self.react = react
        self.hashes = KeyedHash()
        self.receipts = Receipts(self.hashes)
        self.token_uses = TokenUses()
        self.keyed_receipts = KeyedReceipts(self.hashes)
        self.moments = Moments()
        self.stands_at: Then | None = None
        super().__init__()
        self._commits = GroupCommit(event_log)

    def execute(
        self,
        origin: Origin,
        command: Callable[[Transaction], T],
        *,
        is_large: bool = False,
        foresight: Foresight | None = None,
    ) -> T:
        """Carry out one command; when this returns, its events and rows are durable.

        Where it recorded something, and in somebody's name, there is a receipt of it from then on. One that
        ``is_large`` is committed by itself, after all others that wait; ``foresight`` is what it will probably ask
        for. Raises `Refusal`, an `Obstacle` where nothing can be written, `NotAdmitted`, and `UnknownOutcome` where the
        database went away while it was being committed.
        """

        def work(writing: Writing) -> T:
            end = writing.head.position
            if origin.admission is not None:
                origin.admission.confirm(self.event_log.kept, writing)
            answer = command(Transaction(self, writing, origin))
            if origin.user_id is not None and writing.head.position > end:
                receipt = Receipt(end + 1, writing.head.position, origin.status)
                writing.unwritten.append(
                    self.receipts.write_of(writing.connection, origin.user_id, origin.request_id, receipt)
                )
            return answer

        self.obstacles.check()
        begun = time.monotonic()
        try:
            answer = self._commits.do(work, is_large=is_large, foresight=foresight)
        except Obstacle as obstacle:
            self.obstacles.note(obstacle)
            raise
        except UnknownOutcome as error:
            if isinstance(error.__cause__, Obstacle):
                self.obstacles.note(error.__cause__)
            raise
        finally:
            self.event_log.observer.command_ended(time.monotonic() - begun)
        if origin.admission is not None:
            origin.admission.has_given = True
        return answer

    def carry_out(self, writing: Writing, origin: Origin, command: Callable[[Transaction], T]) -> T:
        """Carry out a command in an open transaction of the log; when this returns, its events and rows are written."""
        answer = command(Transaction(self, writing, origin))
        writing.flush()
        return answer

    def append(self, events: Sequence[Event]) -> Iterable[tuple[int, Event]]:
        """Append events to the log in this thread's open transaction; answers them, each with its position.

        The library's own way makes two further objects of each event, which nobody here looks at.
        """
        positions = self.event_log.insert_events(list(map(self.mapper.to_stored_event, events)))
        return zip(positions or (), events, strict=True)

    def events_of(self, stream_id: UUID) -> Iterator[Event]:
        """The events of one stream, by version, as this thread's open transaction sees them."""
        return cast("Iterator[Event]", map(self.mapper.to_domain_event, self.event_log.select_events(stream_id)))

    @contextmanager
    def reading(self, viewer: int | None = None, position: int | None = None) -> Iterator[Reading]:
        """What to ask the read models with about now, or a position of the log, for a user or for the service itself.

        The database's errors are raised as `PersistenceError`.
        """
        with as_persistence_errors(), self.database.reading() as connection:
            yield Reading(connection, position, viewer)

    def now(self) -> datetime:
        """What time it is for whatever is told: in a copy that is only read, the time that the copy is of.

        Who is let in is decided by the ``clock``, which goes on in a copy, too.
        """
        return self.clock() if self.stands_at is None else self.stands_at.now

    def time_to_record(self, head: Head) -> str:
        """The time to record for a command, never earlier than that of the last event. Raises `ClockAhead`.

        Only the machine's own clock is checked, not one that was handed over on purpose.
        """
        now = self.clock()
        if isinstance(self.clock, MachineClock):
            self.clock.check(now, head.database_time)
        return max(timestamp(now), head.recorded_at)

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """An environment without the process's variables: settings come from `Settings` only."""
        return Environment(name, env or {})

    def construct_recorder(self) -> ApplicationRecorder:
        """The recorder that the library uses: our event log."""
        return self.event_log

    def construct_mapper(self) -> Mapper[UUID]:
        """The mapper that the library uses: plain JSON with encrypted personal values."""
        return EventMapper(self.event_log)


Reaction = Callable[[Transaction, Sequence[Event], Sequence[Aggregate]], Iterable[Aggregate]]
"""Answers the aggregates, not yet saved, to which something happens because of the events just recorded.

It is given the transaction, the events, and the aggregates that they are of.
"""
