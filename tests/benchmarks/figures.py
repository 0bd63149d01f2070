"""Figures, each beside a baseline that takes turns with it, and the table that they are printed in."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter

from tqdm import tqdm

from tests.benchmarks.load import Cost

Of = Callable[[Cost], float]
"""What of a cost is compared."""

RATE: Of = attrgetter("per_second")
CPU: Of = attrgetter("cpu_ms")
WAIT: Of = attrgetter("median_ms")
P99: Of = attrgetter("p99_ms")

SETTLED = 1.05
"""Rounds agree where no ratio is so many times another."""


@dataclass(frozen=True)
class Scale:
    """How much is measured: rounds of which the median counts, at the most, requests in each, and clients at once.

    What grows is measured beside a database of ``few_rows`` rows, or of ``few_events`` events.
    """

    rounds: int = 5
    rounds_at_least: int = 3
    requests: int = 1000
    clients: int = 16
    few_rows: int = 1_000
    few_events: int = 10_000


@dataclass(frozen=True)
class Goal:
    """What a figure is to be, on each database: so much at the most, or at the least."""

    sqlite: float
    postgresql: float
    is_least: bool = False

    def judged(self, kind: str, value: float) -> str:
        """The goal, and whether a value on that kind of database meets it."""
        wanted = self.sqlite if kind == "sqlite" else self.postgresql
        is_met = value >= wanted if self.is_least else value <= wanted
        return f"{'≥' if self.is_least else '≤'} {wanted:,g}, {'met' if is_met else 'missed'}"


@dataclass(frozen=True)
class Figure:
    """A row of a table: what was measured, what it came to, beside what, and the value that a goal is about."""

    name: str
    told: str
    beside: str = ""
    value: float | None = None
    goal: Goal | None = None


def paired(scale: Scale, baseline: Callable[[], Cost], ours: Callable[[], Cost], of: Of) -> tuple[float, Cost, Cost]:
    """The median ratio of ours to the baseline over rounds that take turns, and the median round of each.

    Rounds that agree are the last ones, so that a quiet machine is done sooner.
    """
    baseline(), ours()
    rounds, ratios = list[tuple[Cost, Cost]](), list[float]()
    for _ in tqdm(range(scale.rounds), desc="rounds", leave=False, disable=None):
        rounds.append((baseline(), ours()))
        ratios.append(of(rounds[-1][1]) / of(rounds[-1][0]))
        if len(rounds) >= scale.rounds_at_least and max(ratios) < SETTLED * min(ratios):
            break
    theirs, own = (sorted(costs, key=of)[len(rounds) // 2] for costs in zip(*rounds, strict=True))
    return statistics.median(ratios), theirs, own


def told(cost: Cost) -> str:
    """A cost as tables have it: requests a second, and the server's CPU for a thousand of them."""
    return f"{cost.per_second:,.0f}/s, {cost.cpu_ms:.2f} s CPU"


def print_table(kind: str, title: str, figures: Iterable[Figure]) -> None:
    """Print figures as they come, a row each, and how long they took."""
    begun = time.monotonic()
    print(f"\n| {title} | figure | beside | ratio or rate | goal |\n| --- | --- | --- | --- | --- |", flush=True)
    for each in figures:
        value = "" if each.value is None else f"{each.value:,.2f}" if each.value < 1000 else f"{each.value:,.0f}"
        goal = "" if each.goal is None or each.value is None else each.goal.judged(kind, each.value)
        print(f"| {each.name} | {each.told} | {each.beside} | {value} | {goal} |", flush=True)
    print(f"\n{title}: measured in {time.monotonic() - begun:,.0f} s", flush=True)
