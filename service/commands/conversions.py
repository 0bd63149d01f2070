"""The commands that convert a lead to a deal and revert a deal to a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from aggregates import opportunity
from aggregates.deal import Deal
from aggregates.details import details_among
from aggregates.identity import stream_id
from aggregates.lead import Lead
from aggregates.policy import NOT_YET
from aggregates.refusals import Refusal
from projections.deals import DEALS, STAGE_TOTALS
from projections.engine.rows import Rows, Thing, Wanted
from projections.engine.visibility import RESTRICTIONS
from projections.leads import LEADS
from projections.notes import last_written_on
from projections.organizations import ORGANIZATIONS
from projections.outcomes import OUTCOMES
from projections.signals import LATEST_SIGNALS
from service.commands import placement, references
from service.ledger.ledger import Transaction
from service.log.foresight import Foresight
from service.readiness.facts import NOTES_READ, facts_for
from service.readiness.policy import policy_for
from service.readiness.reversal_reasons import as_advice, reasons_for


class ConversionFacts(TypedDict, total=False):
    """What a client says of the deal when a lead is converted, as `convert` takes it."""

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
    """A conversion or a reversal: the ids of both forms, the one that is current now, and the last event's position."""

    conversion_id: str
    lead_id: str
    deal_id: int
    form: str
    position: int


def convert(
    tx: Transaction,
    lead_id: UUID,
    facts: ConversionFacts,
    *,
    is_strict: bool = False,
    needs_reason: bool = False,
) -> Conversion:
    """Convert a lead to a deal: the one that it was before, else a new one. Raises `Refusal`.

    Details that the facts name replace the lead's. The deal stands in the stage that they name, else in the first of
    the pipeline that they name, else in the first of all. It has the labels that they name, else those that it had as
    a deal before. If ``is_strict``, a stage outside the pipeline that is named with it is refused; else the stage
    decides. If ``needs_reason``, a lead that the policy calls not ready is refused, unless the command has a reason.
    The policy judges what was known before: the facts do not make a lead ready.
    """
    lead = tx.load(Lead, lead_id)
    lead.check_present()
    references.check(tx, facts, lead.details)
    find_stage = placement.stage_for_strictly if is_strict else placement.stage_for
    stage = find_stage(tx, facts.get("stage_id"), facts.get("pipeline_id"))
    _foresee(tx, lead, stage["stage_id"], facts.get("currency", lead.details.currency))
    judgement = policy_for(tx).judge(facts_for(tx, tx.row(LEADS, str(lead_id))), stage["pipeline_id"])
    if needs_reason and judgement.verdict == NOT_YET and tx.metadata.reason is None:
        raise Refusal(f"the lead is not ready ({judgement.missing}); to convert it all the same, say why in reason")
    former_deal = None if lead.deal_id is None else tx.load(Deal, stream_id("deal", lead.deal_id))
    conversion_id = tx.new_id()
    deal = opportunity.convert(
        lead,
        former_deal,
        conversion_id=conversion_id,
        deal_id=tx.next_number("deal") if former_deal is None else former_deal.deal_id,
        filled_in=details_among(facts),
        advice={
            "verdict": judgement.verdict,
            "policy_version": judgement.policy_version,
            "rules_met": judgement.met,
        },
        **stage,
    )
    deal.label(facts.get("label_ids", deal.label_ids))
    position = tx.save(lead, deal)
    return Conversion(str(conversion_id), str(lead_id), deal.deal_id, "deal", position)


def foresight(lead_id: UUID) -> Foresight:
    """What `convert` will ask for, as far as a lead's id tells."""

    def by_row(rows: Rows) -> Wanted:
        row = rows.known(LEADS, str(lead_id))
        return Wanted(()) if row is None else _of_opportunity(row["opportunity_id"], row["organization_id"])

    return Foresight((lead_id,), (lambda _: Wanted(_of_lead(lead_id)), by_row))


def _foresee(tx: Transaction, lead: Lead, stage_id: int, currency: str | None) -> None:
    """Read at once what a conversion judges by, and what it changes."""
    things, questions = _of_opportunity(lead.opportunity_id, lead.details.organization_id)
    total = (STAGE_TOTALS, stage_id, currency or "")
    tx.rows.foresee(Wanted([*_of_lead(lead.id), *things, total], questions))


def _of_lead(lead_id: UUID) -> list[Thing]:
    return [(LEADS, str(lead_id)), (OUTCOMES, str(lead_id))]


def _of_opportunity(opportunity_id: str, organization_id: int | None) -> Wanted:
    known: list[Thing] = [(LATEST_SIGNALS, opportunity_id), (RESTRICTIONS, opportunity_id)]
    if organization_id is not None:
        known.append((ORGANIZATIONS, organization_id))
    return Wanted(known, [last_written_on(opportunity_id, NOTES_READ)])


def revert(tx: Transaction, deal_id: int) -> Conversion:
    """Revert a deal to a lead: the one that it was before, else a new one. Raises `Refusal`.

    What speaks for the reversal at this moment is recorded with it: why its deal was suggested, where it was.
    """
    deal = tx.load(Deal, stream_id("deal", deal_id))
    deal.check_present()
    former_lead = None if deal.lead_id is None else tx.load(Lead, UUID(deal.lead_id))
    conversion_id = tx.new_id()
    lead_id = tx.new_id() if former_lead is None else former_lead.id
    now = datetime.fromisoformat(tx.metadata.recorded_at)
    advice = as_advice(reasons_for(tx.reading, tx.row(DEALS, deal_id), now))
    lead = opportunity.revert(deal, former_lead, conversion_id=conversion_id, lead_id=lead_id, advice=advice)
    position = tx.save(deal, lead)
    return Conversion(str(conversion_id), str(lead_id), deal_id, "lead", position)
