"""Keeps who may see what: by the level of each lead, deal, person and organization, its owner and its followers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, select

from aggregates.deal import DealAssigned, DealCreated, DealEdited, DealEvent, DealReturned
from aggregates.event import Event
from aggregates.follower import FollowerEvent
from aggregates.identity import stream_id
from aggregates.lead import LeadAssigned, LeadCreated, LeadEdited, LeadEvent, LeadReturned
from aggregates.organization import OrganizationAdded, OrganizationAssigned, OrganizationEdited, OrganizationEvent
from aggregates.person import PersonAdded, PersonAssigned, PersonEdited, PersonEvent
from projections.deals import DEALS
from projections.engine.read_model import Handler
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import Query
from projections.engine.validity import current
from projections.engine.visibility import RESTRICTIONS, listed
from projections.leads import LEADS
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.timeline import current_form
from projections.users import USERS

OWNER_AND_FOLLOWERS = 1
"""The level of what only its owner and its followers may see. Without groups, all others let everybody (wire reference
1.10)."""

_FIRST = (LeadCreated, DealCreated, PersonAdded, OrganizationAdded)
_RETURNED = (LeadReturned, DealReturned)
_EDITED = (LeadEdited, DealEdited, PersonEdited, OrganizationEdited)
_ASSIGNED = (LeadAssigned, DealAssigned, PersonAssigned, OrganizationAssigned)
_NO_NUMBER = dict.fromkeys(("deal_id", "person_id", "organization_id"))
_CONTACTS = {"person": PERSONS, "organization": ORGANIZATIONS}


class _Thing(NamedTuple):
    """What may be restricted: its subject's id, its row (of an opportunity: that of its form), who follows it, and its
    number as a deal or a contact, by the name of the column."""

    subject_id: str
    row: Row
    follower_ids: list[int]
    number: Mapping[str, int | None]


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event change who may see what it happened to."""
    if isinstance(event, _EDITED) and "visible_to" not in event.changes:
        return
    if isinstance(event, _FIRST) and event.visible_to != OWNER_AND_FOLLOWERS and _is_new(event):
        return
    thing = _thing(rows, event)
    if thing is None:
        return
    viewers = None
    if thing.row["visible_to"] == OWNER_AND_FOLLOWERS:
        viewers = listed([thing.row["owner_id"], *thing.follower_ids])
    before = rows.current(RESTRICTIONS, thing.subject_id)
    after: Row = {"viewers": viewers, **thing.number}
    if before is not None and before != before | after:
        rows.change(RESTRICTIONS, position, (thing.subject_id,), **after)
    elif before is None and viewers is not None:
        rows.insert(RESTRICTIONS, position, {"subject_id": thing.subject_id, **_NO_NUMBER, **after})


HANDLER = Handler(apply, {event: {} for event in (*_FIRST, *_RETURNED, *_EDITED, *_ASSIGNED, FollowerEvent)})


def permitted_users(reading: Reading, subject_id: str) -> list[int]:
    """Who may see something at present: all who work here, or administrators, auditors and whoever is named.

    ``subject_id`` is an opportunity's id, or a `contact_subject`.
    """
    restricted = _VIEWERS.tuples(reading, {"subject_id": subject_id})
    viewers = restricted[0][0] if restricted else None
    return [
        user_id
        for user_id, is_admin, is_auditor in _ACTIVE.tuples(reading, {})
        if viewers is None or is_admin or is_auditor or f",{user_id}," in viewers
    ]


@lru_cache(maxsize=4096)
def contact_subject(kind: str, number: int) -> str:
    """The subject under which a person or an organization is restricted."""
    return str(stream_id(kind, number))


def _is_new(event: Event) -> bool:
    """Whether the first event of a thing is that of its opportunity, too: nothing of it can be restricted yet."""
    match event:
        case LeadCreated(lead_id=lead_id, opportunity_id=opportunity_id):
            return opportunity_id == lead_id
        case DealCreated(lead_id=lead_id):
            return lead_id is None
    return True


def _thing(rows: Rows, event: Event) -> _Thing | None:
    """The thing that an event tells of; None for what the rows do not know."""
    match event:
        case LeadEvent(lead_id=lead_id) if (lead := rows.current(LEADS, lead_id)) is not None:
            return _opportunity(rows, lead_id, lead["deal_id"])
        case DealEvent(deal_id=deal_id) | FollowerEvent(deal_id=int(deal_id)):
            deal = rows.current(DEALS, deal_id)
            return None if deal is None else _opportunity(rows, deal["lead_id"], deal_id)
        case PersonEvent(person_id=number) | FollowerEvent(person_id=int(number)):
            return _contact(rows, "person", number)
        case OrganizationEvent(organization_id=number) | FollowerEvent(organization_id=int(number)):
            return _contact(rows, "organization", number)
    return None


def _opportunity(rows: Rows, lead_id: str | None, deal_id: int | None) -> _Thing | None:
    """An opportunity, whose followers are those of its deal, whatever its form is now."""
    row = current_form(rows, lead_id, deal_id)
    deal = None if deal_id is None else rows.current(DEALS, deal_id)
    return None if row is None else _Thing(row["opportunity_id"], row, _followers(deal), {"deal_id": deal_id})


def _contact(rows: Rows, kind: str, number: int) -> _Thing | None:
    row = rows.current(_CONTACTS[kind], number)
    return None if row is None else _Thing(contact_subject(kind, number), row, _followers(row), {f"{kind}_id": number})


def _followers(row: Row | None) -> list[int]:
    return [] if row is None else json.loads(row["follower_ids"])


_VIEWERS = Query(
    select(RESTRICTIONS.c.viewers).where(RESTRICTIONS.c.subject_id == bindparam("subject_id"), current(RESTRICTIONS))
)
_ACTIVE = Query(
    select(USERS.c.user_id, USERS.c.is_admin, USERS.c.is_auditor)
    .where(current(USERS), USERS.c.is_active.is_(True))
    .order_by(USERS.c.user_id)
)
