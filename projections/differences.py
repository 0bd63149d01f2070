"""Finds what is different between two positions of the log, field by field, and since when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby
from typing import Any, NamedTuple

from sqlalchemy import and_, false, func, or_, select

from aggregates.event import EVENTS, Event
from aggregates.follower import FollowerEvent
from aggregates.policy import VERDICTS
from aggregates.signal import SignalRecorded
from projections.engine.reading import Reading
from projections.engine.rows import Row, rows_of
from projections.engine.validity import every_version, holding
from projections.kinds import SUBJECTS, Kind

Facts = dict[str, Any]
"""What a version of a thing says, by name."""

_UNTOLD = {
    "valid_from",
    "valid_to",
    "bucket",
    "created_position",
    "edited_position",
    "update_time",
    "is_deleted",
    "currency",
}
_JSON = {"label_ids", "follower_ids", "emails", "phones", "address", "location", "participants", "attendees"}


class Amount(NamedTuple):
    """Money, counted in its currency's smallest coin."""

    minor: int
    currency: str


class Thing(NamedTuple):
    """A lead, a deal, a person or an organization, by its id."""

    kind: str
    key: Any


@dataclass(frozen=True)
class Compared:
    """What rows of one kind say, as far as it is compared."""

    kind: Kind

    def title(self, row: Row) -> str:
        """What people call a thing."""
        assert self.kind.title is not None
        return str(row[self.kind.title])

    def gone_to(self, row: Row) -> str | None:
        """Where a thing is that is not there any more; None for one that is there."""
        if self.kind.has(row):
            return None
        return str(row["place"]) if self.kind.places else "deleted"

    def facts(self, row: Row | None) -> Facts:
        """What a version says, wherever the thing is; nothing where there is no version."""
        return {} if row is None else {word: _fact(name, row) for word, name in self._told}

    def seen(self, row: Row | None) -> Facts:
        """What a version says while the thing is there, and nothing while it is not."""
        return {} if row is None or self.gone_to(row) else self.facts(row)

    @property
    def fields(self) -> list[str]:
        """The names of all that a version may say."""
        return [word for word, _ in self._told]

    @cached_property
    def _told(self) -> list[tuple[str, str]]:
        names = [column.name for column in self.kind.table.c if column is not self.kind.key]
        told = [name for name in names if name not in _UNTOLD and not name.endswith("_folded")]
        return [("value" if name == "amount" else name, name) for name in told]


def _fact(name: str, row: Row) -> Any:
    value = row[name]
    if name == "amount":
        return None if row["currency"] is None else Amount(value, row["currency"])
    if name == "readiness":
        return VERDICTS[value]
    return json.loads(value) if name in _JSON and value is not None else value


COMPARED = {name: Compared(kind) for name, kind in SUBJECTS.items()}

_OWN = tuple(kind.events for kind in SUBJECTS.values())
_FROM_BESIDE = (SignalRecorded, FollowerEvent)
"""Events of other streams that change such a thing, too, and name it."""

TOUCHING = [name for name, event in EVENTS.items() if issubclass(event, (*_OWN, *_FROM_BESIDE))]
"""The names of all events that may change such a thing."""


def touched(event: Event) -> list[Thing]:
    """The things that an event may change: its own, both forms of a signal's opportunity, what is followed."""
    kinds = [(name, kind) for name, kind in SUBJECTS.items() if isinstance(event, (kind.events, *_FROM_BESIDE))]
    things = [Thing(name, getattr(event, kind.key.name, None)) for name, kind in kinds]
    return [thing for thing in things if thing.key is not None]


def forms(reading: Reading, opportunity_id: str) -> list[Thing]:
    """The lead and the deal that an opportunity is or was."""

    def of_kind(name: str) -> list[Thing]:
        table, key = SUBJECTS[name].table, SUBJECTS[name].key
        query = select(key).where(holding(table, by=table.c.opportunity_id == opportunity_id))
        return [Thing(name, number) for number in reading.execute(query).scalars()]

    return of_kind("lead") + of_kind("deal")


class Touch(NamedTuple):
    """Where a thing changed first in a stretch of the log, and where the version began that held before."""

    position: int
    thing: Thing
    held: int | None


def touches(reading: Reading, things: Iterable[Thing], first: int, last: int) -> list[Touch]:
    """Those of the things that changed between two positions, both counting, in the order in which they did."""
    keys: dict[str, list[Any]] = {}
    for thing in things:
        keys.setdefault(thing.kind, []).append(thing.key)
    return sorted(touch for kind, some in keys.items() for touch in _touches(reading, kind, some, first, last))


def _touches(reading: Reading, kind: str, keys: Sequence[Any], first: int, last: int) -> list[Touch]:
    table, key = SUBJECTS[kind].table, SUBJECTS[kind].key
    earlier = table.alias()
    held = select(func.max(earlier.c.valid_from)).where(
        earlier.c[key.name] == key, earlier.c.valid_from < first, every_version(earlier)
    )
    query = select(func.min(table.c.valid_from), key, held.scalar_subquery())
    query = query.where(key.in_(keys), table.c.valid_from.between(first, last), every_version(table)).group_by(key)
    return [Touch(position, Thing(kind, number), begun) for position, number, begun in reading.execute(query)]


class Change(NamedTuple):
    """Two versions of a thing, one after the other; ``before`` is None where there was none."""

    thing: Thing
    position: int
    before: Row | None
    after: Row


def changes(reading: Reading, some: Iterable[Touch], last: int) -> Iterator[Change]:
    """All changes of touched things from there up to a position: thing by thing, in order."""
    for name, of_a_kind in groupby(sorted(some, key=_kind_of), _kind_of):
        those, kind = {touch.thing.key: touch for touch in of_a_kind}, SUBJECTS[name]
        table, key, began = kind.table, kind.key, kind.table.c.valid_from
        # Pairs in one list would make SQLite look at the whole table.
        held = [and_(key == number, began == touch.held) for number, touch in those.items() if touch.held is not None]
        ever = select(table).where(every_version(table))
        known = {row[key.name]: row for row in rows_of(reading, ever.where(or_(false(), *held)))}
        since = began.between(min(touch.position for touch in those.values()), last)
        for row in rows_of(reading, ever.where(key.in_(those), since).order_by(key, began)):
            number = row[key.name]
            yield Change(those[number].thing, row["valid_from"], known.get(number), row)
            known[number] = row


def _kind_of(touch: Touch) -> str:
    return touch.thing.kind


def differing(before: Facts, after: Facts) -> list[str]:
    """The fields in which two versions differ; what is not there has nothing in any."""
    return [name for name in after or before if before.get(name) != after.get(name)]


@dataclass(frozen=True)
class Difference:
    """How a thing is different at one position from what it was at another; it says nothing while it is not there.

    ``since`` has the position that last made a field what it is, for each that differs; ``moved_at`` is the one that
    let the thing appear or leave, ``gone_to`` where one is that is not there, ``versions`` how many there were.
    """

    touch: Touch
    title: str
    before: Facts
    after: Facts
    since: dict[str, int]
    moved_at: int | None
    gone_to: str | None
    versions: int

    @property
    def what(self) -> str:
        """Whether the thing appeared, left or changed."""
        return ("changed" if self.after else "left") if self.before else "appeared"


def between(reading: Reading, some: Iterable[Touch], last: int) -> list[Difference]:
    """How touched things are different at a position from what they were before, in the order they are given in."""
    touched_by = {touch.thing: touch for touch in some}
    histories = groupby(changes(reading, touched_by.values(), last), lambda change: change.thing)
    found = {thing: _difference(touched_by[thing], history) for thing, history in histories}
    return [found[thing] for thing in touched_by]


def _difference(touch: Touch, history: Iterator[Change]) -> Difference:
    compared, made, moved_at, versions = COMPARED[touch.thing.kind], dict[str, int](), None, 0
    first = next(history)
    before = after = compared.seen(first.before)
    for change in chain([first], history):
        was, after = after, compared.seen(change.after)
        made |= dict.fromkeys(differing(was, after), change.position)
        moved_at = change.position if bool(was) != bool(after) else moved_at
        versions += 1
    since = {name: made[name] for name in differing(before, after)}
    moved_at = moved_at if bool(before) != bool(after) else None
    title, gone_to = compared.title(change.after), compared.gone_to(change.after)
    return Difference(touch, title, before, after, since, moved_at, gone_to, versions)
