"""Marks at which positions of the log an opportunity or a contact was touched: the way to its events."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Column, bindparam, select

from aggregates.activity import ActivityEvent
from aggregates.deal import DealEvent
from aggregates.event import Event
from aggregates.identity import stream_id
from aggregates.lead import LeadEvent
from aggregates.note import NoteEvent
from aggregates.signal import SignalRecorded
from projections.activities import ACTIVITIES, participants_of
from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Number, Row, Rows, Word, growing_table
from projections.engine.statements import COMPILED, Query
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.notes import NOTES

TIMELINE = growing_table(
    "timeline",
    Column("subject_id", Word, primary_key=True),
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
    """What an event touches as the rows stand: its own subject, and the contacts linked to it.

    Notes and activities are no subjects: their events touch what they hang on.
    """
    if isinstance(event, LeadEvent):
        opportunity = rows.current(LEADS, event.lead_id)
    elif isinstance(event, DealEvent):
        opportunity = rows.current(DEALS, event.deal_id)
    elif isinstance(event, SignalRecorded):
        opportunity = current_form(rows, event.lead_id, event.deal_id)
    elif isinstance(event, NoteEvent):
        note = rows.current(NOTES, event.note_id)
        return () if note is None else _linked(note, [note["person_id"]])
    elif isinstance(event, ActivityEvent):
        activity = rows.current(ACTIVITIES, event.activity_id)
        return () if activity is None else _linked(activity, participants_of(activity))
    else:
        return (str(event.originator_id),)
    if opportunity is None:
        return ()
    return _linked(opportunity, [opportunity["person_id"]])


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
    if lead_id is None or (deal is not None and deal["place"] != "lead"):
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
