"""Measures what there are goals for: commands, pages, growth, replay, evidence and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from service.clock import wall_clock
from service.maintenance.startup import prepare
from service.settings import Settings
from tests.benchmarks import beside_plain, beside_static, direct, evidence, growth, memory, plain_tables
from tests.benchmarks.figures import Figure, Goal, Scale
from tests.benchmarks.load import TOKEN
from tests.databases import Databases, environment_of

REPLAY = Goal(25_000, 20_000, is_least=True)
IMPORTED = 10
"""One lead is imported for so many that there are."""


def measure(databases: Databases, scale: Scale, rows: int, longest: int) -> Iterator[Figure]:
    """All of them, in databases of so many leads and deals, and of few; ``longest`` is as `_creates` has it."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(databases.fresh()) for _ in range(2))
        _filled(small, scale.few_rows)
        replayed = _filled(large, rows)
        plain_tables.prepare(large, rows)
        yield from beside_plain.measure(scale, large)
        yield from beside_static.measure(scale, large)
        yield from growth.measure_reads(scale, small, large, rows)
        yield from _creates(databases, scale, large, replayed.events, longest)
        pace = replayed.events / replayed.seconds
        yield Figure(f"replay of {replayed.events:,} events", f"{pace:,.0f} events/s", "", pace, REPLAY)
        yield from memory.of_workers(scale, large, rows // IMPORTED)
        key = Path(stack.enter_context(tempfile.TemporaryDirectory()), "signing-key")
        yield from evidence.pace(
            Settings.from_environment({**environment_of(large), "LEADLEDGER_SIGNING_KEY": str(key)})
        )


def _creates(databases: Databases, scale: Scale, large: str, events: int, longest: int) -> Iterator[Figure]:
    """Creates behind a long log: the large database's, or one of as many events as are ``longest``."""
    with databases.fresh() as few, databases.fresh() as many:
        _filled(few, int(scale.few_events / direct.EVENTS))
        if longest:
            large, events = many, _filled(many, int(longest / direct.EVENTS)).events
        yield from growth.measure_creates(scale, few, large, events)


def _filled(database_url: str, size: int) -> direct.Replayed:
    prepare(Settings(database_url, TOKEN), wall_clock)
    return direct.fill(database_url, size)
