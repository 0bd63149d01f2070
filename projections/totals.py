"""Counts what there is of each kind, for a summary in words."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from aggregates.policy import READY, VERDICTS
from projections.activities import ACTIVITIES, present
from projections.conversions import CONVERSIONS
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.notes import NOTES
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.places import ARCHIVE, INBOX, PRESENT_DEALS
from projections.signals import SIGNALS
from projections.users import USERS

_PRESENT_DEAL = DEALS.c.place.in_(PRESENT_DEALS)
_READY = LEADS.c.readiness == VERDICTS.index(READY)
_COUNTED: dict[str, tuple[ColumnElement[bool], ...]] = {
    "users": (holding(USERS),),
    "organizations": (holding(ORGANIZATIONS),),
    "persons": (holding(PERSONS),),
    "leads in the inbox": (holding(LEADS), LEADS.c.place == INBOX),
    "archived leads": (holding(LEADS), LEADS.c.place == ARCHIVE),
    "open deals": (holding(DEALS), _PRESENT_DEAL, DEALS.c.status == "open"),
    "won deals": (holding(DEALS), _PRESENT_DEAL, DEALS.c.status == "won"),
    "lost deals": (holding(DEALS), _PRESENT_DEAL, DEALS.c.status == "lost"),
    "conversions of leads to deals": (holding(CONVERSIONS), CONVERSIONS.c.form == "deal"),
    "reversals of deals to leads": (holding(CONVERSIONS), CONVERSIONS.c.form == "lead"),
    "leads that are ready to be converted": (holding(LEADS), LEADS.c.place == INBOX, _READY),
    "signals": (holding(SIGNALS),),
    "notes": (holding(NOTES),),
    "activities to be done": (*present(), ACTIVITIES.c.is_done.is_(False)),
    "activities that are done": (*present(), ACTIVITIES.c.is_done.is_(True)),
}


def totals(reading: Reading) -> dict[str, int]:
    """How many there are, by what is counted in words; looks at every row that is counted."""
    return {
        counted: reading.execute(select(func.count()).where(*conditions)).scalar_one()
        for counted, conditions in _COUNTED.items()
    }
