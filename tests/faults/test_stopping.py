"""The service is stopped and started again under load: what it has begun it answers, and nobody hangs."""

from __future__ import annotations

import time

import pytest

from tests.faults.conftest import Rounds
from tests.faults.service import Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 20
"""Stopping takes a fraction of it; the machine that runs the tests may be busy."""


def test_a_service_that_is_stopped_under_load_leaves_nobody_without_an_answer(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    stops = list[float]()
    with under_load(service, figures) as load:
        for _ in rounds(3):
            load.go_on()
            begun = time.monotonic()
            service.stop()
            stops.append(time.monotonic() - begun)
            service.start()
        load.go_on()
    figures["slowest stop, s"] = round(max(stops), 2)
    assert figures["unknown"] == 0
    assert max(stops) < PATIENCE_SECONDS
    assert figures["slowest, s"] < PATIENCE_SECONDS
