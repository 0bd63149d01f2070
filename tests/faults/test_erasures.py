"""Persons are erased under load, and nothing but what told of them is gone."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Rounds
from tests.faults.load import Teller, sell
from tests.faults.service import Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow


def test_nothing_acknowledged_is_lost_where_persons_are_erased_while_commands_come_and_go(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    with under_load(service, figures, sell_and_erase) as load:
        for number in rounds(1):
            load.go_on()
            service.operate("user", "list")
            load.go_on()
            service.kill_all()
            service.start(workers=1 + number % 2)
        load.go_on()
        service.operate("user", "list")
        load.go_on()


def sell_and_erase(teller: Teller) -> None:
    """Sell something to somebody who then wants to be forgotten."""
    erasing = f"/api/ledger/v1/persons/{sell(teller)}/erase"
    teller.command("PersonErasureStarted; PersonErased", erasing, "reason", legal_basis="GDPR Art. 17(1)(b)")
