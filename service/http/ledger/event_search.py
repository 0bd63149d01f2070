"""Finds events by position, period, object and filter, a batch at a time, in the order of positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from marshmallow import ValidationError, fields, validate, validates_schema

from aggregates.event import Event
from projections import timeline
from projections.field_changes import FieldChange, field_changes
from service.http.call import Call
from service.http.ledger.event_filters import Filter, FilterQuery
from service.http.ledger.subjects import NAMES, SubjectQuery, subject_of
from service.http.moments import blamed_on
from service.http.time_fields import Moment, Until
from service.ledger.ledger import Ledger
from service.log.history import events_at, position_at, position_before
from service.log.moments import check_reached

LONGEST_WAIT = 25
"""Seconds a request may wait for the next event."""

AT_ONCE = 100
"""Events read in one go: few, since one may be as large as a request."""


class Found(NamedTuple):
    """A position and its event, None where the caller may not see it; and what that changed, where it is asked."""

    position: int
    event: Event | None
    changes: Sequence[FieldChange] | None = None


class EventsQuery(FilterQuery, SubjectQuery):
    """Which events: behind a position, recorded since a time and until another, those that touched one thing, and
    those that a filter lets through; with ``changes`` or ``field``, with what each changed.

    Where there is none yet, the answer waits for so many seconds.
    """

    after = fields.Integer(load_default=0, validate=validate.Range(min=0, max=2**53))
    since = Moment(load_default=None)
    until = Until(load_default=None)
    wait = fields.Integer(load_default=0, validate=validate.Range(min=0, max=LONGEST_WAIT))

    @validates_schema
    def check_at_most_one(self, query: dict[str, Any], **_: Any) -> None:
        """No two things are named: which events touched both is another question."""
        if len(NAMES.keys() & query.keys()) > 1:
            raise ValidationError(f"give at most one of {', '.join(NAMES)}", "query")


@dataclass(frozen=True)
class Search:
    """What is asked of one log; it holds no connection between two batches, however long whoever asked takes."""

    ledger: Ledger
    after: int
    filter: Filter
    until: str | None
    subject: timeline.Subject | None
    viewer: int | None
    tells_changes: bool

    def look(self, after: int, limit: int = AT_ONCE) -> tuple[Iterator[list[Found]], int]:
        """What there is behind a position, each batch read when it is its turn, and how far they all go.

        That is where the log ends before anything is read: what comes meanwhile is left for the next look. Where any
        event will do, no more than the limit are read at once: one that cannot be read spoils no look at those before.
        """
        if self.until is None:
            end = self.ledger.event_log.max_notification_id() or 0
        else:
            with self.ledger.reading() as reading:
                end = position_at(reading.connection, self.until)
        at_once = min(limit, AT_ONCE) if self.filter.asks_nothing else AT_ONCE
        return self._batches(after, end, at_once), max(after, end)

    def _batches(self, after: int, end: int, at_once: int) -> Iterator[list[Found]]:
        while after < end and (batch := self._batch(after, end, at_once)):
            after = batch[-1][0]
            yield self._found(batch)

    def _batch(self, after: int, end: int, at_once: int) -> list[tuple[int, Event | None]]:
        log, mapper = self.ledger.event_log, self.ledger.mapper
        if self.subject is None:
            of_topics, held = (*self.filter.topics,), self.filter.held
            stored = log.select_notifications(after, at_once, end, of_topics, inclusive_of_start=False, holding=held)
            events = [(each.id, cast(Event, mapper.to_domain_event(each))) for each in stored]
            hidden = self._hidden(events)
            return [(position, None if position in hidden else event) for position, event in events]
        with self.ledger.reading(self.viewer) as reading:
            touched = timeline.positions(reading.at(end), self.subject, oldest_first=True, after=after, limit=at_once)
            return sorted(events_at(reading.connection, mapper, touched).items())

    def _hidden(self, events: Sequence[tuple[int, Event]]) -> set[int]:
        """The positions among these of what may not be seen."""
        if self.viewer is None or not events:
            return set()
        with self.ledger.reading(self.viewer) as reading:
            return timeline.hidden_between(reading, events[0][0], events[-1][0])

    def _found(self, batch: Sequence[tuple[int, Event | None]]) -> list[Found]:
        """Those that are asked for; one that may not be seen is, unless that would tell anything of it."""
        wanted = [
            (position, event)
            for position, event in batch
            if (self.filter.asks_nothing if event is None else self.filter.has(event))
        ]
        if not self.tells_changes:
            return [Found(*each) for each in wanted]
        with self.ledger.reading(self.viewer) as reading:
            changed = field_changes(reading, [(position, event) for position, event in wanted if event is not None])
        found = [Found(position, event, self.filter.told(changed.get(position, ()))) for position, event in wanted]
        return [each for each in found if each.changes or not self.filter.fields]


def search_of(call: Call) -> Search:
    """What a call asks for, from where on.

    Raises `NotFound` for a thing that there never was, `ValidationError` for a position behind the end.
    """
    query = call.query
    after, since, subject = query["after"], query["since"], None
    with call.reading() as reading:
        if after:
            with blamed_on("after"):
                check_reached(reading.connection, after)
        if since is not None:
            after = max(after, position_before(reading.connection, since))
        if NAMES.keys() & query.keys():
            subject = subject_of(reading, query)
    return Search(
        ledger=call.ledger,
        after=after,
        filter=Filter.of(query),
        until=query["until"],
        subject=subject,
        viewer=call.user.viewer,
        tells_changes=query["changes"] or bool(query["field"]),
    )
