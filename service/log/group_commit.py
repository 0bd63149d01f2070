"""Lets commands that wait for the log's lock share one transaction and one commit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from eventsourcing.persistence import OperationalError, PersistenceError

from service.database.database import LARGE
from service.log.errors import UnknownOutcome, as_persistence_errors
from service.log.recorder import EventLog
from service.log.writing import Writing

T = TypeVar("T")
Work = Callable[[Writing], T]

LARGEST_GROUP = 64

_NEVER_REPEATED = (OperationalError, UnknownOutcome)
"""What the commands of a group need not, or must not, be done one by one after."""


class _Ticket:
    """One piece of work in the queue, and what came of it."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.is_done = False
        self.answer: Any = None
        self.error: BaseException | None = None

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

    Each command still happens wholly or not at all: where one fails after it has written, the group is
    rolled back and its commands are done one by one. Where nobody can tell whether the group was committed, that is
    so for each of its commands, and none is done again.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._waiting: deque[_Ticket] = deque()
        self._leading = threading.Lock()
        self._large = threading.Lock()

    def do(self, work: Work[T], *, is_large: bool = False) -> T:
        """Do a piece of work under the log's lock; when this returns, it is committed.

        One that ``is_large`` shares its transaction with nobody, and goes behind whoever waits. Only one of them at a
        time waits for the log's lock, over all processes: however many there are, others wait for one at most.
        """
        ticket = _Ticket(work)
        if is_large:
            self._commit_large(ticket)
        else:
            self._waiting.append(ticket)
            while not ticket.is_done:
                with self._leading:
                    if not ticket.is_done:
                        self._commit_waiting()
        if ticket.error is not None:
            raise ticket.error
        return cast(T, ticket.answer)

    def _commit_large(self, ticket: _Ticket) -> None:
        """Commit those who wait, and then a ticket by itself."""
        try:
            with self._large, as_persistence_errors(), self._log.database.alone(LARGE), self._leading:
                self._commit_waiting()
                self._commit([ticket])
        except PersistenceError:
            if not ticket.is_done:  # else only the turn could not be given back, and it is known what was committed
                raise

    def _commit_waiting(self) -> None:
        """Commit those who wait as one group; some of them where there are more than `LARGEST_GROUP`."""
        if group := [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]:
            self._commit(group)

    def _commit(self, group: list[_Ticket]) -> None:
        try:
            with self._log.writing() as writing:
                self._log.observer.group_begun(len(group))
                for ticket in group:
                    ticket.do(writing)
        except BaseException as error:  # even where the process is told to end, nobody may believe he was served
            if len(group) > 1 and isinstance(error, Exception) and not isinstance(error, _NEVER_REPEATED):
                for ticket in group:
                    self._commit([ticket])
            for ticket in group:
                if not ticket.is_done:
                    ticket.error = error
        finally:
            for ticket in group:
                ticket.is_done = True
