"""What routes hand to commands is what the commands' typed facts name: else a fact would be lost without a word."""

from __future__ import annotations

from typing import get_type_hints

import pytest
from marshmallow import Schema

from service.commands.arrivals import ArrivalFacts
from service.commands.conversions import ConversionFacts
from service.commands.deals import DealFacts
from service.commands.leads import LeadFacts
from service.http.ledger.arrivals import Arrival
from service.http.ledger.conversions import DealToBe
from service.http.v1 import leads
from service.http.v2 import conversions, deals

INSTEAD = {"value": {"amount", "currency"}, "reason": set(), "custom_fields": set(), "is_deleted": set()}
"""Fields of bodies that become other facts, or none: a reason goes into the event's metadata."""


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (leads.LEAD.new, LeadFacts),
        (leads.LEAD.changed, LeadFacts),
        (deals.DEAL.new, DealFacts),
        (deals.DEAL.changed, DealFacts),
        (conversions.Placement, ConversionFacts),
        (DealToBe, ConversionFacts),
        (Arrival, ArrivalFacts),
    ],
)
def test_every_field_of_a_body_is_a_fact_that_the_command_knows(body: type[Schema], facts: type) -> None:
    told = set[str]().union(*(INSTEAD.get(name, {name}) for name in body().fields))
    assert told <= get_type_hints(facts).keys()
