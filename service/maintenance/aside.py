"""Keeps the versions of things that a replay does not have at hand, in a temporary file that nobody else can open."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Iterator

from projections.engine.replayed import Values
from projections.engine.rows import Key


class UnnamedFile:
    """Versions by table and key in a file of SQLite's, which has no name any more and is gone with the process."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("CREATE TABLE versions (name TEXT, key, row BLOB, PRIMARY KEY (name, key))")

    def put(self, versions: Iterable[tuple[str, Key, Values]]) -> None:
        """Keep versions in place of those that were kept of the same things."""
        rows = ((name, _plain(key), marshal.dumps(values)) for name, key, values in versions)
        self._file.execute("BEGIN")
        self._file.executemany("REPLACE INTO versions VALUES (?, ?, ?)", rows)
        self._file.execute("COMMIT")

    def get(self, table: str, key: Key) -> Values | None:
        """The version that was put last of a thing; None where there was none."""
        asked = table, _plain(key)
        found = self._file.execute("SELECT row FROM versions WHERE name = ? AND key = ?", asked).fetchone()
        return None if found is None else _values(found[0])

    def all(self) -> Iterator[tuple[str, Values]]:
        """The versions of all things, each with the name of its table, by table and key."""
        for name, row in self._file.execute("SELECT name, row FROM versions ORDER BY name, key"):
            yield name, _values(row)


def _plain(key: Key) -> int | str:
    (first, *others) = key
    plain: int | str = first if not others else str(key)
    return plain


def _values(written: bytes) -> Values:
    values: Values = marshal.loads(written)
    return values
