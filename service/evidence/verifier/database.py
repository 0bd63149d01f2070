"""The service's own database, SQLite or PostgreSQL, which is only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from service.evidence.verifier.events import Entry
from service.evidence.verifier.incarnations import Begun
from service.evidence.verifier.report import Report
from service.evidence.verifier.sources import Fold
from service.evidence.verifier.verdicts import Altered, Uncheckable

READ_AT_ONCE = 5000


class DatabaseSource:
    """The service's own database."""

    def __init__(self, url: str) -> None:
        self._connection = _connected(url)

    def folds(self, *, are_many: bool) -> Sequence[Fold]:
        """A database says nothing of what its events come to."""
        return ()

    def check(self, _keys: Sequence[str], report: Report) -> None:
        """A database has nothing of its own to check."""
        report.said.append("the database can be read")

    def keys(self) -> list[str]:
        """A database has no keys with it."""
        return []

    def check_form(self, _keys: Sequence[str]) -> None:
        """A database says nothing of its form."""

    def keys_vouched_for(self, _keys: Sequence[str]) -> list[str]:
        """A database has no keys with it."""
        return []

    def entries(self) -> Iterator[Entry]:
        """The table events."""
        for row in self._rows(
            "SELECT position, stream_id, version, topic, state, previous FROM events WHERE position > ? "
            "ORDER BY position LIMIT ?"
        ):
            position, stream, version, topic, state, previous = row
            if type(state) is not bytes:
                raise Altered("a state is not readable any more", position)
            yield Entry(position, _decoded(stream, position), version, _decoded(topic, position), state, previous)

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """The table leaves."""
        yield from self._rows("SELECT position, hash FROM leaves WHERE position > ? ORDER BY position LIMIT ?")

    def notes(self) -> list[str]:
        """The table checkpoints."""
        rows = self._rows("SELECT number, note FROM checkpoints WHERE number > ? ORDER BY number LIMIT ?")
        return [_decoded(note, None) for _, note in rows]

    def access(self) -> Iterator[Sequence[Any]]:
        """The table access_records."""
        for record in self._rows(
            "SELECT number, at, user_id, request_id, client, path, query, hash FROM access_records WHERE number > ? "
            "ORDER BY number LIMIT ?"
        ):
            yield [_decoded(value, None) if place in (1, 3, 4, 5, 6) else value for place, value in enumerate(record)]

    def begun(self) -> list[Begun]:
        """The table incarnations."""
        query = (
            "SELECT number, began_at, instance, last_note FROM incarnations WHERE number > ? ORDER BY number LIMIT ?"
        )
        return [
            Begun(number, _decoded(began_at, None), _decoded(instance, None), note and _decoded(note, None))
            for number, began_at, instance, note in self._rows(query)
        ]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _rows(self, query: str) -> Iterator[Any]:
        after: int = -(2**63)
        while True:
            with closing(self._connection.reader()) as cursor:
                cursor.execute(self._connection.placed(query), (after, READ_AT_ONCE))
                rows = cursor.fetchall()
            if not rows:
                return
            yield from rows
            after = rows[-1][0]


def _connected(url: str) -> Any:
    scheme, _, rest = url.partition("://")
    try:
        if scheme == "sqlite":
            connection: Any = sqlite3.connect(f"file:{rest[1:]}?mode=ro", uri=True, factory=_Sqlite)
            connection.text_factory = bytes
            connection.execute("SELECT 1 FROM events LIMIT 1")
            return connection
        import psycopg

        class _Postgresql(psycopg.Connection[Any]):
            def placed(self, query: str) -> str:
                return query.replace("?", "%s")

            def reader(self) -> psycopg.Cursor[Any]:
                return self.cursor(binary=True)

        return _Postgresql.connect(f"postgresql://{rest}", autocommit=True)
    except ImportError:
        raise Uncheckable("psycopg is needed to read a PostgreSQL database") from None
    except Exception as error:
        raise Uncheckable(f"the database cannot be read: {error}") from None


class _Sqlite(sqlite3.Connection):
    def placed(self, query: str) -> str:
        return query

    def reader(self) -> sqlite3.Cursor:
        return self.cursor()


def _decoded(value: Any, position: int | None) -> str:
    try:
        return value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        raise Altered("text is not readable any more", position) from None
