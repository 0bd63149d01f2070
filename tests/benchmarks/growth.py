"""Measures how answers and commands keep their pace as the database grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from tests.benchmarks import direct, servers
from tests.benchmarks.asked import PAGES, creates, page, single_leads
from tests.benchmarks.figures import WAIT, Figure, Goal, Scale, paired
from tests.benchmarks.filled import Filled
from tests.benchmarks.load import Cost
from tests.served import Served

READS, CREATES = Goal(1.2, 1.2), Goal(1.15, 1.15)

Ask = Callable[[Scale, Served], Cost]


def measure(scale: Scale, filled: Filled, longest: int) -> Iterator[Figure]:
    """All of them, one request at a time; creates behind ``longest`` events, or behind those of the large database."""
    alone = replace(scale, clients=1)
    yield from _reads(alone, filled)
    few, _ = filled.another(_rows_for(scale.few_events))
    many, replayed = filled.another(_rows_for(longest)) if longest else (filled.large, filled.replayed)
    yield from _creates(alone, few, many, replayed.events)


def _rows_for(events: int) -> int:
    return int(events / direct.EVENTS)


def _reads(scale: Scale, filled: Filled) -> Iterator[Figure]:
    """How long pages, the board and single things take beside a database of few rows."""
    with servers.ours(filled.small) as few, servers.ours(filled.large) as many:
        asked: Mapping[str, Ask] = {
            **{f"page of 50, {name}": page(path) for name, path in PAGES.items()},
            "one lead": single_leads,
            "one deal": page("/api/v2/deals/1"),
        }
        for name, ask in asked.items():
            whole = f"{name}, at {filled.rows:,} rows / at {filled.few_rows:,}"
            yield _grown(scale, whole, ask, few, many, READS)


def _creates(scale: Scale, small: str, large: str, events: int) -> Iterator[Figure]:
    """How long a create takes behind so many events, beside behind few."""
    with servers.ours(small) as few, servers.ours(large) as many:
        name = f"create a lead, at {events:,} events / at {scale.few_events:,}"
        yield _grown(scale, name, creates, few, many, CREATES)


def _grown(scale: Scale, name: str, ask: Ask, few: Served, many: Served, goal: Goal) -> Figure:
    ratio, before, after = paired(scale, partial(ask, scale, few), partial(ask, scale, many), WAIT)
    return Figure(name, _told(after), _told(before), ratio, goal)


def _told(cost: Cost) -> str:
    return f"{cost.median_ms:.2f} ms, {cost.cpu_ms:.2f} ms CPU"
