"""Base classes of aggregates: state rebuilt from one stream of events, and the new events it decides on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self
from uuid import UUID

from aggregates.event import Event
from aggregates.identity import stream_id


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

    def differing(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The part of what is wanted of this aggregate that is not so already: an edit tells nothing else."""
        return {name: value for name, value in wanted.items() if getattr(self, name) != value}

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


class Numbered(Aggregate):
    """An aggregate that people know by a whole number; its stream bears it, and each of its facts tells it."""

    kind: ClassVar[str]
    """What is numbered, such as ``deal``: the number is its ``deal_id``, and no two kinds share their streams."""

    @classmethod
    def numbered(cls, number: int) -> Self:
        """The one with that number, to which nothing has happened yet."""
        aggregate = cls(stream_id(cls.kind, number))
        setattr(aggregate, f"{cls.kind}_id", number)
        return aggregate

    def record(self, fact: type[Event], **facts: Any) -> None:
        """Let a fact happen, told with the number."""
        number = f"{self.kind}_id"
        super().record(fact, **{number: getattr(self, number)}, **facts)
