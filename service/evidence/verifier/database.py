"""The service's own database, SQLite or PostgreSQL, which is only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from service.evidence.verifier.events import Values
from service.evidence.verifier.incarnations import Begun
from service.evidence.verifier.report import Report
from service.evidence.verifier.totals import AddedUp
from service.evidence.verifier.verdicts import Altered, Uncheckable

READ_AT_ONCE = 2000


class DatabaseSource:
    """The service's own database."""

    tells_totals = False

    def __init__(self, url: str) -> None:
        self._connection = _connected(url)

    def begin(self) -> None:
        """A database says nothing of its events beside them."""

    def check_entries(self, _entries: Sequence[Values]) -> None:
        """As `begin`."""

    def check(self, _keys: Sequence[str], _added_up: AddedUp, report: Report) -> None:
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

    def entries(self) -> Iterator[Sequence[Values]]:
        """The table events."""
        for rows in self._some_rows(
            "SELECT position, stream_id, version, topic, state, previous FROM events WHERE position > ? "
            "ORDER BY position LIMIT ?"
        ):
            if {(type(stream), type(topic), type(state)) for _, stream, _, topic, state, _ in rows} <= {_PLAIN}:
                yield rows
            else:
                yield from ([_decoded_entry(row)] for row in rows)

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
        return chain.from_iterable(self._some_rows(query))

    def _some_rows(self, query: str) -> Iterator[Sequence[Any]]:
        after: int = -(2**63)
        while rows := self._connection.rows(query, (after, READ_AT_ONCE)):
            yield rows
            after = rows[-1][0]


def _connected(url: str) -> Any:
    scheme, _, rest = url.partition("://")
    try:
        if scheme == "sqlite":
            connection: Any = sqlite3.connect(f"file:{rest[1:]}?mode=ro", uri=True, factory=_Sqlite)
            connection.execute("SELECT 1 FROM events LIMIT 1")
            return connection
        import psycopg

        class _Postgresql(psycopg.Connection[Any]):
            def rows(self, query: str, values: Sequence[int]) -> Sequence[Any]:
                with self.cursor(binary=True) as cursor:
                    return cursor.execute(query.replace("?", "%s"), values).fetchall()

        return _Postgresql.connect(f"postgresql://{rest}", autocommit=True)
    except ImportError:
        raise Uncheckable("psycopg is needed to read a PostgreSQL database") from None
    except Exception as error:
        raise Uncheckable(f"the database cannot be read: {error}") from None


class _Sqlite(sqlite3.Connection):
    def rows(self, query: str, values: Sequence[int]) -> Sequence[Any]:
        try:
            return self.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            if self.text_factory is bytes:
                raise
            self.text_factory = bytes  # there is text that is none: whoever reads it says where
            return self.rows(query, values)


_PLAIN = str, str, bytes
"""The types of a stream's name, a topic and a state."""


def _decoded_entry(row: Sequence[Any]) -> Values:
    position, stream, version, topic, state, previous = row
    if type(state) is not bytes:
        raise Altered("a state is not readable any more", position)
    return position, _decoded(stream, position), version, _decoded(topic, position), state, previous


def _decoded(value: Any, position: int | None) -> str:
    try:
        return value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        raise Altered("text is not readable any more", position) from None
