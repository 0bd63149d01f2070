"""Keeps the versions of things that a replay does not have at hand, in a temporary file that nobody else can open."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice

from projections.engine.replayed import Values
from projections.engine.rows import Key

PLAIN = 2
"""The form of `marshal` that looks for no object that occurs twice, which costs more than it spares here."""

AT_ONCE = 5_000
"""Versions that are answered together in the end."""

Written = tuple[str, list[bytes]]
"""Versions as they are kept, of a table with that name."""


class UnnamedFile:
    """Versions by table and key in a file of SQLite's, which has no name any more and is gone with the process."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA page_size=16384")  # of smaller pages each would hold a dozen versions
        self._file.execute("PRAGMA journal_mode=OFF")
        self._tables = set[str]()

    def put(self, table: str, versions: Iterable[tuple[Key, Values]]) -> None:
        """Keep versions of different things in place of those that were kept of the same things."""
        if table not in self._tables:
            # rows in the order of being put, keys apart: to put rows between others by key would take twice the time
            self._file.execute(f'CREATE TABLE "{table}" (key PRIMARY KEY, row BLOB)')
            self._tables.add(table)
        rows = sorted([(_plain(key), marshal.dumps(values, PLAIN)) for key, values in versions])
        self._file.execute("BEGIN")
        self._file.executemany(f'REPLACE INTO "{table}" VALUES (?, ?)', rows)
        self._file.execute("COMMIT")

    def get(self, table: str, key: Key) -> Values | None:
        """The version that was put last of a thing; None where there was none."""
        if table not in self._tables:
            return None
        found = self._file.execute(f'SELECT row FROM "{table}" WHERE key = ?', (_plain(key),)).fetchone()
        return None if found is None else values_in(found[0])

    def all(self) -> Iterator[Written]:
        """The versions of all things, by table and key, some at a time."""
        for table in sorted(self._tables):
            rows = (row for (row,) in self._file.execute(f'SELECT row FROM "{table}" ORDER BY key'))
            while some := list(islice(rows, AT_ONCE)):
                yield table, some


def _plain(key: Key) -> int | str:
    plain: int | str = key[0] if len(key) == 1 else str(key)
    return plain


def values_in(written: bytes) -> Values:
    """A version that was kept."""
    values: Values = marshal.loads(written)
    return values
