"""Operators run commands beside a service under load, which is killed and started again meanwhile."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Rounds
from tests.faults.service import Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow

COMMANDS = ["user list", "token issue 1", "keys renew", "rebuild", "verify", "audit seal", "audit checkpoint"]


def test_nothing_acknowledged_is_lost_where_commands_come_and_go_beside_the_service(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    with under_load(service, figures, clients=2) as load:
        for number in rounds(len(COMMANDS)):
            load.go_on(8)
            service.operate(*COMMANDS[number % len(COMMANDS)].split())
        service.kill_all()
        service.start()
        load.go_on()
