"""Everything that may happen and did happen: rules that decide, and the events they decide on."""

from aggregates import deal, lead, lead_label, opportunity, organization, person, pipeline, signal, stage, user
from aggregates.event import EVENTS

__all__ = [
    "EVENTS",
    "deal",
    "lead",
    "lead_label",
    "opportunity",
    "organization",
    "person",
    "pipeline",
    "signal",
    "stage",
    "user",
]
