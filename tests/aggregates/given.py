"""Given events, when a command, then events or a refusal: the words that tests of aggregates are written in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import pytest

from aggregates.aggregate import Aggregate, Numbered
from aggregates.event import Event
from aggregates.identity import stream_id
from aggregates.refusals import Refusal

A = TypeVar("A", bound=Aggregate)


def kinds(base: type[A]) -> list[type[A]]:
    """The aggregates that are based on a class, each with a first event of its own, ordered by name."""
    below = {kind for each in base.__subclasses__() for kind in (each, *kinds(each))}
    found = [kind for kind in below if kind.__module__.startswith("aggregates.") and "created" in vars(kind)]
    return sorted(found, key=lambda kind: kind.__name__)


@dataclass(frozen=True)
class Fact:
    """An event before it has a stream and a place in it."""

    kind: type[Event]
    facts: dict[str, Any]

    def of(self, aggregate: Aggregate, version: int) -> Event:
        """The event, as it would come back from the log: what it tells has been JSON in between."""
        told = dict(self.facts)
        if isinstance(aggregate, Numbered):
            told[f"{aggregate.kind}_id"] = getattr(aggregate, f"{aggregate.kind}_id")
        told = json.loads(json.dumps(told, allow_nan=False))
        return self.kind(originator_id=aggregate.id, originator_version=version, **told)


def fact(kind: type[Event], /, **facts: Any) -> Fact:
    """Something that happened, or is expected to have happened."""
    return Fact(kind, facts)


def given(kind: type[A], which: int | UUID, *facts: Fact) -> A:
    """An aggregate to which this has happened, in this order."""
    if isinstance(which, int):
        assert issubclass(kind, Numbered)
        subject: Aggregate = kind.numbered(which)
        assert subject.id == stream_id(kind.kind, which)
    else:
        subject = kind(which)
    aggregate = kind.project(None, [fact.of(subject, at) for at, fact in enumerate(facts, start=1)])
    assert aggregate is not None
    return aggregate


def then(aggregate: Aggregate, *facts: Fact) -> None:
    """Just this happened since, and the log will tell it the same way."""
    events = list(aggregate.collect_events())
    before = aggregate.version - len(events)
    assert events == [fact.of(aggregate, at) for at, fact in enumerate(facts, start=before + 1)]


@contextmanager
def refused(aggregate: Aggregate, kind: type[Refusal], because: str) -> Iterator[None]:
    """The command is refused for that reason, and nothing happened."""
    before = dict(vars(aggregate))
    with pytest.raises(kind, match=because) as refusal:
        yield
    assert refusal.type is kind
    assert vars(aggregate) == before
    then(aggregate)
