"""Measures each list's page of the past beside its page of now, in a log of a given length."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from contextlib import closing
from functools import partial

from tqdm import tqdm

from service.app import create_app
from service.clock import wall_clock
from service.database.database import Database
from service.maintenance.startup import prepare
from service.settings import Settings
from service.wiring import make_ledger
from tests.benchmarks.evidence import filled
from tests.benchmarks.load import TOKEN, Cost, measure, request_bytes
from tests.benchmarks.servers import served
from tests.busy import BusyCompany
from tests.databases import Databases
from tests.generated import Clock
from tests.served import Served
from tests.service.past_lists import lists
from tests.service.serving import client_of, ledger_of

REQUESTS, ROUNDS = 100, 3
MOMENTS = (0.1, 0.9)
"""Where in the log the moments lie that are asked about."""

Row = tuple[str, str, str, str]


def measure_lists(databases: Databases, events: int) -> Iterator[Row]:
    """For each list the server's CPU time of a page of 50, and what the dearest page of the past is times that."""
    with databases.fresh() as url:
        prepare(Settings(url, TOKEN), wall_clock)
        with closing(Database(url)) as database:
            end = filled(make_ledger(database, Clock(wall_clock())), events, BusyCompany)
        app = create_app(Settings(url))
        paths = list(lists(client_of(app, TOKEN)))
        ledger_of(app).database.close()
        with served("leadledger", url) as server:
            for path in tqdm(paths, desc="asking lists", unit=" lists", leave=False):
                yield _row(server, path, end)


def _row(server: Served, path: str, end: int) -> Row:
    now = partial(_ask, server, f"{path}&limit=50")
    ratios = []
    for moment in (int(part * end) for part in MOMENTS):
        then = partial(_ask, server, f"{path}&limit=50&as_of={moment}")
        now(), then()
        rounds = [(now().cpu_ms, then().cpu_ms) for _ in range(ROUNDS)]
        ratios.append(statistics.median(past / present for present, past in rounds))
    return path, f"{now().cpu_ms:.2f} ms CPU now", "as of then, at most", f"{max(ratios):.2f}"


def _ask(server: Served, path: str) -> Cost:
    requests = itertools.repeat(request_bytes("GET", path))
    return measure(server, requests, count=REQUESTS, clients=2, expected=200)
