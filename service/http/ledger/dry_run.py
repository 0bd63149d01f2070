"""Tries a policy on the inbox that nobody has adopted: which leads it would judge otherwise."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from aggregates.policy import READY, VERDICTS
from projections.engine.rows import Rows
from projections.inbox_batches import prefetch_what_is_known, waiting
from service.commands.policy import check_places
from service.http import cursors
from service.http.call import Call
from service.http.ledger.lists import behind
from service.http.ledger.policy_fields import Policy
from service.http.problem_details import ledger
from service.readiness.facts import facts_of
from service.readiness.policy import compiled, policy_in

TRIED_AT_ONCE = 1000
"""Leads that a dry run judges before it answers."""


class TriedPolicy(Schema):
    """A policy to try on the inbox; the cursor is that of the dry run before, to go on from there."""

    policy = fields.Nested(Policy, required=True)
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class ChangedVerdict(Schema):
    """A lead of which the tried policy says something else than the one that counts."""

    lead_id = fields.UUID(required=True)
    title = fields.String(required=True)
    now = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    then = fields.String(required=True, validate=validate.OneOf(VERDICTS))


class DryRun(Schema):
    """How many leads were judged, the oldest first, how many of them would change, and which.

    ``would_be_converted`` counts those that the policy would convert by itself.
    """

    judged = fields.Integer(required=True)
    would_become_ready = fields.Integer(required=True)
    would_be_ready_no_longer = fields.Integer(required=True)
    would_be_converted = fields.Integer(required=True)
    changes = fields.List(fields.Nested(ChangedVerdict), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@ledger.route(
    "POST",
    "/policy/dry-run",
    body=TriedPolicy,
    answer=DryRun,
    is_command=False,
    is_for_administrators=True,
    no_past="it tries a policy on the inbox as it is now",
)
def try_policy(call: Call) -> dict[str, Any]:
    """What another policy would say of the inbox, the first thousand leads at once; nothing is saved."""
    name = ("dry-run",)
    begins = behind(call.body["cursor"], name)
    with call.reading() as reading:
        rows = Rows(reading.connection)
        check_places(rows, call.body["policy"])
        now, then = policy_in(reading), compiled(call.body["policy"], 0)
        leads = waiting(reading, after=begins[0] if begins else 0, limit=TRIED_AT_ONCE + 1)
        has_more, leads = len(leads) > TRIED_AT_ONCE, leads[:TRIED_AT_ONCE]
        prefetch_what_is_known(rows, leads)
        known = [(lead, facts_of(rows, lead)) for lead in leads]
    verdicts = [(lead, now.judge(facts).verdict, then.judge(facts).verdict) for lead, facts in known]
    changed = [(lead, before, after) for lead, before, after in verdicts if before != after]
    return {
        "judged": len(leads),
        "would_become_ready": sum(after == READY for _, _, after in changed),
        "would_be_ready_no_longer": sum(before == READY for _, before, _ in changed),
        "would_be_converted": sum(
            then.automation is not None and after == READY and lead["deal_id"] is None for lead, _, after in verdicts
        ),
        "changes": [
            {"lead_id": lead["lead_id"], "title": lead["title"], "now": before, "then": after}
            for lead, before, after in changed
        ],
        "next_cursor": cursors.encode(*name, leads[-1]["created_position"]) if has_more else None,
    }
