"""Marks at which positions of the log an opportunity or a contact was touched: the way to its events."""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, Index, Table, bindparam, select, text

from aggregates.erasure import ErasureEvent
from aggregates.event import Event
from aggregates.identity import stream_id
from aggregates.legal_hold import LegalHoldEvent
from aggregates.signal import SignalRecorded
from projections.activities import participants_of
from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import LINKED, Number, Restricted, SortableText, growing_table
from projections.engine.validity import current, every_version, holding
from projections.engine.visibility import RESTRICTIONS, is_hidden, restriction_of
from projections.kinds import KIND_OF, KINDS
from projections.leads import LEADS
from projections.places import REVERTED

_IS_OWN: dict[str, Any] = {"sqlite_where": text("is_own IS 1"), "postgresql_where": text("is_own IS true")}

TIMELINE = growing_table(
    "timeline",
    Column("subject_id", SortableText, primary_key=True),
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("is_own", Boolean, nullable=False),
    Index("timeline_by_position", "position", "subject_id", **_IS_OWN),
    has_rowid=False,
    restricted=Restricted({"subject_id": "subject_id"}, together="position", counted="is_own"),
)
"""Which events touched which subject: an opportunity, or the stream of anything else. A subject ``is_own`` where what
the event tells of belongs to it, and is hidden with it; not where it is only linked to it, as a lead is to a person."""


Subjects = Mapping[str, bool]
"""What an event touches, and whether that is its own."""

_NONE: Subjects = MappingProxyType({})


def mark(rows: Rows, position: int, before: Subjects, after: Subjects) -> None:
    """Mark the subjects that an event touched: those before it happened, and those since."""
    both = after
    if before and before != after:
        both = {**before, **{name: own or before.get(name, False) for name, own in after.items()}}
    for subject_id, is_own in both.items():
        rows.add(TIMELINE, {"subject_id": subject_id, "position": position, "is_own": is_own})


@lru_cache(maxsize=4096)
def contact_subject(kind: str, number: int) -> str:
    """The subject under which a person's or an organization's events are marked."""
    return str(stream_id(kind, number))


def subjects(rows: Rows, event: Event) -> Subjects:
    """What an event touches as the rows stand: what its thing is linked to, or its own stream where there are no links.

    A signal touches what the current form of its opportunity is linked to. Its own is what the rows of such things are
    hidden with. An erasure and a legal hold touch what the thing touches that they are about.
    """
    if isinstance(event, SignalRecorded):
        return _subjects_of(current_form(rows, event.lead_id, event.deal_id), False)
    if isinstance(event, ErasureEvent | LegalHoldEvent):
        kind, key = KINDS.get(event.kind), event.key
        found, stream = _LINKED_KINDS.get(event.kind), event.originator_id if kind is None else kind.stream_of(key)
    else:
        found, stream = _linked_kind(type(event).__name__), event.originator_id
        key = getattr(event, found.key) if found is not None else ""
    return {str(stream): True} if found is None else _subjects_of(rows.current(found.table, key), found.is_own)


class _LinkedKind(NamedTuple):
    """A kind whose rows say what they are linked to, and whether contacts among that are their own."""

    table: Table
    key: str
    is_own: bool


_LINKED_KINDS = {
    name: _LinkedKind(kind.table, str(kind.key.name), restriction_of(kind.table) is LINKED)
    for name, kind in KINDS.items()
    if kind.linked_to
}


@cache
def _linked_kind(event: str) -> _LinkedKind | None:
    """The linked kind that an event of that name happens to; None where it happens to another."""
    kind = KIND_OF.get(event)
    return None if kind is None else _LINKED_KINDS.get(kind.name)


def _subjects_of(row: Row | None, is_own: bool) -> Subjects:
    """The opportunity that a row names, the persons and the organization, each where there is one."""
    if row is None:
        return _NONE
    contacts = _contacts(row["person_id"], row["organization_id"], row.get("participants"), is_own)
    return contacts if (opportunity_id := row["opportunity_id"]) is None else {opportunity_id: True, **contacts}


@lru_cache(maxsize=4096)
def _contacts(person_id: int | None, organization_id: int | None, participants: str | None, is_own: bool) -> Subjects:
    """The persons and the organization among links; many rows have the same.

    Where they are its own, they are but for those who only take part.
    """
    touched = {}
    for participant in [person_id] if participants is None else participants_of(participants):
        if participant is not None:
            touched[contact_subject("person", participant)] = is_own and participant == person_id
    if organization_id is not None:
        touched[contact_subject("organization", organization_id)] = is_own
    return touched


def current_form(rows: Rows, lead_id: str | None, deal_id: int | None) -> Row | None:
    """The row of the form that an opportunity has now; it has had at least one of the two."""
    deal = None if deal_id is None else rows.current(DEALS, deal_id)
    if lead_id is None or (deal is not None and deal["place"] != REVERTED):
        return deal
    return rows.current(LEADS, lead_id)


def positions(reading: Reading, subject_id: str, *, oldest_first: bool, after: int | None, limit: int) -> list[int]:
    """Where the log tells of a subject, behind a position in that order, and one more than the limit."""
    query = _positions(oldest_first, after is not None, limit)
    return [position for (position,) in query.tuples(reading, {"subject_id": subject_id, "after": after})]


@lru_cache(COMPILED)
def _positions(oldest_first: bool, continues: bool, limit: int) -> Query:
    query = select(TIMELINE.c.position).where(TIMELINE.c.subject_id == bindparam("subject_id"), holding(TIMELINE))
    after = [bindparam("after", type_=Number)] if continues else None
    return Query(page(query, [TIMELINE.c.position], descending=not oldest_first, after=after, limit=limit))


def hidden_between(reading: Reading, first: int, last: int) -> set[int]:
    """The positions from one to another, both counting, of the events that whoever the reading is for may not see."""
    if reading.viewer is None:
        return set()
    asked = {"first": first, "last": last, **reading.values}
    return {position for (position,) in _HIDDEN.tuples(reading.seen_by(None), asked)}


_HIDDEN = Query(
    select(TIMELINE.c.position)
    .join(RESTRICTIONS, RESTRICTIONS.c.subject_id == TIMELINE.c.subject_id)
    .where(TIMELINE.c.position.between(bindparam("first"), bindparam("last")), TIMELINE.c.is_own.is_(True))
    .where(every_version(TIMELINE), current(RESTRICTIONS), is_hidden(RESTRICTIONS))
)
