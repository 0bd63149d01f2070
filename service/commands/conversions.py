"""The commands that convert a lead to a deal and revert a deal to a lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID, uuid4

from aggregates import opportunity
from aggregates.deal import Deal
from aggregates.details import details_among
from aggregates.identity import stream_id
from aggregates.lead import Lead
from aggregates.placement import Placement
from aggregates.policy import NOT_YET
from aggregates.refusals import Refusal
from projections.deals import DEALS
from projections.leads import LEADS
from service.commands import placement, references
from service.ledger.ledger import Transaction
from service.readiness.facts import facts_in
from service.readiness.policy import policy_for
from service.readiness.reversal_reasons import reasons_in, told


class ConversionFacts(TypedDict, total=False):
    """What a client fills in when a lead is converted; what is left out stays as the lead has it."""

    title: str
    owner_id: int
    amount: str | None
    currency: str | None
    expected_close_date: str | None
    label_ids: list[int]
    pipeline_id: int
    stage_id: int


@dataclass(frozen=True)
class Conversion:
    """What a conversion or a reversal made: the opportunity's two identities and the form it has now."""

    conversion_id: str
    lead_id: str
    deal_id: int
    form: str
    position: int


def convert(
    tx: Transaction,
    lead_id: UUID,
    facts: ConversionFacts,
    place: Callable[[Transaction, int | None, int | None], Placement] = placement.stage_for,
    *,
    is_advised: bool = False,
) -> Conversion:
    """Convert a lead to a deal; the facts may place the deal and change its details. Raises `Refusal`.

    ``place`` finds the deal's place by the stage and the pipeline that the facts name. Who ``is_advised`` gives a
    reason where the policy says that the lead is not ready yet.
    """
    lead = tx.load(Lead, lead_id)
    lead.check_present()
    references.check(tx, facts, lead.details)
    where = place(tx, facts.get("stage_id"), facts.get("pipeline_id"))
    judgement = policy_for(tx).judge(facts_in(tx.reading, tx.row(LEADS, str(lead_id))), where["pipeline_id"])
    if is_advised and judgement.verdict == NOT_YET and tx.metadata.reason is None:
        raise Refusal(f"the lead is not ready ({judgement.missing}); to convert it all the same, say why in reason")
    before = None if lead.deal_id is None else tx.load(Deal, stream_id("deal", lead.deal_id))
    conversion_id = uuid4()
    deal = opportunity.convert(
        lead,
        before,
        conversion_id=conversion_id,
        deal_id=tx.next_number("deal") if before is None else before.deal_id,
        filled_in=details_among(facts),
        advice={
            "verdict": judgement.verdict,
            "policy_version": judgement.policy_version,
            "rules_met": judgement.met,
        },
        **where,
    )
    deal.label(facts.get("label_ids", deal.label_ids))
    position = tx.save(lead, deal)
    return Conversion(str(conversion_id), str(lead_id), deal.deal_id, "deal", position)


def revert(tx: Transaction, deal_id: int) -> Conversion:
    """Revert a deal to a lead, recording the reasons that were suggested for it. Raises `Refusal`."""
    deal = tx.load(Deal, stream_id("deal", deal_id))
    deal.check_present()
    before = None if deal.lead_id is None else tx.load(Lead, UUID(deal.lead_id))
    conversion_id = uuid4()
    lead_id = uuid4() if before is None else before.id
    now = datetime.fromisoformat(tx.metadata.recorded_at)
    (reasons,) = reasons_in(tx.reading, [tx.row(DEALS, deal_id)], now)
    advice = told(reasons)
    lead = opportunity.revert(deal, before, conversion_id=conversion_id, lead_id=lead_id, advice=advice)
    position = tx.save(deal, lead)
    return Conversion(str(conversion_id), str(lead_id), deal_id, "lead", position)
