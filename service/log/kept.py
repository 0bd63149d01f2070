"""Keeps what a process has read under the log's lock until any process records an event that changes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import bindparam, select

from aggregates.event import EVENTS as KINDS
from aggregates.event import Event
from projections.engine.statements import Statement
from service.log.tables import EVENTS
from service.log.writing import Writing

T = TypeVar("T")

MOST_LOOKED_THROUGH = 1000
"""Events of others that are looked through; where there are more, all is asked again."""

MOST_KEPT = 2000
"""Answers that are kept; where there are more, all is asked again, too."""


class Kept:
    """Answers to questions that only events of some kinds change, and up to which position of the log they hold.

    Whoever holds the log's lock gets them as they are at its end: what was recorded since is looked through before.
    """

    def __init__(self) -> None:
        self._upto = 0
        self._answers: dict[Hashable, tuple[frozenset[str], Any]] = {}

    def answer(
        self, writing: Writing, question: Hashable, changed_by: tuple[type[Event], ...], ask: Callable[[], T]
    ) -> T:
        """The answer to a question that only events of these kinds change: the one that is kept, else what is asked."""
        topics = _topics(changed_by)
        if not topics.isdisjoint(writing.topics):
            return ask()  # which nobody else may know unless it is committed
        self._catch_up(writing)
        if question not in self._answers:
            if len(self._answers) == MOST_KEPT:
                self._answers.clear()
            self._answers[question] = topics, ask()
        return cast(T, self._answers[question][1])

    def last(self, question: Callable[..., T]) -> T | None:
        """The answer to a question that was kept last, which may have changed since; None where none is kept."""
        kept = self._answers.get(question)
        return None if kept is None else cast(T, kept[1])

    def note(self, writing: Writing) -> None:
        """Note what a transaction recorded, once that is committed."""
        if self._upto == writing.beginning:
            self._drop(writing.topics)
            self._upto = writing.head.position

    def _catch_up(self, writing: Writing) -> None:
        """Drop what was changed since the last time. It is one question, and none where nobody else wrote meanwhile."""
        if self._upto == writing.beginning:
            return
        if writing.beginning - self._upto > MOST_LOOKED_THROUGH:
            self._answers.clear()
        else:
            between = {"start": self._upto, "end": writing.beginning}
            self._drop({topic for (topic,) in _RECORDED.tuples(writing.connection, between)})
        self._upto = writing.beginning

    def _drop(self, topics: Collection[str]) -> None:
        self._answers = {each: kept for each, kept in self._answers.items() if kept[0].isdisjoint(topics)}


@cache
def _topics(kinds: tuple[type[Event], ...]) -> frozenset[str]:
    return frozenset(name for name, kind in KINDS.items() if issubclass(kind, kinds))


_RECORDED = Statement(
    select(EVENTS.c.topic).where(EVENTS.c.position > bindparam("start"), EVENTS.c.position <= bindparam("end"))
)
