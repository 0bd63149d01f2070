"""Reacts to recorded events: judges the leads they concern again, and lets those say so whose verdict changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from aggregates.lead import Lead, LeadCreated, LeadEdited, LeadReturned, LeadUnarchived
from aggregates.note import NoteAdded, NoteDeleted, NoteEdited
from aggregates.organization import OrganizationEdited
from aggregates.policy import READY, VERDICTS
from aggregates.review import InboxReview
from aggregates.signal import SignalRecorded
from projections.inbox_batches import waiting_for_organization
from projections.leads import LEADS
from projections.notes import NOTES
from projections.opportunities import forms_of
from projections.places import INBOX
from service.ledger.ledger import Transaction
from service.readiness.facts import facts_for
from service.readiness.judging import CompiledPolicy
from service.readiness.policy import policy_for

MOST_AT_ONCE = 100
"""Leads of an organization that are judged in the transaction that tells something else of it."""


def verdicts_changed_by(tx: Transaction, events: Sequence[Event], aggregates: Sequence[Aggregate]) -> list[Aggregate]:
    """The leads in the inbox that these events make ready, or ready no longer, not yet saved.

    ``aggregates`` are those that the events are of: a lead among them is the one that is answered. Where an
    organization has more leads than can be judged at once, a review of the inbox is started, which is answered, too.
    """
    told_of = [lead_id for event in events if (lead_id := _lead_of(tx, event)) is not None]
    others = [lead_id for event in events for lead_id in _leads_about(tx, event)]
    if not told_of and not others:
        return []
    policy = policy_for(tx)
    at_hand = {str(aggregate.id): aggregate for aggregate in aggregates if isinstance(aggregate, Lead)}
    concerned = dict.fromkeys((*told_of, *others[:MOST_AT_ONCE]))
    new = {event.lead_id for event in events if isinstance(event, LeadCreated) and event.deal_id is None}
    new -= {event.lead_id for event in events if isinstance(event, SignalRecorded)}
    changed: list[Aggregate] = [*judge_leads(tx, policy, concerned, at_hand, new)]
    if len(others) > MOST_AT_ONCE:
        changed.append(InboxReview.start(tx.next_number(InboxReview.kind), policy_version=policy.version))
    return changed


def judge_leads(
    tx: Transaction,
    policy: CompiledPolicy,
    lead_ids: Iterable[str],
    at_hand: Mapping[str, Lead] = MappingProxyType({}),
    new: Collection[str] = (),
) -> list[Lead]:
    """Judge leads again; answers those in the inbox that became ready, or ready no longer, with the event that says so.

    ``at_hand`` are leads that need not be loaded, and of those in ``new`` nothing was learned yet.
    """
    changed = []
    for lead_id in lead_ids:
        row = tx.rows.current(LEADS, lead_id)
        if row is None or row["place"] != INBOX:
            continue
        judgement = policy.judge(facts_for(tx, row, is_new=lead_id in new))
        if (judgement.verdict == READY) != (VERDICTS[row["readiness"]] == READY):
            lead = at_hand.get(lead_id) or tx.load(Lead, UUID(lead_id))
            lead.judge(judgement.verdict, policy_version=policy.version, rules_met=judgement.met)
            changed.append(lead)
    return changed


def _lead_of(tx: Transaction, event: Event) -> str | None:
    """The id of the lead whose facts an event changes."""
    match event:
        case LeadCreated() | LeadReturned() | LeadUnarchived():
            return event.lead_id
        case LeadEdited(changes=changes) if not changes.keys().isdisjoint(("title", "organization_id")):
            return event.lead_id
        case SignalRecorded():
            return event.lead_id
        case NoteAdded() | NoteEdited() | NoteDeleted():
            note = tx.rows.current(NOTES, event.note_id)
            return None if note is None else _lead_now(tx, note["opportunity_id"])
    return None


def _lead_now(tx: Transaction, opportunity_id: str | None) -> str | None:
    return forms_of(tx.reading, [opportunity_id])[opportunity_id].lead_id


def _leads_about(tx: Transaction, event: Event) -> list[str]:
    """The first leads about the organization whose facts an event changes, and one more than `MOST_AT_ONCE`."""
    match event:
        case OrganizationEdited(changes=changes) if not changes.keys().isdisjoint(("name", "website")):
            return waiting_for_organization(tx.reading, event.organization_id, limit=MOST_AT_ONCE + 1)
    return []
