"""The commands that start a review of the inbox, and judge its next batch of leads."""

from __future__ import annotations

from aggregates.identity import stream_id
from aggregates.review import InboxReview
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.inbox_batches import prefetch_what_is_known, waiting
from projections.leads import LEADS
from projections.policies import current_policy
from projections.reviews import REVIEWS, last_review
from service.ledger.ledger import Transaction
from service.readiness.policy import policy_for
from service.readiness.reactions import judge_leads

BATCH = 250
"""Leads judged in one transaction: a command that wants to write meanwhile waits for one batch at the most."""


def open_review(reading: Reading) -> Row | None:
    """The row of the review that is going on; None where there is none."""
    review = last_review(reading)
    return None if review is None or review["is_completed"] else review


def start(tx: Transaction) -> Row:
    """Start a review of all leads in the inbox, unless one is going on. Answers the review's row."""
    going_on = open_review(tx.reading)
    if going_on is not None:
        return going_on
    policy_version = current_policy(tx.reading).version
    review = InboxReview.start(tx.next_number(InboxReview.kind), policy_version=policy_version)
    tx.save(review)
    return tx.row(REVIEWS, review.review_id)


def advance(tx: Transaction) -> int:
    """Judge the next leads of the review that is going on. Answers how many that were; 0 where there is none left."""
    going_on = open_review(tx.reading)
    if going_on is None:
        return 0
    review = tx.load(InboxReview, stream_id(InboxReview.kind, going_on["review_id"]))
    leads = waiting(tx.reading, after=going_on["through"], limit=BATCH)
    lead_ids = [lead["lead_id"] for lead in leads]
    tx.rows.prefetch(LEADS, [(lead_id,) for lead_id in lead_ids])
    prefetch_what_is_known(tx.rows, leads)
    changed = judge_leads(tx, policy_for(tx), lead_ids)
    if leads:
        review.advance(through=leads[-1]["created_position"], judged=len(leads), changed=len(changed))
    if len(leads) < BATCH:
        review.complete()
    tx.save(*changed, review)
    return len(leads)
