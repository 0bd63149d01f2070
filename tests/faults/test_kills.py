"""Processes are killed under load, and nothing that they acknowledged is lost."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Rounds
from tests.faults.service import Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow


def test_nothing_acknowledged_is_lost_where_workers_their_master_or_all_processes_are_killed(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    with under_load(service, figures) as load:
        for number in rounds(3):
            load.go_on()
            KILLS[number % len(KILLS)](service)
        load.go_on()


def kill_a_worker(service: Service) -> None:
    service.kill_worker()


def kill_the_master(service: Service) -> None:
    service.kill_master()
    service.start()


def kill_all(service: Service) -> None:
    service.kill_all()
    service.start()


KILLS = [kill_a_worker, kill_the_master, kill_all]
