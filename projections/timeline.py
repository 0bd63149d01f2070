"""Marks at which positions of the log an opportunity or a contact was touched: the way to its events."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Column, bindparam, select

from aggregates.event import Event
from aggregates.identity import stream_id
from aggregates.signal import SignalRecorded
from projections.activities import participants_of
from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import Number, SortableText, growing_table
from projections.engine.validity import holding
from projections.kinds import KIND_OF
from projections.leads import LEADS
from projections.places import REVERTED

TIMELINE = growing_table(
    "timeline",
    Column("subject_id", SortableText, primary_key=True),
    Column("position", Number, primary_key=True, autoincrement=False),
    has_rowid=False,
)
"""Which events touched which subject: an opportunity, or the stream of anything else."""


Subjects = tuple[str, ...]


def mark(rows: Rows, position: int, before: Subjects, after: Subjects) -> None:
    """Mark the subjects that an event touched: those before it happened, and those since."""
    for subject_id in after if before == after else dict.fromkeys(before + after):
        rows.add(TIMELINE, {"subject_id": subject_id, "position": position})


@lru_cache(maxsize=4096)
def contact_subject(kind: str, number: int) -> str:
    """The subject under which a person's or an organization's events are marked."""
    return str(stream_id(kind, number))


def subjects(rows: Rows, event: Event) -> Subjects:
    """What an event touches as the rows stand: what its thing is linked to, or its own stream where there are no links.

    A signal touches what the current form of its opportunity is linked to.
    """
    kind = KIND_OF.get(type(event).__name__)
    if kind is None or not kind.linked_to:
        return (str(event.originator_id),)
    if isinstance(event, SignalRecorded):
        row = current_form(rows, event.lead_id, event.deal_id)
    else:
        row = rows.current(kind.table, getattr(event, kind.key.name))
    if row is None:
        return ()
    return _linked(row, participants_of(row) if "participants" in row else [row["person_id"]])


def _linked(row: Row, person_ids: Iterable[int | None]) -> Subjects:
    """The opportunity and the organization that a row names, and the persons, each where there is one."""
    opportunity_id, organization_id = row["opportunity_id"], row["organization_id"]
    opportunity = () if opportunity_id is None else (opportunity_id,)
    organization = () if organization_id is None else (contact_subject("organization", organization_id),)
    persons = (contact_subject("person", person_id) for person_id in person_ids if person_id is not None)
    return (*opportunity, *persons, *organization)


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
