"""What is known of each stream: of those that were met last in memory, of the others in a temporary file."""

from __future__ import annotations

import marshal
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

ROOM = 250_000
"""Streams that memory has room for, some 50 MB; the file costs some 4 µs for each that it has none for."""

_ASKED_AT_ONCE = 500
_MARKS = 1 << 21
"""Bytes of which one is set for each stream in the file, by its hash: most others are then not looked for there."""
_PAGES = "PRAGMA cache_size = -8000"  # kB

_TABLE = "CREATE TABLE kept (stream PRIMARY KEY, told) WITHOUT ROWID"

V = TypeVar("V")


class Kept(Generic[V]):
    """A mapping from streams to what is known of them, however many streams.

    ``plain`` makes a plain value of what is known, as `marshal` takes it, and ``made`` makes that again of it. The file
    has no name, and is gone when this is closed.
    """

    def __init__(self, made: Callable[[Any], V], plain: Callable[[V], Any]) -> None:
        self._made, self._plain = made, plain
        self._met = dict[str, V]()
        self._changed = set[str]()
        self._in_order: list[str] = []
        self._is_full = False
        self._marks = bytearray()
        self._file = sqlite3.connect("", isolation_level=None)
        for command in ("PRAGMA journal_mode = OFF", _PAGES, _TABLE, "BEGIN"):
            self._file.execute(command)

    def meet(self, streams: set[str]) -> dict[str, V]:
        """What is known of at least these streams, as far as anything is: what is set there for one of them is kept."""
        if len(self._met) > ROOM:
            self._write()
            self._met.clear()
            self._in_order.clear()
            self._is_full = True
        if self._is_full:
            self._changed |= streams
            missing = [each for each in streams - self._met.keys() if self._marks[hash(each) % _MARKS]]
            for start in range(0, len(missing), _ASKED_AT_ONCE):
                some = missing[start : start + _ASKED_AT_ONCE]
                self._met.update(self._read(f"stream IN ({','.join('?' * len(some))})", some))
        return self._met

    def between(self, first: str, behind: str) -> Iterator[tuple[str, V]]:
        """What is known of the streams from one on and before another, in their order."""
        if self._is_full:
            self._write()
            return self._read("stream >= ? AND stream < ? ORDER BY stream", (first, behind))
        if len(self._in_order) < len(self._met):
            self._in_order += islice(self._met, len(self._in_order), None)
            self._in_order.sort()
        some = slice(bisect_left(self._in_order, first), bisect_left(self._in_order, behind))
        return ((stream, self._met[stream]) for stream in self._in_order[some])

    def all(self) -> Iterable[V]:
        """What is known of all streams, in any order."""
        if not self._is_full:
            return self._met.values()
        self._write()
        return (told for _, told in self._read("TRUE", ()))

    def close(self) -> None:
        """Be done with it."""
        self._file.close()

    def _read(self, which: str, values: Sequence[str]) -> Iterator[tuple[str, V]]:
        for stream, told in self._file.execute(f"SELECT stream, told FROM kept WHERE {which}", values):
            yield stream, self._made(marshal.loads(told))

    def _write(self) -> None:
        self._marks = self._marks or bytearray(_MARKS)
        changed = sorted(self._changed & self._met.keys() if self._is_full else self._met)
        for stream in changed:
            self._marks[hash(stream) % _MARKS] = 1
        rows = ((stream, marshal.dumps(self._plain(self._met[stream]))) for stream in changed)
        self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", rows)
        self._changed.clear()
