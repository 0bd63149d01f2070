"""Measures how much memory a worker takes while it serves, and whoever imports and exports very much."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from tests.benchmarks import servers
from tests.benchmarks.asked import LEAD, mixed
from tests.benchmarks.figures import Figure, Goal, Scale
from tests.benchmarks.load import asking, measure, request_bytes
from tests.served import Served

SERVING, IN_BULK = Goal(80, 80), Goal(150, 150)
BATCH = 200
TOGETHER = 2
"""Batches at once: one for each worker."""

EVERY_SECONDS = 0.2
MB = 1e6


@dataclass
class Peak:
    """The most that one of some processes took at a time, what it shares divided by those who do (PSS), in MB."""

    mb: float = 0.0


def of_workers(scale: Scale, database_url: str, leads: int) -> Iterator[Figure]:
    """The larger worker of two: under a mixed load, and while so many leads are imported."""
    with servers.ours(database_url) as ours:
        with watched(lambda: ours.workers) as serving:
            mixed(scale, ours)
        yield Figure("a worker's memory, serving a mixed load", f"{serving.mb:.0f} MB", "", serving.mb, SERVING)
        with watched(lambda: ours.workers) as importing:
            _import(ours, leads)
        told = f"{importing.mb:.0f} MB, in batches of {BATCH:,}"
        yield Figure(f"a worker's memory, importing {leads:,} leads", told, "", importing.mb, IN_BULK)


@contextmanager
def watched(processes: Callable[[], list[psutil.Process]]) -> Iterator[Peak]:
    """Look again and again, until the end of the block, at what each of the processes takes."""
    peak, is_over = Peak(), threading.Event()

    def watch() -> None:
        is_last = False
        while not is_last:
            is_last = is_over.wait(EVERY_SECONDS)
            with suppress(psutil.Error):
                peak.mb = max(peak.mb, *(process.memory_full_info().pss / MB for process in processes()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        is_over.set()
        watching.join()


def _import(server: Served, leads: int) -> None:
    size = min(BATCH, leads)
    commands = [{"method": "POST", "path": "/v1/leads", "body": LEAD}] * size
    batch = request_bytes("POST", "/api/ledger/v1/batch", {"mode": "one_by_one", "commands": commands})
    batches = (asking(batch, 200) for _ in itertools.count())
    measure(server, batches, count=leads // size, clients=TOGETHER)
