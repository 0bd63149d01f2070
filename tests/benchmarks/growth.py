"""Measures how answers and commands keep their pace as the database grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from tests.benchmarks import servers
from tests.benchmarks.asked import PAGES, creates, page, single_leads
from tests.benchmarks.figures import WAIT, Figure, Goal, Scale, paired
from tests.benchmarks.load import Cost
from tests.served import Served

READS, CREATES = Goal(1.2, 1.2), Goal(1.15, 1.15)

Ask = Callable[[Scale, Served], Cost]


def measure_reads(scale: Scale, small: str, large: str, rows: int) -> Iterator[Figure]:
    """How long pages, the board and single things take, one at a time, beside a database of few rows."""
    alone = replace(scale, clients=1)
    with servers.ours(small) as few, servers.ours(large) as many:
        asked: Mapping[str, Ask] = {
            **{f"page of 50, {name}": page(path) for name, path in PAGES.items()},
            "one lead": single_leads,
            "one deal": page("/api/v2/deals/1"),
        }
        for name, ask in asked.items():
            yield _grown(alone, f"{name}, at {rows:,} rows / at {scale.few_rows:,}", ask, few, many, READS)


def measure_creates(scale: Scale, small: str, large: str, events: int) -> Iterator[Figure]:
    """How long a create takes, one at a time, behind so many events, beside behind few."""
    with servers.ours(small) as few, servers.ours(large) as many:
        name = f"create a lead, at {events:,} events / at {scale.few_events:,}"
        yield _grown(replace(scale, clients=1), name, creates, few, many, CREATES)


def _grown(scale: Scale, name: str, ask: Ask, few: Served, many: Served, goal: Goal) -> Figure:
    ratio, before, after = paired(scale, partial(ask, scale, few), partial(ask, scale, many), WAIT)
    return Figure(name, f"{after.median_ms:.2f} ms", f"{before.median_ms:.2f} ms", ratio, goal)
