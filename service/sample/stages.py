"""The sample company's pipelines and stages: how likely a deal is at each, and when it rots there."""

from __future__ import annotations

from typing import NamedTuple

from service.maintenance.seeding import STAGES


class Patience(NamedTuple):
    """How likely a deal at a stage is to be won, in per cent, and after how many days it rots (None: never)."""

    probability: int
    days_to_rotten: int | None = None


FIRST_EMAIL, REPLY, MEETING, OFFER, NEGOTIATION = STAGES
SURVEY, CONTRACT_SENT, TRIAL, RENEWAL = "Survey", "Contract sent", "Trial period", "Renewal"

SALES = {
    FIRST_EMAIL: Patience(10, 10),
    REPLY: Patience(20, 14),
    MEETING: Patience(40),
    OFFER: Patience(60, 21),
    NEGOTIATION: Patience(80, 30),
}
"""The stages that every company starts with, as this one uses them."""

CONTRACTS = "Service contracts"
"""The second pipeline: what is sold again every year."""

CONTRACT_STAGES = {
    SURVEY: Patience(30),
    CONTRACT_SENT: Patience(60, 14),
    TRIAL: Patience(85),
    RENEWAL: Patience(95, 45),
}
