"""Keeps the versions of things that a replay does not have at hand, in a temporary file that nobody else can open."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Iterator

from projections.engine.replayed import Values
from projections.engine.rows import Key

PLAIN = 2
"""The form of `marshal` that looks for no object that occurs twice, which costs more than it spares here."""


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
            self._file.execute(f'CREATE TABLE "{table}" (key PRIMARY KEY, row BLOB) WITHOUT ROWID')
            self._tables.add(table)
        dumps = marshal.dumps
        rows = sorted([(_plain(key), dumps(values, PLAIN)) for key, values in versions])
        self._file.execute("BEGIN")
        self._file.executemany(f'REPLACE INTO "{table}" VALUES (?, ?)', rows)
        self._file.execute("COMMIT")

    def get(self, table: str, key: Key) -> Values | None:
        """The version that was put last of a thing; None where there was none."""
        if table not in self._tables:
            return None
        found = self._file.execute(f'SELECT row FROM "{table}" WHERE key = ?', (_plain(key),)).fetchone()
        return None if found is None else _values(found[0])

    def all(self) -> Iterator[tuple[str, Values]]:
        """The versions of all things, each with the name of its table, by table and key."""
        for table in sorted(self._tables):
            for (row,) in self._file.execute(f'SELECT row FROM "{table}" ORDER BY key'):
                yield table, _values(row)


def _plain(key: Key) -> int | str:
    plain: int | str = key[0] if len(key) == 1 else str(key)
    return plain


def _values(written: bytes) -> Values:
    values: Values = marshal.loads(written)
    return values
