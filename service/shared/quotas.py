"""Counts, by key, how often something happened in a window of time: in memory of a fixed size that workers share."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from os import urandom
from typing import NamedTuple

from service.operating import LONGEST_SECONDS, Quota
from service.shared.memory import Exclusion, SharedMemory

SETS = 8192
WAYS = 8
"""A key has its place in one of so many sets, which holds this many keys: 65,536 in all, in 1 MB."""

_COUNT_BITS = 24
_COUNT = (1 << _COUNT_BITS) - 1
_LOCK = 0


class Spent(NamedTuple):
    """How a key stands to its quota: how often it may still, in how many seconds that is renewed, and whether now it
    was too often."""

    left: int
    seconds: int
    is_over: bool


class Quotas:
    """Windows by key: when each ends, and what was counted in it; 2 µs for a look, 6 µs for a count.

    Where a set is full, the window that ends first gives way, which is a loss only while it has not ended: then its key
    begins anew. Keys are hashed with a secret, so nobody can choose those that meet in one set.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        memory = SharedMemory(SETS * WAYS * 16)
        self._numbers = memory.view.cast("Q")
        self._alone = Exclusion(memory, _LOCK)
        self._secret = urandom(32)

    def count(self, quota: Quota, *key: str) -> Spent:
        """Count once more; what is over the quota is not counted."""
        number, first = self._place(key)
        with self._alone:
            now = self._now()
            place, end, used = self._find(number, first, now)
            if not used:
                end = now + quota.seconds * 1000
            is_over = used >= quota.count
            if not is_over:
                self._put(place, number, end, used + 1)
        return _spent(quota, end - now, used if is_over else used + 1, is_over=is_over)

    def renew(self, quota: Quota, *key: str) -> None:
        """Begin a key's window anew, with one time counted."""
        number, first = self._place(key)
        with self._alone:
            now = self._now()
            place, _, _ = self._find(number, first, now)
            self._put(place, number, now + quota.seconds * 1000, 1)

    def look(self, quota: Quota, *key: str) -> Spent:
        """How a key stands, without counting."""
        number, first = self._place(key)
        now = self._now()
        _, end, used = self._find(number, first, now)
        return _spent(quota, max(end - now, 0), used, is_over=used >= quota.count)

    def _now(self) -> int:
        """Milliseconds of a clock that all processes of a machine share, and nobody sets."""
        return int(self._clock() * 1000)

    def _place(self, key: tuple[str, ...]) -> tuple[int, int]:
        """A key's number, never 0, and where the set begins that it belongs to."""
        hashed = blake2b("\n".join(key).encode(errors="surrogatepass"), digest_size=8, key=self._secret)
        number = int.from_bytes(hashed.digest(), "little") | 1
        return number, (number >> 1) % SETS * WAYS * 2

    def _put(self, place: int, number: int, end: int, used: int) -> None:
        """Each of the two is written in one step, so whoever is killed between them leaves no nonsense."""
        self._numbers[place + 1] = end << _COUNT_BITS | used
        self._numbers[place] = number

    def _find(self, number: int, first: int, now: int) -> tuple[int, int, int]:
        """Where a key is, or may be put; when its window ends, and what was counted, which is 0 where none is open."""
        free, free_end = first, _NEVER
        for place in range(first, first + WAYS * 2, 2):
            packed = self._numbers[place + 1]
            end = packed >> _COUNT_BITS
            if self._numbers[place] == number:
                return place, end, packed & _COUNT if end > now else 0
            if end < free_end:
                free, free_end = place, end
        return free, 0, 0


_NEVER = 1 << 40
assert LONGEST_SECONDS * 1000 < _NEVER


def _spent(quota: Quota, milliseconds: int, used: int, *, is_over: bool) -> Spent:
    return Spent(max(quota.count - used, 0), -(-milliseconds // 1000), is_over)
