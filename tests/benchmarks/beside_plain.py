"""Measures how many requests a second are answered, beside the service that somebody would write by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.benchmarks import plain_tables, servers
from tests.benchmarks.asked import DEALS, LEADS, conversions, creates, mixed, page, single_leads
from tests.benchmarks.figures import P99, RATE, Figure, Goal, Scale, paired, told
from tests.benchmarks.filled import Filled
from tests.benchmarks.load import Cost
from tests.served import Served

GOAL, CONVERSIONS = Goal(1.5, 1.3, is_least=True), Goal(1.5, 1.6, is_least=True)
WAITING = Goal(0.5, 1.0)

STORIES: dict[str, tuple[Callable[[Scale, Served], Cost], Goal]] = {
    "create a lead": (creates, GOAL),
    "create, convert, ask for the status": (conversions, CONVERSIONS),
    "page of 50 leads": (page(LEADS), GOAL),
    "page of 50 deals": (page(DEALS), GOAL),
    "one lead": (single_leads, GOAL),
    "mixed, 80 % reads": (mixed, GOAL),
}


def measure(scale: Scale, filled: Filled) -> Iterator[Figure]:
    """Each kind of request in the large database, which has as many rows of the plain service, too."""
    plain_tables.prepare(filled.large, filled.rows)
    with servers.by_hand(filled.large) as theirs, servers.ours(filled.large) as ours:
        for name, (tell, goal) in STORIES.items():
            ratio, plain, own = paired(scale, partial(tell, scale, theirs), partial(tell, scale, ours), RATE)
            yield Figure(name, told(own), f"by hand: {told(plain)}", ratio, goal)
        ratio, plain, own = paired(scale, partial(creates, scale, theirs), partial(creates, scale, ours), P99)
        beside = f"by hand: {plain.p99_ms:,.0f} ms"
        yield Figure("99 of 100 creates take at most", f"{own.p99_ms:,.0f} ms", beside, ratio, WAITING)
