"""The table of conversions and reversals: which lead became which deal, and which deal a lead again."""

from sqlalchemy import Column, Index, bindparam, select

from aggregates.deal import DealRevertedToLead
from aggregates.event import Event
from aggregates.lead import LeadConvertedToDeal
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import Query
from projections.engine.tables import OF_OPPORTUNITY, Number, SortableText, growing_table
from projections.engine.validity import holding
from projections.leads import LEADS

CONVERSIONS = growing_table(
    "conversions",
    Column("conversion_id", SortableText, primary_key=True),
    Column("opportunity_id", SortableText, nullable=False),
    Column("lead_id", SortableText, nullable=False),
    Column("deal_id", Number, nullable=False),
    Column("form", SortableText, nullable=False),
    Column("position", Number, nullable=False),
    Index("conversions_by_lead", "lead_id", "position"),
    restricted=OF_OPPORTUNITY,
)
"""Every change of form; ``form`` is what the opportunity became: deal or lead."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Keep a conversion or a reversal."""
    match event:
        case LeadConvertedToDeal():
            form, lead_id, row = "deal", event.lead_id, rows.current(LEADS, event.lead_id)
        case DealRevertedToLead(lead_id=lead_id):
            form, row = "lead", rows.current(DEALS, event.deal_id)
        case _:
            return
    if row is None:
        return
    rows.add(
        CONVERSIONS,
        {
            "conversion_id": event.conversion_id,
            "opportunity_id": row["opportunity_id"],
            "lead_id": lead_id,
            "deal_id": event.deal_id,
            "form": form,
            "position": position,
        },
    )


def conversion(reading: Reading, conversion_id: str) -> Row | None:
    """One change of form; None where there was no such."""
    return next(iter(_CONVERSION.rows(reading, {"conversion_id": conversion_id})), None)


_CONVERSION = Query(
    select(CONVERSIONS).where(CONVERSIONS.c.conversion_id == bindparam("conversion_id"), holding(CONVERSIONS))
)


def changes_of_form(reading: Reading, lead_id: str) -> list[Row]:
    """Every conversion and reversal of the opportunity that this lead is a form of, in order."""
    return _CHANGES.rows(reading, {"lead_id": lead_id})


_CHANGES = Query(
    select(CONVERSIONS)
    .where(CONVERSIONS.c.lead_id == bindparam("lead_id"), holding(CONVERSIONS))
    .order_by(CONVERSIONS.c.position)
)
