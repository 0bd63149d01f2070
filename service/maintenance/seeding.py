"""Records the first facts of a new log: an administrator, a pipeline with stages, labels, activity types, a policy."""

from __future__ import annotations

import uuid

from aggregates.activity_type import ActivityType
from aggregates.lead_label import LeadLabel
from aggregates.pipeline import Pipeline
from aggregates.policy import ConversionPolicy
from aggregates.scopes import SCOPES
from aggregates.stage import Stage
from aggregates.user import User
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log import token_digests
from service.readiness.first_policy import FIRST_POLICY
from service.tokens import check_strength, digest_of, new_token

STAGES = ("First email sent", "Reply received", "Meeting", "Offer made", "Negotiation")
LABELS = (("Hot", "red"), ("Warm", "yellow"), ("Cold", "blue"))
ACTIVITY_TYPES = ("Call", "Meeting", "Task", "Deadline", "Email", "Lunch")
"""Each is drawn by the icon that bears its name (wire reference 7.1)."""


def seed(ledger: Ledger, token: str | None) -> str | None:
    """Record the first facts in an empty log; answers the administrator's token where none was given and one made up.

    Raises `WeakToken` for one that is given and too short.
    """
    if ledger.event_log.max_notification_id() is not None:
        return None
    if token:
        check_strength(token)
    made_up = None if token else new_token()
    origin = Origin(user_id=None, request_id=uuid.uuid4().hex, client="leadledger")
    is_new = ledger.execute(origin, lambda tx: _seed(tx, token or made_up or ""))
    return made_up if is_new else None


def _seed(tx: Transaction, token: str) -> bool:
    if tx.has_events:
        return False
    administrator = User.add(
        tx.next_number("user"),
        name="Administrator",
        email="administrator@leadledger.invalid",
        is_admin=True,
        default_currency="NOK",
        locale="nb_NO",
        timezone_name="Europe/Oslo",
    )
    token_id = uuid.uuid4().hex
    administrator.issue_token(token_id=token_id, name="first", scopes=SCOPES)
    pipeline = Pipeline.add(tx.next_number("pipeline"), name="Sales", order_nr=1)
    stages = [
        Stage.add(tx.next_number("stage"), pipeline_id=pipeline.pipeline_id, name=name, order_nr=order_nr)
        for order_nr, name in enumerate(STAGES, start=1)
    ]
    policy = ConversionPolicy()
    policy.adopt(FIRST_POLICY)
    labels = [LeadLabel.add(uuid.uuid4(), name=name, color=color) for name, color in LABELS]
    activity_types = [
        ActivityType.add(
            tx.next_number("activity_type"),
            name=name,
            key_string=name.lower(),
            icon_key=name.lower(),
            order_nr=order_nr,
            is_custom=False,
        )
        for order_nr, name in enumerate(ACTIVITY_TYPES, start=1)
    ]
    tx.save(administrator, pipeline, *stages, *labels, *activity_types, policy)
    token_digests.keep(tx.connection, token_id, digest_of(token))
    return True
