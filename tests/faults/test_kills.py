"""Processes are killed under load, and nothing that they acknowledged is lost."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Rounds
from tests.faults.service import Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow


def test_nothing_acknowledged_is_lost_where_a_worker_or_all_processes_are_killed(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    with under_load(service, figures) as load:
        for number in rounds(4):
            load.go_on()
            if number % 2:
                service.kill_all()
                service.start()
            else:
                service.kill_worker()
        load.go_on()
