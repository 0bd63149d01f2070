"""Persons are erased under load, and nothing but what told of them is gone."""

from __future__ import annotations

import pytest

from tests.faults.client import Client
from tests.faults.conftest import Rounds
from tests.faults.load import Teller, sell
from tests.faults.service import TOKEN, Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow


LEGAL_BASIS = "GDPR Art. 17(1)(b)"


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
        erase_somebody(service)
        load.go_on()


def erase_somebody(service: Service) -> None:
    """Erase a person by a command beside the service."""
    client = Client(service.address, TOKEN)
    person_id = client.ask("POST", "/api/v2/persons", {"name": "Kari Nordmann"}).json["data"]["id"]
    client.close()
    grounds = ["--reason", "Asked for it by letter", "--legal-basis", LEGAL_BASIS]
    service.operate("person", "erase", str(person_id), *grounds, "--yes")


def sell_and_erase(teller: Teller) -> None:
    """Sell something to somebody who then wants to be forgotten."""
    erasing = f"/api/ledger/v1/persons/{sell(teller)}/erase"
    teller.command("PersonDeleted ErasureStarted; ErasureConfirmed", erasing, "reason", legal_basis=LEGAL_BASIS)
