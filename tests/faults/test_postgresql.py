"""PostgreSQL goes away under load, in several ways, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import PostgresDatabases
from tests.faults.conftest import Rounds
from tests.faults.proxy import Proxy
from tests.faults.service import running
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow

MODES = ["immediate", "fast"]


def test_what_is_acknowledged_survives_where_postgresql_is_stopped_or_crashes(
    durable_postgres: PostgresDatabases, tmp_path: Path, rounds: Rounds, figures: Figures
) -> None:
    with durable_postgres.fresh() as url, running(url, tmp_path) as service, under_load(service, figures) as load:
        for number in rounds(2):
            load.go_on()
            durable_postgres.stop(MODES[number % 2])
            durable_postgres.start()
        load.go_on()


def test_what_is_acknowledged_survives_where_answers_are_lost_on_the_way_from_postgresql(
    durable_postgres: PostgresDatabases, tmp_path: Path, rounds: Rounds, figures: Figures
) -> None:
    with (
        durable_postgres.fresh() as url,
        Proxy(url) as proxy,
        running(proxy.url, tmp_path) as service,
        under_load(service, figures) as load,
    ):
        for _ in rounds(4):
            load.go_on()
            proxy.interrupt(0.5)
        load.go_on()
