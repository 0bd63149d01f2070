"""Converts ready leads without anybody asking, where the policy says so: each lead at most once."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from aggregates.user import User
from projections.engine.reading import Reading
from projections.inbox_batches import ready_in_inbox
from projections.leads import LEADS
from projections.places import INBOX
from projections.users import users
from service.commands.conversions import Conversion, convert
from service.ledger.ledger import Transaction
from service.readiness.facts import facts_in
from service.readiness.policy import policy_for, policy_in
from service.readiness.suggestion import suggestion

EMAIL = "automation@leadledger.invalid"
"""What tells automation actors from other users; nobody can log in as one, since none ever has a token."""


def ready_leads(reading: Reading) -> list[str]:
    """Ids of leads that the policy would convert by itself now, the oldest first; none where it has no automation."""
    if policy_in(reading).automation is None:
        return []
    return ready_in_inbox(reading)


def convert_by_itself(tx: Transaction, lead_id: str) -> Conversion | None:
    """Convert a lead in the name of the policy's automation, to the stage that the policy suggests.

    Answers None, and records nothing, where that is no longer due: where the policy has no automation now, or the lead
    has been moved meanwhile. A lead that ever was a deal is never converted by itself again.
    """
    policy, lead = policy_for(tx), tx.rows.current(LEADS, lead_id)
    if policy.automation is None or lead is None or lead["place"] != INBOX or lead["deal_id"] is not None:
        return None
    judgement = policy.judge(facts_in(tx.reading, lead))
    place = suggestion(tx.reading, policy, judgement)
    if place is None:
        return None
    actor = _actor(tx, policy.automation)
    reason = f"version {policy.version} of the policy says that the lead is ready, and converts by itself"
    tx.metadata = replace(tx.metadata, user_id=actor, reason=reason)
    return convert(tx, UUID(lead_id), {"stage_id": place["stage_id"], "pipeline_id": place["pipeline_id"]})


def _actor(tx: Transaction, name: str) -> int:
    """The user in whose name the automation acts; added where it acts for the first time."""
    everybody = users(tx.reading)
    for row in everybody:
        if (row["email"], row["name"]) == (EMAIL, name):
            return int(row["user_id"])
    like = everybody[0]
    settings = {setting: like[setting] for setting in ("default_currency", "locale", "timezone_name")}
    user = User.add(tx.next_number("user"), name=name, email=EMAIL, is_admin=False, **settings)
    tx.save(user)
    return user.user_id
