"""Leads of the inbox for work that goes through all of it: in batches, in the order in which they were created."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from aggregates.policy import READY, VERDICTS
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import Query
from projections.engine.tables import Number
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.organizations import ORGANIZATIONS
from projections.places import INBOX
from projections.signals import LATEST_SIGNALS


def waiting(reading: Reading, *, after: int, limit: int) -> list[Row]:
    """The next leads in the inbox behind one, by the position at which each was created."""
    return _WAITING.rows(reading, {"place": INBOX, "after": after, "limit": limit})


def waiting_for_organization(reading: Reading, organization_id: int, *, limit: int) -> list[str]:
    """The ids of the first leads in the inbox that are about an organization."""
    values = {"place": INBOX, "organization_id": organization_id, "limit": limit}
    return [lead_id for (lead_id,) in _ABOUT.tuples(reading, values)]


def ready_in_inbox(reading: Reading) -> list[str]:
    """The ids of the leads in the inbox that are ready to be deals and never were one, the oldest first."""
    return [lead_id for (lead_id,) in _READY.tuples(reading, {"readiness": VERDICTS.index(READY)})]


def number_waiting(reading: Reading, *, after: int) -> int:
    """How many leads `waiting` would answer in all."""
    query = select(func.count()).where(holding(LEADS), LEADS.c.place == INBOX, LEADS.c.created_position > after)
    number: int = reading.execute(query).scalar_one()
    return number


def prefetch_what_is_known(rows: Rows, leads: Sequence[Row]) -> None:
    """Read beforehand what leads are judged by, a few hundred at a time."""
    organizations = {lead["organization_id"] for lead in leads} - {None}
    rows.prefetch(ORGANIZATIONS, [(number,) for number in organizations])
    rows.prefetch(LATEST_SIGNALS, [(lead["opportunity_id"],) for lead in leads])


_WAITING = Query(
    select(LEADS)
    .where(LEADS.c.place == bindparam("place"), holding(LEADS), LEADS.c.created_position > bindparam("after"))
    .order_by(LEADS.c.created_position)
    .limit(bindparam("limit", type_=Number))
)
_ABOUT = Query(
    select(LEADS.c.lead_id)
    .where(LEADS.c.organization_id == bindparam("organization_id"), LEADS.c.place == bindparam("place"))
    .where(holding(LEADS))
    .order_by(LEADS.c.created_position)
    .limit(bindparam("limit", type_=Number))
)
_READY = Query(
    select(LEADS.c.lead_id)
    .where(holding(LEADS), LEADS.c.place == INBOX, LEADS.c.readiness == bindparam("readiness"))
    .where(LEADS.c.deal_id.is_(None))
    .order_by(LEADS.c.created_position)
)
