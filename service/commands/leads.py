"""The commands about leads: add, edit, delete."""

from __future__ import annotations

from uuid import UUID

from aggregates import lead_source
from aggregates.details import Details, SomeDetails, details_among
from aggregates.lead import Lead
from projections.engine.rows import Row
from projections.lead_labels import LEAD_LABELS
from projections.leads import LEADS
from service.commands import references
from service.ledger.ledger import Transaction


class LeadFacts(SomeDetails, total=False):
    """What a client says of a lead: its details and what only leads have. What is left out stays as it is."""

    label_ids: list[str]
    was_seen: bool
    is_archived: bool
    origin_id: str | None


def add(tx: Transaction, facts: LeadFacts, source_name: str = lead_source.API, origin: str = "API") -> Row:
    """Add a lead; its owner is the caller unless the facts name another. Answers its row."""
    references.check(tx, facts)
    references.check_each(tx, LEAD_LABELS, "lead label", facts.get("label_ids", ()))
    details: SomeDetails = {"owner_id": tx.user_id, **details_among(facts)}
    lead = Lead.create(
        tx.new_id(),
        Details(**details),
        label_ids=facts.get("label_ids", []),
        was_seen=facts.get("was_seen", False),
        origin_id=facts.get("origin_id"),
        source_name=source_name,
        origin=origin,
    )
    tx.save(lead)
    return tx.row(LEADS, str(lead.id))


def edit(tx: Transaction, lead_id: UUID, facts: LeadFacts) -> Row:
    """Change what the facts name and nothing else. Answers the lead's row."""
    lead = tx.load(Lead, lead_id)
    lead.check_present()
    references.check(tx, facts, lead.details)
    references.check_each(tx, LEAD_LABELS, "lead label", facts.get("label_ids", ()), lead.label_ids)
    details = details_among(facts)
    owner_id = details.pop("owner_id", lead.details.owner_id)
    lead.edit(details)
    lead.assign(owner_id)
    lead.label(facts.get("label_ids", lead.label_ids))
    lead.see(facts.get("was_seen", lead.was_seen))
    lead.archive(facts.get("is_archived", lead.is_archived))
    tx.save(lead)
    return tx.row(LEADS, str(lead_id))


def delete(tx: Transaction, lead_id: UUID) -> None:
    """Delete a lead."""
    lead = tx.load(Lead, lead_id)
    lead.delete()
    tx.save(lead)
