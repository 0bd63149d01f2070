"""Measures each list's page of the past beside its page of now, by the clock and in steps of SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from operator import itemgetter

from tqdm import tqdm

from service.app import create_app
from service.clock import wall_clock
from service.database.database import Database
from service.maintenance.startup import prepare
from service.settings import Settings
from service.wiring import make_ledger
from tests.benchmarks import servers
from tests.benchmarks.asked import anew
from tests.benchmarks.evidence import filled
from tests.benchmarks.figures import CPU, Figure, Goal, Scale, paired
from tests.benchmarks.load import TOKEN
from tests.busy import BusyCompany
from tests.databases import Databases, SqliteDatabases
from tests.generated import Clock
from tests.served import Served
from tests.service import past_costs
from tests.service.past_lists import lists
from tests.service.serving import client_of, ledger_of

SCALE = Scale(rounds=3, requests=100, clients=2)
PAST = Goal(1.5, 1.5)
MOMENTS = (0.1, 0.5, 0.9)
"""Where in the log the moments lie that are asked about."""

SHORTEST = 2_000
"""Events in a log in which all that lists are about is there at each of these moments."""


def measure_lists(databases: Databases, events: int) -> Iterator[Figure]:
    """For each list the server's CPU time of a page of 50, and what the dearest page of the past is times that."""
    with databases.fresh() as url:
        prepare(Settings(url, TOKEN), wall_clock)
        with closing(Database(url)) as database:
            end = filled(make_ledger(database, Clock(wall_clock())), events, BusyCompany)
        app = create_app(Settings(url))
        paths = list(lists(client_of(app, TOKEN)))
        ledger_of(app).database.close()
        with servers.ours(url) as server:
            for path in tqdm(paths, desc="asking lists", unit=" lists", leave=False):
                yield _row(server, path, end)


def measure_steps(databases: Databases, events: int) -> Iterator[Figure]:
    """For each list SQLite's steps for a page of the past, beside those of now and what merging may take, with nothing
    kept; and how many it takes in a log of a tenth of the events."""
    if not isinstance(databases, SqliteDatabases):
        return
    with ExitStack() as stack:
        few, many = (
            past_costs.company_of(databases, each, stack)
            for each in (max(SHORTEST, events // 10), max(SHORTEST, events))
        )
        for path in tqdm(list(lists(many.client)), desc="counting steps", unit=" lists", leave=False):
            now, (short, long) = many.cost(path), (_dearest(company, path) for company in (few, many))
            told = f"{long:,} steps ({short:,} in {few.end:,} events)"
            beside = now + past_costs.merged(path) / PAST.sqlite
            yield Figure(f"{path}, steps", told, f"now, and merging: {beside:,.0f}", long / beside, PAST)


def _dearest(company: past_costs.Asked, path: str) -> int:
    return max(company.cost(f"{path}&as_of={int(part * company.end)}") for part in MOMENTS)


def _row(server: Served, path: str, end: int) -> Figure:
    now = partial(anew, SCALE, server, f"{path}&limit=50")
    ratios = []
    for moment in (int(part * end) for part in MOMENTS):
        then = partial(anew, SCALE, server, f"{path}&limit=50&as_of={moment}")
        ratios.append(paired(SCALE, now, then, CPU))
    ratio, cost, past = max(ratios, key=itemgetter(0))
    return Figure(path, f"{past.cpu_ms:.2f} ms CPU", f"now: {cost.cpu_ms:.2f} ms", ratio, PAST)
