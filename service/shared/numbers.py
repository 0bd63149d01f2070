"""Numbers that each worker process counts in a part of memory of its own, and anybody adds up."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import add

from service.shared.memory import SharedMemory


class Numbers:
    """Counters, which only grow, and behind them gauges, which tell how things are now; all are floats.

    Whoever counts first `take`s a part, which stays a process's own until it ends. The next process that takes it goes
    on from its counters, so none of them is ever lost or falls; its gauges begin at 0 again.
    """

    def __init__(self, counters: int, gauges: int, parts: int) -> None:
        self._memory = SharedMemory((counters + gauges) * parts * 8)
        self._counters, self._gauges, self._parts = counters, gauges, parts
        self._own = _NONE
        self._mine = memoryview(bytearray((counters + gauges) * 8)).cast("d")
        self._among_threads = threading.Lock()

    def take(self) -> bool:
        """Take a part that no other process has. Answers whether there was one: who has none counts for himself."""
        for part in range(self._parts):
            if self._memory.try_lock(part):
                self._own, self._mine = part, self._part(part)
                for index in range(self._counters, self._counters + self._gauges):
                    self._mine[index] = 0.0
                return True
        return False

    def add(self, index: int, amount: float = 1.0) -> None:
        """Add to a number, named by its index."""
        with self._among_threads:
            self._mine[index] += amount

    def observe(self, first: int, bounds: Sequence[float], value: float) -> None:
        """Add a value to a histogram: to the number of its bucket, from ``first`` on, and to the sum behind them."""
        with self._among_threads:
            self._mine[first + bisect_left(bounds, value)] += 1.0
            self._mine[first + len(bounds) + 1] += value

    def count_alone(self, index: int, first: int, bounds: Sequence[float], value: float) -> None:
        """As `add` and `observe` in one, for numbers that only one thread of a process counts: it locks nobody out."""
        mine = self._mine
        mine[index] += 1.0
        mine[first + bisect_left(bounds, value)] += 1.0
        mine[first + len(bounds) + 1] += value

    def put(self, index: int, value: float) -> None:
        """Say how a gauge stands in this process."""
        self._mine[index] = value

    def over_all(self, index: int) -> float:
        """How a gauge stands in all processes together, those included that ended and that none has followed yet."""
        return sum(self._part(part)[index] for part in range(self._parts))

    def totals(self) -> list[float]:
        """Each number of all processes together; of those that have ended, the counters only."""
        parts = [self._part(part).tolist() for part in range(self._parts)]
        counters = [0.0] * self._counters
        for numbers in parts:
            counters = list(map(add, counters, numbers))
        gauges = [0.0] * self._gauges
        for part in self._living():
            gauges = list(map(add, gauges, parts[part][self._counters :]))
        return counters + gauges

    def _living(self) -> Iterator[int]:
        for part in range(self._parts):
            if part == self._own:
                yield part
            elif self._memory.try_lock(part):
                self._memory.unlock(part)
            else:
                yield part

    def _part(self, part: int) -> memoryview[float]:
        size = self._counters + self._gauges
        return self._memory.view.cast("d")[part * size : (part + 1) * size]


_NONE = -1
