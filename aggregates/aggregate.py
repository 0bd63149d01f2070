"""Commands flow in and events come out: what every aggregate does with the facts it decides on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self
from uuid import UUID

from aggregates.event import Event


class Aggregate:
    """State that decides: rebuilt from the events of one stream, and the source of its next ones.

    Rules stand in the command methods; ``apply`` on an event only assigns, so replaying a stream never
    judges the past again.
    """

    created: ClassVar[type[Event]]
    """The first event of every stream of this kind: what tells a deal's stream from a lead's."""

    def __init__(self, stream_id: UUID) -> None:
        self.id = stream_id
        self.version = 0
        self._pending: list[Event] = []

    def record(self, fact: type[Event], **facts: Any) -> None:
        """Let a fact happen: it changes this aggregate now and waits to be saved."""
        event = fact(originator_id=self.id, originator_version=self.version + 1, **facts)
        self._take(event)
        self._pending.append(event)

    def collect_events(self) -> Sequence[Event]:
        """Hand over the facts that were not saved yet; they are handed over once."""
        pending, self._pending = self._pending, []
        return pending

    @classmethod
    def project(cls, aggregate: Self | None, events: Iterable[Event]) -> Self | None:
        """Replay a stream's events in order; None where the stream is empty or is another kind's."""
        for event in events:
            if aggregate is None:
                if not isinstance(event, cls.created):
                    return None
                aggregate = cls(event.originator_id)
            aggregate._take(event)
        return aggregate

    def _take(self, event: Event) -> None:
        event.apply(self)
        self.version = event.originator_version
