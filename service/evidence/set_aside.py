"""Keeps lists until they are wanted: a few of them in memory, many in a temporary file that has no name."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class SetAside(Generic[T]):
    """Lists of plain values, which can be gone through as often as one likes once all have been added."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("CREATE TABLE lists (number INTEGER PRIMARY KEY, list BLOB)")

    def add(self, some: list[T]) -> None:
        """Add a list behind the others, unless it is empty."""
        if some:
            self._file.execute("INSERT INTO lists (list) VALUES (?)", (marshal.dumps(some),))

    def __iter__(self) -> Iterator[list[T]]:
        for (written,) in self._file.execute("SELECT list FROM lists ORDER BY number"):
            some: list[T] = marshal.loads(written)
            yield some
