"""Route of the difference between two moments: what appeared, left or changed, field by field, and by which event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Mapper
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from projections import differences
from projections.differences import Difference, Thing, Touch
from projections.engine.reading import Reading
from projections.engine.tables import Number, SortableText
from projections.kinds import SUBJECTS
from service.http import cursors
from service.http.call import Call
from service.http.fields import Listed, QueryId
from service.http.ledger.causes import Cause
from service.http.ledger.causes import causes as causes_of
from service.http.ledger.changed_fields import shown_fact
from service.http.ledger.stretches import Stretch, going_on, named, positions
from service.http.ledger.subjects import subject_of
from service.http.problem_details import ledger
from service.log.history import events_at, events_between
from service.log.moments import beginning

MOST_READ = 5_000
"""Events and versions of rows that a page reads, or a few more: it ends there though it may have few items."""

MOST_IDS = 500
"""Things that one can ask about at once."""

_IDS = {f"{name}_ids": name for name in SUBJECTS}
_ABOUT = ("lead_id", "deal_id", *_IDS)
"""The names by which a query says what it is about; it is about everything where it has none of them."""

_EVENTS_AT_ONCE = 100
_THINGS_AT_ONCE = 25

Place = tuple[int, str]
"""Where a thing stands among the differences: the position that touched it first, and its kind."""

_PLACE = (Number, SortableText)

Step = tuple[list[Difference], Place, int]
"""What was found, up to which place that is all there is, and how much was read for it."""


class DiffQuery(Stretch):
    """Which two moments, ``to`` being now where it is left out, and perhaps which opportunity, or which things."""

    lead_id = fields.UUID()
    deal_id = QueryId()
    lead_ids = Listed(fields.UUID(), most=MOST_IDS)
    deal_ids = Listed(QueryId(), most=MOST_IDS)
    person_ids = Listed(QueryId(), most=MOST_IDS)
    organization_ids = Listed(QueryId(), most=MOST_IDS)

    @validates_schema
    def check_one_question(self, query: dict[str, Any], **_: Any) -> None:
        """One opportunity at most, or things of one kind."""
        if len(query.keys() & _ABOUT) > 1:
            raise ValidationError(f"give at most one of {', '.join(_ABOUT)}", "query")


class DifferentField(Schema):
    """A field that differs, and what last made it so; ``before`` or ``after`` is null where the thing was not there."""

    field = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)
    cause = fields.Nested(Cause, required=True)


class DifferentThing(Schema):
    """A thing that is not what it was, by its id and what it is called (or was, if it left).

    ``cause`` is what made it appear or leave, ``gone_to`` where one is that left: deal, lead or deleted. Leads are
    there in the inbox and the archive, deals in a pipeline and the archive.
    """

    kind = fields.String(required=True, validate=validate.OneOf(list(SUBJECTS)))
    id = fields.Raw(required=True)
    title = fields.String(required=True)
    what = fields.String(required=True, validate=validate.OneOf(["appeared", "left", "changed"]))
    gone_to = fields.String(required=True, allow_none=True)
    cause = fields.Nested(Cause, required=True, allow_none=True)
    fields_ = fields.List(fields.Nested(DifferentField), required=True, data_key="fields")


class DifferencesPage(Schema):
    """What is different between two positions of the log; a page may have few items though others follow."""

    since = fields.Integer(required=True, data_key="from")
    until = fields.Integer(required=True, data_key="to")
    items = fields.List(fields.Nested(DifferentThing), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@ledger.route(
    "GET",
    "/diff",
    query=DiffQuery,
    answer=DifferencesPage,
    problems=frozenset({404}),
    no_past="it compares two moments, which from and to name",
)
def get_diff(call: Call) -> dict[str, Any]:
    """What is different at a moment from what it was at another: all that came, went or changed, or part of it."""
    query, mapper = call.query, call.ledger.mapper
    with call.reading() as reading:
        about, things = _asked_about(reading, query)
        name = ("diff", about, named(query["since"]), named(query["until"]))
        since, until, *after = going_on(reading, query["cursor"], name, _PLACE) or _beginning(reading, call)
        search = _Search(reading, mapper, since, until, things)
        found, reached = _page(search.steps(*after), until, query["limit"])
        positions = {position for each in found for position in each.since.values()}  # what moved it made fields, too
        causes = causes_of(reading, events_at(reading.connection, mapper, positions))
    next_cursor = cursors.encode(*name, since, until, *reached) if reached else None
    return {"from": since, "to": until, "items": [_item(each, causes) for each in found], "next_cursor": next_cursor}


def _asked_about(reading: Reading, query: Mapping[str, Any]) -> tuple[str, Collection[Thing] | None]:
    """The things that count, and what a cursor calls them; None where all do. Raises `NotFound`."""
    for name, kind in _IDS.items():
        if name in query:
            keys = [str(key) if isinstance(key, UUID) else key for key in query[name]]
            return blake2s(f"{kind} {keys}".encode(), digest_size=16).hexdigest(), {Thing(kind, key) for key in keys}
    if query.keys().isdisjoint(_ABOUT):
        return "", None
    opportunity_id = str(subject_of(reading, query).key)
    return opportunity_id, differences.forms(reading, opportunity_id)


def _beginning(reading: Reading, call: Call) -> tuple[int, int, int, str]:
    """The two positions that are meant, and the place that is before all differences between them."""
    since, until = positions(reading, call, beginning)
    return since, until, since + 1, ""


@dataclass(frozen=True)
class _Search:
    """What is asked of the log and the rows: two positions, and the things that count, where not all do."""

    reading: Reading
    mapper: Mapper[UUID]
    since: int
    until: int
    things: Collection[Thing] | None

    def steps(self, first: int, kind: str) -> Iterator[Step]:
        """What is different behind a place, a few things at a time."""
        while first <= self.until:
            last = self.until if self.things is not None else min(first + _EVENTS_AT_ONCE - 1, self.until)
            begun = self._begun((first, kind), last)
            for start in range(0, len(begun), _THINGS_AT_ONCE):
                some = begun[start : start + _THINGS_AT_ONCE]
                found = differences.between(self.reading, some, self.until)
                yield [each for each in found if each.since], _place(some[-1]), sum(each.versions for each in found)
            yield [], (last + 1, ""), last + 1 - first
            first, kind = last + 1, ""

    def _begun(self, after: Place, last: int) -> list[Touch]:
        """What was touched behind a place up to a position, and not before: else it had its turn already."""
        things = self.things
        if things is None:
            events = events_between(self.reading.connection, self.mapper, after[0], last, differences.TOUCHING)
            things = {thing for _, event in events for thing in differences.touched(event)}
        found = differences.touches(self.reading, things, after[0], last)
        return [touch for touch in found if _place(touch) > after and (touch.held or 0) <= self.since]


def _place(touch: Touch) -> Place:
    return touch.position, touch.thing.kind


def _page(steps: Iterable[Step], until: int, limit: int) -> tuple[list[Difference], Place | None]:
    """As many differences as are wanted, or fewer where more would take too much reading, and where to go on."""
    found: list[Difference] = []
    read = 0
    for some, reached, cost in steps:
        found += some
        read += cost
        if len(found) > limit:
            return found[:limit], _place(found[limit - 1].touch)
        if read >= MOST_READ and reached[0] <= until:
            return found, reached
    return found, None


def _item(difference: Difference, causes: Mapping[int, Any]) -> dict[str, Any]:
    return {
        "kind": difference.touch.thing.kind,
        "id": difference.touch.thing.key,
        "title": difference.title,
        "what": difference.what,
        "gone_to": difference.gone_to,
        "cause": difference.moved_at and causes[difference.moved_at],
        "fields": [
            {
                "field": name,
                "before": shown_fact(difference.before.get(name)),
                "after": shown_fact(difference.after.get(name)),
                "cause": causes[position],
            }
            for name, position in difference.since.items()
        ],
    }
