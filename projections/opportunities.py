"""Tells which form an opportunity has now, by the id of its lead, its deal or its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, cast, null, select, union_all

from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.engine.statements import Query, chunks
from projections.engine.validity import holding, in_parts
from projections.kinds import KINDS
from projections.leads import LEADS
from projections.places import CONVERTED, DELETED, REVERTED

FORMS = {name: kind for name, kind in KINDS.items() if kind.other_form is not None}
"""The two forms of an opportunity: lead and deal."""


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
    form = FORMS[kind]
    row = find(reading, form.table, number)
    if row is None or row["place"] == form.other_form:
        return None
    opportunity_id: str = row["opportunity_id"]
    return None if row["place"] == DELETED and opportunity_id != kept else opportunity_id


def forms_of(reading: Reading, opportunity_ids: Iterable[str | None]) -> dict[str | None, Form]:
    """The form of each of many opportunities; None stands for no opportunity."""
    wanted = sorted({opportunity_id for opportunity_id in opportunity_ids if opportunity_id is not None})
    forms: dict[str | None, Form] = {None: NO_FORM}
    for some in chunks(wanted):
        forms |= {opportunity_id: Form(*form) for opportunity_id, *form in _FORMS.tuples(reading, {"some": some})}
    return forms


_SOME: BindParameter[list[str]] = bindparam("some", expanding=True)
_NO_LEAD, _NO_DEAL = cast(null(), LEADS.c.lead_id.type), cast(null(), DEALS.c.deal_id.type)
_LEADS = select(LEADS.c.opportunity_id, LEADS.c.lead_id, _NO_DEAL.label("deal_id"), LEADS.c.title).where(
    LEADS.c.place != CONVERTED, holding(LEADS, by=LEADS.c.opportunity_id.in_(_SOME))
)
_DEALS = select(DEALS.c.opportunity_id, _NO_LEAD.label("lead_id"), DEALS.c.deal_id, DEALS.c.title).where(
    DEALS.c.place != REVERTED, holding(DEALS, by=DEALS.c.opportunity_id.in_(_SOME))
)
_FORMS = Query(union_all(in_parts(_LEADS, LEADS), in_parts(_DEALS, DEALS)))
