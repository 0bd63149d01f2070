"""Clients who are slow, silent or waiting keep nobody else from being answered."""

from __future__ import annotations

import time

import pytest

from tests.faults.client import Client
from tests.faults.conftest import Rounds
from tests.faults.crowd import (
    Behaviour,
    Crowd,
    drip,
    leave_unread,
    say_nothing,
    stop_within_the_body,
    stop_within_the_head,
    wait_for_events,
)
from tests.faults.service import TOKEN, Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow

CROWD: dict[Behaviour, int] = {
    say_nothing: 75,
    stop_within_the_head: 75,
    drip: 75,
    stop_within_the_body: 75,
    wait_for_events: 500,
    leave_unread: 100,
}
PROBED = ["/health/live", "/health/ready", "/v1/leads?limit=50", "/api/ledger/v1/inbox"]
PATIENCE_SECONDS = 5
"""The service answers in a fraction of it; the machine that runs the tests may be busy."""


def test_nobody_is_kept_waiting_by_clients_who_are_slow_or_silent_or_wait_for_events(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    probes = list[float]()
    with under_load(service, figures, clients=1) as load, Crowd(service.address, CROWD) as crowd:
        crowd.wait()
        for _ in rounds(10):
            load.go_on(5)
            probes += [probe(service, path) for path in PROBED]
    figures["slowest probe, s"] = round(max(probes), 2)
    assert max(probes) < PATIENCE_SECONDS
    assert figures["slowest, s"] < PATIENCE_SECONDS


def probe(service: Service, path: str) -> float:
    """How long an answer takes on a connection of its own, in seconds."""
    client, begun = Client(service.address, TOKEN), time.monotonic()
    client.get(path)
    client.close()
    return time.monotonic() - begun
