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
    deal: Deal | None,
    *,
    conversion_id: UUID,
    deal_id: int,
    filled_in: SomeDetails,
    advice: PolicyAdvice | None = None,
    **placement: Unpack[Placement],
) -> Deal:
    """Confirm a lead: it becomes the deal it was before or, where it never was one, a new deal.

    ``deal_id`` names the deal, ``deal`` is that deal where it comes back, and ``filled_in`` holds the
    details that somebody corrected on the way. ``advice`` is what the conversion policy said of the lead.
    Raises `Refusal`.
    """
    lead.convert(conversion_id=conversion_id, deal_id=deal_id, advice=advice, **placement)
    details = lead.details.edited(filled_in)
    if deal is not None:
        deal.come_back(details, conversion_id=conversion_id, lead_id=lead.id, **placement)
        return deal
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
    deal: Deal, lead: Lead | None, *, conversion_id: UUID, lead_id: UUID, advice: ReversalAdvice | None = None
) -> Lead:
    """Take a deal back to the inbox: it becomes the lead it was before or, where it never was one, a new lead.

    ``lead_id`` names the lead, ``lead`` is that lead where it comes back. ``advice`` is what spoke for it.
    Raises `Refusal`.
    """
    deal.revert(conversion_id=conversion_id, lead_id=lead_id, advice=advice)
    if lead is not None:
        lead.come_back(deal.details, conversion_id=conversion_id, deal_id=deal.deal_id)
        return lead
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
