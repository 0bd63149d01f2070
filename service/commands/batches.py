"""The command that carries out many others in one transaction: all or nothing, or one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from service.ledger.ledger import Transaction
from service.log.writing import Savepoint

T = TypeVar("T")

LONGEST_SECONDS = 0.9
"""For how long a batch may keep others from writing; what is left of a second is for its last command and commit."""

WRITTEN_TOGETHER = 100
"""Commands whose writes wait for each other: more gain nothing, and would take their time behind the last command."""


@dataclass(frozen=True)
class Part:
    """One command of many, as `Ledger.execute` takes it, and the reason that its events tell."""

    command: Callable[[Transaction], Any]
    reason: str | None = None


@dataclass(frozen=True)
class Done:
    """What a command told, and where the log stood then."""

    told: Any
    position: int


class TooLong(Exception):
    """The commands took longer than others can be kept waiting; nothing was done."""


class Refused(Exception):
    """The command at an index, from 0 on, was refused by the error; nothing was done."""

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(str(error))
        self.index = index
        self.error = error


class _Unfinished(Exception):
    """A command was refused after it had saved something."""


Refusals = tuple[type[Exception], ...]
"""The errors by which a command is refused; any other is one of the whole."""


def all_or_nothing(tx: Transaction, parts: Sequence[Part], refusals: Refusals) -> list[Done]:
    """Carry out many commands as one: its id and its time are those of all. Raises `Refused`, and `TooLong`."""
    done: list[Done] = []
    try:
        for each in _in_turn(tx, parts, lambda part: _done(tx.part(part.reason), part)):
            done.append(each)
    except TooLong:
        raise
    except refusals as error:
        raise Refused(len(done), error) from error
    return done


def one_by_one(tx: Transaction, parts: Sequence[Part], refusals: Refusals) -> list[Done | Exception]:
    """Carry out each of many commands by itself; answers what it told, or the error that it was refused by.

    Nearly always a command is refused before it has saved anything, so that nothing has to be taken back. Where one
    was not, all begins again, with a savepoint before each. Raises `TooLong`.
    """
    beginning = Savepoint(tx.writing)
    try:
        return list(_in_turn(tx, parts, lambda part: _tried(tx, part, refusals)))
    except _Unfinished:
        beginning.undo()
        return list(_in_turn(tx, parts, lambda part: _from_savepoint(tx, part, refusals)))


def _in_turn(tx: Transaction, parts: Sequence[Part], carry_out: Callable[[Part], T]) -> Iterator[T]:
    """What comes of each command in turn."""
    for number, part in enumerate(parts):
        if number and time.monotonic() - tx.writing.began > LONGEST_SECONDS:
            raise TooLong(
                f"after {number} of {len(parts)} commands others had been kept from writing for as long as they can "
                "be, so nothing was done: send fewer at once"
            )
        yield carry_out(part)
        if number % WRITTEN_TOGETHER == WRITTEN_TOGETHER - 1:
            tx.flush()


def _done(tx: Transaction, part: Part) -> Done:
    return Done(part.command(tx), tx.position)


def _tried(tx: Transaction, part: Part, refusals: Refusals) -> Done | Exception:
    head = tx.writing.head
    position, numbers = head.position, {**head.numbers}
    try:
        return _done(tx.part_of_its_own(part.reason), part)
    except refusals as error:
        if head.position != position:
            raise _Unfinished from error
        head.numbers = numbers
        return error


def _from_savepoint(tx: Transaction, part: Part, refusals: Refusals) -> Done | Exception:
    savepoint = Savepoint(tx.writing)
    try:
        done = _done(tx.part_of_its_own(part.reason), part)
    except refusals as error:
        savepoint.undo()
        return error
    savepoint.keep()
    return done
