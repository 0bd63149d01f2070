"""The table of leads, how events change it, and how leads are listed by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, bindparam, select

from aggregates.event import Event
from aggregates.lead import (
    LeadArchived,
    LeadAssigned,
    LeadBecameReady,
    LeadConvertedToDeal,
    LeadCreated,
    LeadDeleted,
    LeadEdited,
    LeadEvent,
    LeadLabelled,
    LeadMarkedUnseen,
    LeadNoLongerReady,
    LeadReturned,
    LeadSeen,
    LeadUnarchived,
)
from aggregates.policy import NOT_YET, READY, UNKNOWN, VERDICTS
from aggregates.signal import SignalRecorded
from projections.activities import next_activity
from projections.details import derived_columns, details_columns
from projections.engine.buckets import BEGINNING, EVENT_TIME
from projections.engine.erasing import PERSONAL_TEXT
from projections.engine.pages import offset_page, reach_of
from projections.engine.read_model import as_json
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import (
    OF_OPPORTUNITY,
    Number,
    Small,
    SortableText,
    current_index,
    ended_by,
    order_indexes,
    table_with_past,
)
from projections.engine.validity import every_version, holding
from projections.places import ARCHIVE, CONVERTED, DELETED, INBOX
from projections.signals import LATEST_SIGNALS

LEADS = table_with_past(
    "leads",
    Column("lead_id", SortableText, primary_key=True),
    Column("opportunity_id", SortableText, nullable=False),
    Column("place", SortableText, nullable=False),
    Column("title", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("title_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("owner_id", Number, nullable=False),
    Column("creator_id", Number),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("label_ids", SortableText, nullable=False),
    Column("amount", Number, nullable=False),
    Column("currency", SortableText),
    Column("expected_close_date", SortableText),
    Column("visible_to", Small, nullable=False),
    Column("was_seen", Boolean, nullable=False),
    Column("source_name", SortableText, nullable=False),
    Column("origin", SortableText, nullable=False),
    Column("origin_id", SortableText, info=PERSONAL_TEXT),
    Column("channel", Number),
    Column("channel_id", SortableText, info=PERSONAL_TEXT),
    Column("deal_id", Number),
    Column("source_deal_id", Number),
    Column("readiness", Small, nullable=False),
    Column("created_position", Number, nullable=False, info=BEGINNING),
    Column("edited_position", Number, nullable=False),
    Column("add_time", SortableText, nullable=False),
    Column("update_time", SortableText, nullable=False, info=EVENT_TIME),
    indexes=[
        *order_indexes("leads_by_creation", ["place"], "created_position"),
        *order_indexes("leads_by_update", ["place"], "update_time", "valid_from"),
        *order_indexes("leads_by_amount", ["place"], "amount", "created_position"),
        *order_indexes("leads_by_readiness", ["place"], "readiness", "created_position"),
        *order_indexes("leads_by_owner", ["owner_id", "place"], "created_position"),
        current_index("leads_by_source", "source_name", "place", "created_position"),
        *order_indexes("leads_by_seen", ["was_seen", "place"], "created_position"),
        current_index("leads_by_person", "person_id", "place", "created_position"),
        current_index("leads_by_organization", "organization_id", "place", "created_position"),
        current_index("leads_by_opportunity", "opportunity_id"),
    ],
    ended=[
        ended_by("leads_ended_by_person", "person_id"),
        ended_by("leads_ended_by_organization", "organization_id"),
        ended_by("leads_ended_by_opportunity", "opportunity_id"),
    ],
    key=("lead_id",),
    restricted=OF_OPPORTUNITY,
)
"""Every lead there ever was. ``place`` says where it is: inbox, archive, deal (converted) or deleted;
``amount`` counts its currency's smallest coin (0 where there is no currency), ``deal_id`` is the deal it became
last and ``source_deal_id`` the one it came from last. ``readiness`` is the place in `VERDICTS` of what was last said
of it; unknown is a lead on whose opportunity no signal was ever recorded. ``edited_position`` is the position of the
last event that is an edit (`Event.is_edit`)."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let a lead's event change its row."""
    if isinstance(event, LeadCreated):
        rows.insert(LEADS, position, _arrived(rows, event, position))
    elif isinstance(event, LeadEvent) and (columns := _changes(event)) is not None:
        if event.is_edit:
            columns["edited_position"] = position
        rows.change(LEADS, position, (event.lead_id,), update_time=event.at, **columns)
    elif isinstance(event, SignalRecorded) and event.lead_id is not None:
        lead = rows.current(LEADS, event.lead_id)
        if lead is not None and lead["readiness"] == VERDICTS.index(UNKNOWN):
            readiness = VERDICTS.index(NOT_YET)
            rows.change(LEADS, position, (event.lead_id,), update_time=event.at, readiness=readiness)


def _arrived(rows: Rows, event: LeadCreated, position: int) -> Row:
    return {
        **details_columns(event),
        "lead_id": event.lead_id,
        "opportunity_id": event.opportunity_id,
        "place": INBOX,
        "creator_id": event.by,
        "label_ids": as_json(event.label_ids),
        "was_seen": event.was_seen,
        "source_name": event.source_name,
        "origin": event.origin,
        "origin_id": event.origin_id,
        "deal_id": event.deal_id,
        "source_deal_id": event.deal_id,
        "readiness": _known_of(rows, event),
        "created_position": position,
        "edited_position": position,
        "add_time": event.at,
        "update_time": event.at,
    }


def _known_of(rows: Rows, event: LeadCreated) -> int:
    """A lead that was a deal before may bring its signals along."""
    was_deal = event.opportunity_id != event.lead_id
    has_signals = was_deal and rows.current(LATEST_SIGNALS, event.opportunity_id) is not None
    return VERDICTS.index(NOT_YET if has_signals else UNKNOWN)


def _changes(event: LeadEvent) -> Row | None:
    match event:
        case LeadEdited(changes=changes):
            return {**changes, **derived_columns(changes)}
        case LeadAssigned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case LeadLabelled(label_ids=label_ids):
            return {"label_ids": as_json(label_ids)}
        case LeadSeen() | LeadMarkedUnseen():
            return {"was_seen": isinstance(event, LeadSeen)}
        case LeadBecameReady():
            return {"readiness": VERDICTS.index(READY)}
        case LeadNoLongerReady(verdict=verdict):
            return {"readiness": VERDICTS.index(verdict)}
        case LeadArchived():
            return {"place": ARCHIVE}
        case LeadUnarchived():
            return {"place": INBOX}
        case LeadDeleted():
            return {"place": DELETED}
        case LeadConvertedToDeal(deal_id=deal_id):
            return {"place": CONVERTED, "deal_id": deal_id}
        case LeadReturned(deal_id=deal_id):
            return {**details_columns(event), "place": INBOX, "source_deal_id": deal_id}
        case _:
            return None


def leads(
    reading: Reading,
    place: str,
    *,
    only: Mapping[str, Any],
    updated_since: str | None = None,
    order: Sequence[tuple[str, bool]] = (),
    start: int,
    limit: int,
    told: tuple[str, ...] = (),
) -> list[Row]:
    """Leads in one place by offset, and one more than the limit where more follow.

    ``only`` says which values columns must have; ``order`` names columns, and ``next_activity_id``, and whether
    they descend, and ends in the order of arrival. What is null comes last. ``told`` names the columns that are
    wanted, unless it is all of them; ``next_activity_id`` may be among them, too.
    """
    values = {**only, "place": place, "updated_since": updated_since, "start": start}
    shape = tuple(only), updated_since is not None, tuple(order), reach_of(start, limit), limit, told
    statement = _statement(*shape)
    return statement.rows(reading, values)


def planned_lead(reading: Reading, lead_id: str) -> Row | None:
    """The version of a lead that holds at the moment, with its ``next_activity_id``; None where there never was one."""
    found = _PLANNED_ONE.rows(reading, {"lead_id": lead_id})
    return found[0] if found else None


def ever_had_leads(reading: Reading) -> bool:
    """Whether there ever was a lead, whatever became of it."""
    return reading.execute(select(LEADS.c.lead_id).where(every_version(LEADS)).limit(1)).first() is not None


@lru_cache(COMPILED)
def _statement(
    only: tuple[str, ...],
    has_beginning: bool,
    order: tuple[tuple[str, bool], ...],
    reach: int,
    limit: int,
    told: tuple[str, ...],
) -> Query:
    told_columns = (_PLANNED.label(_NEXT) if name == _NEXT else LEADS.c[name] for name in told)
    query = select(*told_columns) if told else select(LEADS)
    query = query.where(holding(LEADS), LEADS.c.place == bindparam("place"))
    query = query.where(*(LEADS.c[name] == bindparam(name) for name in only))
    if has_beginning:
        query = query.where(LEADS.c.update_time >= bindparam("updated_since"))
    names, descending = zip(*order, ("created_position", False), strict=True)
    columns = [_PLANNED if name == _NEXT else LEADS.c[name] for name in names]
    return Query(offset_page(query, columns, descending, reach, limit, table=LEADS, only=only))


_NEXT = "next_activity_id"
_PLANNED: ColumnElement[Any] = next_activity(LEADS.c.opportunity_id)
_PLANNED_ONE = Query(
    select(LEADS, _PLANNED.label(_NEXT)).where(LEADS.c.lead_id == bindparam("lead_id"), holding(LEADS))
)
