"""Tells operators how a worker process is: its CPU time, memory, open files, connections, and its caches' hits."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from service.http import measures
from service.http.measures import LAYOUT, Measures
from service.shared.metrics import Metric

_PAGE = resource.getpagesize()
_MEMORY, _FILES = Path("/proc/self/statm"), "/proc/self/fd"


class CacheInfo(Protocol):
    """What a cache says of itself."""

    @property
    def hits(self) -> int:
        """What was found in it."""

    @property
    def misses(self) -> int:
        """What was not."""


class Cache(Protocol):
    """A function with a cache, as `functools.lru_cache` makes one."""

    def cache_info(self) -> CacheInfo:
        """How often it helped."""


class Vitals:
    """What a process knows of itself; what only grows is added up over the processes that were killed, too."""

    def __init__(self, counted: Measures, caches: Mapping[str, Cache]) -> None:
        self._numbers = counted.numbers
        self._caches = caches
        self._told: dict[int, float] = {}

    def tell(self, connections: int, waiters: int) -> None:
        """Tell how things are now; takes about 0.1 ms."""
        self._put(measures.WORKERS, 1)
        self._put(measures.CONNECTIONS, connections)
        self._put(measures.WAITERS, waiters)
        self._grow(LAYOUT.index(measures.CPU), time.process_time())
        for name, cache in self._caches.items():
            found = cache.cache_info()
            self._grow(LAYOUT.index(measures.CACHE_HITS, name), found.hits)
            self._grow(LAYOUT.index(measures.CACHE_MISSES, name), found.misses)
        with suppress(FileNotFoundError):  # not every system tells this way
            self._put(measures.MEMORY, int(_MEMORY.read_text().split()[1]) * _PAGE)
            self._put(measures.DESCRIPTORS, len(os.listdir(_FILES)))

    def are_many(self, connections: int) -> bool:
        """Whether these are more than this process's share of all clients' connections; takes some microseconds."""
        self._put(measures.CONNECTIONS, connections)
        workers, everywhere = (self._over_all(metric) for metric in (measures.WORKERS, measures.CONNECTIONS))
        return connections * workers > everywhere + workers

    def _over_all(self, metric: Metric) -> float:
        return self._numbers.over_all(LAYOUT.index(metric))

    def _put(self, metric: Metric, value: float) -> None:
        self._numbers.put(LAYOUT.index(metric), value)

    def _grow(self, index: int, value: float) -> None:
        """Add what a number of this process has grown by since it was told last; one that began anew grows from 0."""
        before = self._told.get(index, 0.0)
        self._numbers.add(index, value - before if value >= before else value)
        self._told[index] = value
