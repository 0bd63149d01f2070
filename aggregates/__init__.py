"""Everything that may happen and did happen: rules that decide, and the events they decide on."""

from aggregates import (
    activity,
    activity_type,
    deal,
    follower,
    lead,
    lead_label,
    lead_source,
    note,
    opportunity,
    organization,
    person,
    pipeline,
    policy,
    review,
    signal,
    stage,
    user,
)
from aggregates.event import EVENTS

__all__ = [
    "EVENTS",
    "activity",
    "activity_type",
    "deal",
    "follower",
    "lead",
    "lead_label",
    "lead_source",
    "note",
    "opportunity",
    "organization",
    "person",
    "pipeline",
    "policy",
    "review",
    "signal",
    "stage",
    "user",
]
