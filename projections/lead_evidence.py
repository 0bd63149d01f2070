"""Reads in one query what a lead is judged by: its organization, its signals and its notes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, bindparam, select

from projections.engine.reading import Reading
from projections.engine.statements import Query
from projections.engine.tables import Number
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.notes import NOTES, present_notes
from projections.organizations import ORGANIZATIONS
from projections.signals import LATEST_SIGNALS, LatestSignal, latest


class Known(NamedTuple):
    """What a lead is judged by, beside what its own row tells; the notes are the last ones."""

    organization_name: str | None
    website: str | None
    signals: list[LatestSignal]
    notes: list[str]


def known_of(reading: Reading, lead_id: str, *, notes: int) -> Known:
    """What is known of a lead that is there, with so many of its notes."""
    found = _KNOWN.tuples(reading, {"lead_id": lead_id, "notes": notes})
    name, website, signals, _ = found[0]
    written = [content for *_, content in found if content is not None]
    return Known(name, website, latest(None if signals is None else {"signals": signals}), written)


_NOTED = present_notes(by=NOTES.c.opportunity_id == LEADS.c.opportunity_id)
_KNOWN = Query(
    select(ORGANIZATIONS.c.name, ORGANIZATIONS.c.website, LATEST_SIGNALS.c.signals, NOTES.c.content)
    .select_from(LEADS)
    .outerjoin(ORGANIZATIONS, and_(ORGANIZATIONS.c.organization_id == LEADS.c.organization_id, holding(ORGANIZATIONS)))
    .outerjoin(LATEST_SIGNALS, and_(LATEST_SIGNALS.c.opportunity_id == LEADS.c.opportunity_id, holding(LATEST_SIGNALS)))
    .outerjoin(NOTES, _NOTED)
    .where(LEADS.c.lead_id == bindparam("lead_id"), holding(LEADS))
    .order_by(NOTES.c.note_id.desc())
    .limit(bindparam("notes", type_=Number))
)
