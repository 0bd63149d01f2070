"""Measures work on whole logs: replay, sealing, exports and checks, and the memory of workers and of an export."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from service.settings import Settings
from tests.benchmarks import backups, evidence, memory
from tests.benchmarks.figures import Figure, Goal, Scale
from tests.benchmarks.filled import Filled
from tests.databases import environment_of

REPLAY = Goal(25_000, 20_000, is_least=True)
IMPORTED = 10
"""One lead is imported for so many that there are."""


def measure(scale: Scale, filled: Filled) -> Iterator[Figure]:
    """How fast, in the large database, and with how much memory."""
    replayed = filled.replayed
    pace = replayed.events / replayed.seconds
    yield Figure(f"replay of {replayed.events:,} events", f"{pace:,.0f} events/s", "", pace, REPLAY)
    yield from memory.of_workers(scale, filled.large, filled.rows // IMPORTED)
    yield from evidence.pace(Settings.from_environment(environment_of(filled.large)))
    with tempfile.TemporaryDirectory(dir=filled.folder) as folder:
        yield from backups.measure(filled.databases, filled.large, Path(folder), filled.end)
