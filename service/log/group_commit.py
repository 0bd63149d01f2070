"""Lets commands that wait for the log's lock share one transaction and one commit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast

from eventsourcing.persistence import OperationalError, PersistenceError

from service.database.database import LARGE
from service.log.errors import UnknownOutcome, as_persistence_errors
from service.log.foresight import Foresight, foresee
from service.log.recorder import EventLog
from service.log.writing import Writing

T = TypeVar("T")
Work = Callable[[Writing], T]

LARGEST_GROUP = 64

PATIENCE = 0.002
"""For how many seconds whoever leads waits at most until as many have come as shared the last transaction."""

_NEVER_REPEATED = (OperationalError, UnknownOutcome)
"""What the commands of a group need not, or must not, be done one by one after."""


class _Ticket:
    """One piece of work in the queue, and what came of it; its thread waits until that is done, or its turn to lead.

    What it will ask for is its ``foresight``, until that has been read.
    """

    def __init__(self, work: Work[Any], foresight: Foresight | None) -> None:
        self.work = work
        self.foresight = foresight
        self.is_done = False
        self.answer: Any = None
        self.error: BaseException | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    def wait(self) -> None:
        """Wait for `wake`, which may have come already."""
        self._bell.acquire()

    def wake(self) -> None:
        """Let its thread go on."""
        self._bell.release()

    def do(self, writing: Writing) -> None:
        """Do the work; a refusal that wrote nothing concerns this ticket only, anything else the whole group."""
        position, numbers = writing.head.position, dict(writing.head.numbers)
        self.error = None
        try:
            with as_persistence_errors():
                self.answer = self.work(writing)
        except Exception as error:
            if writing.head.position != position or isinstance(error, PersistenceError):
                raise
            writing.head.numbers = numbers
            self.error = error


class GroupCommit:
    """Lets the commands that wait for the log's lock share one transaction, and so one wait for the disk.

    The thread of one of them leads: it waits a moment for as many as there were last time, since whoever was answered
    mostly gives the next command at once; behind a command that was alone it waits for nobody. Then it gets the log's
    lock, does the work of all that wait by then or come meanwhile, and commits it. It lets one of those that came too
    late lead, before it wakes those whose work it did.

    Each command still happens wholly or not at all: where one fails after it has written, the group is
    rolled back and its commands are done one by one. Where nobody can tell whether the group was committed, that is
    so for each of its commands, and none is done again.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._waiting: deque[_Ticket] = deque()
        self._next_large: _Ticket | None = None
        self._is_led = False
        self._last_size = 1
        self._changing = threading.Lock()
        self._are_enough = threading.Condition(self._changing)
        self._large = threading.Lock()

    def do(self, work: Work[T], *, is_large: bool = False, foresight: Foresight | None = None) -> T:
        """Do a piece of work under the log's lock; when this returns, it is committed.

        One that ``is_large`` shares its transaction with nobody, and goes behind whoever waits. Only one of them at a
        time waits for the log's lock, over all processes: however many there are, others wait for one at most. Where
        several wait, what each will ask for by its ``foresight`` is read at once.
        """
        ticket = _Ticket(work, None if is_large else foresight)
        if is_large:
            self._commit_large(ticket)
        else:
            self._commit_with_others(ticket)
        if ticket.error is not None:
            raise ticket.error
        return cast(T, ticket.answer)

    def _commit_with_others(self, ticket: _Ticket) -> None:
        with self._changing:
            self._waiting.append(ticket)
            is_led, self._is_led = self._is_led, True
            if len(self._waiting) == self._last_size:
                self._are_enough.notify()
        if is_led:
            ticket.wait()
        if not ticket.is_done:
            self._gather()
            done = self._commit(self._those_waiting())
            self._last_size = len(done)
            self._pass_on(done)

    def _gather(self) -> None:
        """Wait until as many have come as there were last time, but not for long: they may have nothing more to do."""
        with self._changing:
            self._are_enough.wait_for(lambda: len(self._waiting) >= self._last_size, PATIENCE)

    def _commit_large(self, ticket: _Ticket) -> None:
        """Commit those who wait, and then a ticket by itself."""
        try:
            with self._large, as_persistence_errors(), self._log.database.alone(LARGE):
                with self._changing:
                    is_led, self._is_led = self._is_led, True
                    if is_led:
                        self._next_large = ticket
                if is_led:
                    ticket.wait()
                for other in self._commit(self._those_waiting()) if self._waiting else ():
                    other.wake()
                self._commit(iter([ticket]))
                self._pass_on()
        except PersistenceError:
            if not ticket.is_done:  # else only the turn could not be given back, and it is known what was committed
                raise

    def _pass_on(self, done: Iterable[_Ticket] = ()) -> None:
        """Let somebody else lead, if anybody waits, and those go on whose work is done."""
        with self._changing:
            heir, self._next_large = self._next_large, None
            if heir is None and self._waiting:
                heir = self._waiting[0]
            self._is_led = heir is not None
        if heir is not None:
            heir.wake()
        for ticket in done:
            ticket.wake()

    def _those_waiting(self) -> Iterator[_Ticket]:
        """The tickets of those who wait, and who come meanwhile; no more than `LARGEST_GROUP`."""
        for _ in range(LARGEST_GROUP):
            if not self._waiting:
                return
            yield self._waiting.popleft()

    def _foresee(self, writing: Writing, first: _Ticket, room: int) -> None:
        """Read what a ticket and those who wait will ask for, as many as the group has ``room`` for.

        One alone asks as it goes, which costs no more.
        """
        with self._changing:
            together = [first, *self._waiting][:room]
        foresights = [each.foresight for each in together if each.foresight is not None]
        for each in together:
            each.foresight = None
        if len(foresights) > 1:
            foresee(writing, foresights)

    def _commit(self, tickets: Iterator[_Ticket]) -> list[_Ticket]:
        """Do and commit, or fail, the work of these as one group; answers who they were."""
        group: list[_Ticket] = []
        try:
            with self._log.writing() as writing:
                for ticket in tickets:
                    group.append(ticket)
                    if ticket.foresight is not None:
                        self._foresee(writing, ticket, LARGEST_GROUP - len(group) + 1)
                    ticket.do(writing)
                self._log.observer.group_formed(len(group))
        except BaseException as error:  # even where the process is told to end, nobody may believe he was served
            if not group:
                group += tickets  # the log's lock could not be had: that is so for all of them
            if len(group) > 1 and isinstance(error, Exception) and not isinstance(error, _NEVER_REPEATED):
                for ticket in group:
                    self._commit(iter([ticket]))
            for ticket in group:
                if not ticket.is_done:
                    ticket.error = error
        finally:
            for ticket in group:
                ticket.is_done = True
        return group
