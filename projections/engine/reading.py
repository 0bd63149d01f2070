"""What a question to the read models is asked of: a connection, the moment it is about, and for whom it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Select

from projections.engine.buckets import moment_values
from projections.engine.validity import resolved

Audience = Literal["everybody"]
"""For whom a question is answered: as yet everybody may see every row."""


@dataclass(frozen=True)
class Reading:
    """Whoever asks read models says with it what the question is about.

    ``position`` is that of the log whose state is meant; None means now: the latest state that the connection sees,
    which inside a transaction includes what it has written.
    """

    connection: Connection
    position: int | None = None
    audience: Audience = "everybody"

    def at(self, position: int) -> Reading:
        """The same reading about a moment of the past: when the log had just reached a position."""
        return replace(self, position=position)

    @property
    def values(self) -> Mapping[str, int]:
        """What a query binds to be about this moment: nothing where that is now."""
        return {} if self.position is None else moment_values(self.position)

    def execute(self, query: Select[Any]) -> CursorResult[*tuple[Any, ...]]:
        """Ask a query that is asked seldom, or takes long: it is resolved each time, which takes about 0.1 ms.

        What is asked often is a `Query`, compiled once.
        """
        return self.connection.execute(resolved(query, is_past=self.position is not None), self.values)
