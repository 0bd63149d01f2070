"""Converts a lead into a deal and reverts a deal to a lead; both change together."""

from typing import Unpack
from uuid import UUID

from aggregates import lead_source
from aggregates.deal import Deal, ReversalAdvice
from aggregates.details import SomeDetails
from aggregates.lead import Lead, PolicyAdvice
from aggregates.placement import Placement


def convert(
    lead: Lead,
    former_deal: Deal | None,
    *,
    conversion_id: UUID,
    deal_id: int,
    filled_in: SomeDetails,
    advice: PolicyAdvice | None = None,
    **placement: Unpack[Placement],
) -> Deal:
    """Convert a lead to the deal that it was before or, if it never was one, to a new deal with that number.

    Answers the deal. Details in ``filled_in`` replace the lead's; ``advice`` is what the conversion policy said of the
    lead. Raises `Refusal`.
    """
    lead.convert(conversion_id=conversion_id, deal_id=deal_id, advice=advice, **placement)
    details = lead.details.edited(filled_in)
    if former_deal is not None:
        former_deal.come_back(details, conversion_id=conversion_id, lead_id=lead.id, **placement)
        return former_deal
    return Deal.create(
        deal_id,
        details,
        opportunity_id=lead.opportunity_id,
        lead_id=str(lead.id),
        origin=lead.origin,
        origin_id=lead.origin_id,
        **placement,
    )


def revert(
    deal: Deal, former_lead: Lead | None, *, conversion_id: UUID, lead_id: UUID, advice: ReversalAdvice | None = None
) -> Lead:
    """Revert a deal to the lead that it was before or, if it never was one, to a new lead with that id.

    Answers the lead. ``advice`` is what spoke for the reversal. Raises `Refusal`.
    """
    deal.revert(conversion_id=conversion_id, lead_id=lead_id, advice=advice)
    if former_lead is not None:
        former_lead.come_back(deal.details, conversion_id=conversion_id, deal_id=deal.deal_id)
        return former_lead
    return Lead.create(
        lead_id,
        deal.details,
        opportunity_id=deal.opportunity_id,
        deal_id=deal.deal_id,
        source_name=lead_source.DEAL,
        was_seen=True,
        origin=deal.origin,
        origin_id=deal.origin_id,
    )
