"""Leads, deals and opportunities flow in by their ids, and out flows which opportunity has which form now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, select

from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import find, holding
from projections.leads import LEADS

_AT_ONCE = 400

FORMS = {"lead": (LEADS, "deal"), "deal": (DEALS, "lead")}
"""Where the two forms of an opportunity are kept, and the place of one that is the other at present."""


class Form(NamedTuple):
    """What an opportunity is now, or was last where it was deleted: the lead or the deal, and its title."""

    lead_id: str | None
    deal_id: int | None
    title: str

    @property
    def kind(self) -> str | None:
        """Lead or deal; None for the form of no opportunity."""
        return "lead" if self.lead_id is not None else "deal" if self.deal_id is not None else None


NO_FORM = Form(None, None, "")
"""The form of no opportunity at all."""


def opportunity_of(reading: Reading, kind: str, number: Any, kept: str | None = None) -> str | None:
    """The opportunity that is this lead or this deal now; None where that was deleted or is the other form.

    A deleted one counts where it is of the opportunity ``kept``.
    """
    table, place_of_other = FORMS[kind]
    row = find(reading, table, number)
    if row is None or row["place"] == place_of_other:
        return None
    opportunity_id: str = row["opportunity_id"]
    return None if row["place"] == "deleted" and opportunity_id != kept else opportunity_id


def forms_of(reading: Reading, opportunity_ids: Iterable[str | None]) -> dict[str | None, Form]:
    """The form of each of many opportunities; None stands for no opportunity."""
    wanted = sorted({opportunity_id for opportunity_id in opportunity_ids if opportunity_id is not None})
    forms: dict[str | None, Form] = {None: NO_FORM}
    for start in range(0, len(wanted), _AT_ONCE):
        some = {"some": wanted[start : start + _AT_ONCE]}
        for opportunity_id, lead_id, title in reading.execute(_LEADS, some):
            forms[opportunity_id] = Form(lead_id, None, title)
        for opportunity_id, deal_id, title in reading.execute(_DEALS, some):
            forms[opportunity_id] = Form(None, deal_id, title)
    return forms


_SOME: BindParameter[list[str]] = bindparam("some", expanding=True)
_LEADS = select(LEADS.c.opportunity_id, LEADS.c.lead_id, LEADS.c.title).where(
    LEADS.c.opportunity_id.in_(_SOME), LEADS.c.place != "deal", holding(LEADS)
)
_DEALS = select(DEALS.c.opportunity_id, DEALS.c.deal_id, DEALS.c.title).where(
    DEALS.c.opportunity_id.in_(_SOME), DEALS.c.place != "lead", holding(DEALS)
)
