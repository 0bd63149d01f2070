"""Marks which opportunity and contacts each event of the log touched: the way from these to their events."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, Table, bindparam, select

from aggregates.erasure import ErasureEvent
from aggregates.event import Event
from aggregates.legal_hold import LegalHoldEvent
from aggregates.signal import SignalRecorded
from projections.activities import participants_of
from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import LINKED, Number, Restricted, SortableText, growing_table, named_index
from projections.engine.validity import every_version, holding
from projections.engine.visibility import restriction_of
from projections.kinds import KIND_OF, KINDS
from projections.leads import LEADS
from projections.places import REVERTED

_OWNED = {"person_id": "owns_contacts", "organization_id": "owns_contacts"}

TIMELINE = growing_table(
    "timeline",
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("part", Number, primary_key=True, autoincrement=False),
    Column("opportunity_id", SortableText),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("owns_contacts", Boolean, nullable=False),
    named_index("timeline_by_opportunity", "opportunity_id", "position"),
    named_index("timeline_by_person", "person_id", "position"),
    named_index("timeline_by_organization", "organization_id", "position"),
    has_rowid=False,
    restricted=Restricted(LINKED.columns, together="position", counted=_OWNED),
)
"""Which opportunity, person and organization each event touched: in one row, or in several parts where it touched
several of a kind, each in one of them. What an event tells belongs to its opportunity, and is hidden with it; to the
contacts only where the part ``owns_contacts``, not where they are linked to it, as a person is to a lead."""


class Touched(NamedTuple):
    """What an event touches: an opportunity, a person and an organization, and persons who only take part."""

    opportunity_id: str | None
    person_id: int | None
    organization_id: int | None
    owns_contacts: bool
    participants: tuple[int, ...] = ()


def mark(rows: Rows, position: int, before: Touched | None, after: Touched | None) -> None:
    """Mark what an event touched before it happened, and since."""
    since = before if after is None else after
    if since is None:
        return
    if (before is None or before == since) and not since.participants:
        _add(rows, position, 0, *since[:4])
    else:
        for part, each in enumerate(_parts(since, before or since)):
            _add(rows, position, part, *each)


def _parts(after: Touched, before: Touched) -> Iterator[tuple[str | None, int | None, int | None, bool]]:
    """All that an event touched, once each; contacts are its own before as since, but not those who only take part."""
    opportunities, people, organizations = map(_once, zip(after[:3], before[:3], strict=True))
    for each in zip_longest(opportunities, people, organizations):
        yield *each, after.owns_contacts
    for participant in _once((*after.participants, *before.participants)):
        if participant not in people:
            yield None, participant, None, False


def _once(values: Iterable[Any]) -> list[Any]:
    return [value for value in dict.fromkeys(values) if value is not None]


def _add(
    rows: Rows,
    position: int,
    part: int,
    opportunity_id: str | None,
    person_id: int | None,
    organization_id: int | None,
    owns_contacts: bool,
) -> None:
    row: Row = {
        "position": position,
        "part": part,
        "opportunity_id": opportunity_id,
        "person_id": person_id,
        "organization_id": organization_id,
        "owns_contacts": owns_contacts,
    }
    rows.add(TIMELINE, row)


def touched(rows: Rows, event: Event) -> Touched | None:
    """What an event touches as the rows stand: what its thing is, or is linked to; None where that is nothing.

    A signal touches what the current form of its opportunity is linked to. The contacts are its own where the rows of
    such things are hidden with them. An erasure and a legal hold touch what the thing touches that they are about.
    """
    kind = _touching(type(event).__name__)
    if kind is not None:
        key = getattr(event, kind.key)
    elif isinstance(event, SignalRecorded):
        return _links(current_form(rows, event.lead_id, event.deal_id), False)
    elif isinstance(event, ErasureEvent | LegalHoldEvent) and event.kind in _TOUCHING:
        kind, key = _TOUCHING[event.kind], event.key
    else:
        return None
    return kind.itself(key) if kind.itself is not None else _links(rows.current(kind.table, key), kind.owns_contacts)


class _Touching(NamedTuple):
    """A kind whose events touch something: a contact touches ``itself``, others what their rows are linked to."""

    table: Table
    key: str
    owns_contacts: bool
    itself: Callable[[Any], Touched] | None


_ITSELF: dict[str, Callable[[int], Touched]] = {
    "person": lambda number: Touched(None, number, None, True),
    "organization": lambda number: Touched(None, None, number, True),
}

_TOUCHING = {
    name: _Touching(kind.table, str(kind.key.name), restriction_of(kind.table) is LINKED, _ITSELF.get(name))
    for name, kind in KINDS.items()
    if kind.linked_to or name in _ITSELF
}


@cache
def _touching(event: str) -> _Touching | None:
    """The kind that touches something and that an event of that name happens to; None where it happens to another.

    A signal itself touches nothing: what it touches depends on the form of its opportunity.
    """
    kind = KIND_OF.get(event)
    return None if kind is None or kind.events is SignalRecorded else _TOUCHING.get(kind.name)


@lru_cache(maxsize=4096)
def _participants(participants: str) -> tuple[int, ...]:
    """The persons who take part in something; many have the same."""
    return (*participants_of(participants),)


def _links(row: Row | None, owns_contacts: bool) -> Touched | None:
    if row is None:
        return None
    linked = row["opportunity_id"], row.get("person_id"), row.get("organization_id")
    participants = _participants(row["participants"]) if "participants" in row else ()
    return Touched(*linked, owns_contacts, participants) if participants or any(linked) else None


def current_form(rows: Rows, lead_id: str | None, deal_id: int | None) -> Row | None:
    """The row of the form that an opportunity has now; it has had at least one of the two."""
    deal = None if deal_id is None else rows.current(DEALS, deal_id)
    if lead_id is None or (deal is not None and deal["place"] != REVERTED):
        return deal
    return rows.current(LEADS, lead_id)


class Subject(NamedTuple):
    """What has a timeline: the column of `TIMELINE` that names such things, and its id."""

    column: str
    key: str | int

    def __str__(self) -> str:
        return self.key if isinstance(self.key, str) else f"{self.column}/{self.key}"


def subject(row: Row, kind: str) -> Subject:
    """What has the timeline of a thing: the opportunity that a lead or a deal is of, a person or an organization."""
    column = "opportunity_id" if "opportunity_id" in row else f"{kind}_id"
    return Subject(column, row[column])


def positions(reading: Reading, about: Subject, *, oldest_first: bool, after: int | None, limit: int) -> list[int]:
    """Where the log tells of a subject, behind a position in that order, and one more than the limit."""
    query = _positions(about.column, oldest_first, after is not None, limit)
    return [position for (position,) in query.tuples(reading, {"key": about.key, "after": after})]


@lru_cache(COMPILED)
def _positions(column: str, oldest_first: bool, continues: bool, limit: int) -> Query:
    named = TIMELINE.c[column]
    query = select(TIMELINE.c.position).where(named == bindparam("key", type_=named.type), holding(TIMELINE))
    after = [bindparam("after", type_=Number)] if continues else None
    return Query(page(query, [TIMELINE.c.position], descending=not oldest_first, after=after, limit=limit))


def hidden_between(reading: Reading, first: int, last: int) -> set[int]:
    """The positions from one to another, both counting, of the events that whoever the reading is for may not see."""
    if reading.viewer is None:
        return set()
    asked = {"first": first, "last": last}
    of_all, seen = (_BETWEEN.tuples(each, asked) for each in (reading.seen_by(None), reading))
    return {position for (position,) in {*of_all}.difference(seen)}


_BETWEEN = Query(
    select(TIMELINE.c.position).where(
        TIMELINE.c.position.between(bindparam("first"), bindparam("last")), every_version(TIMELINE)
    )
)
