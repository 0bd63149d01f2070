"""What a question to the read models is asked of: a connection, the moment it is about, and for whom it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Select

from projections.engine.past import ask_as_of

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
        ask_as_of(self.connection, position)
        return Reading(self.connection, position, self.audience)

    def execute(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> CursorResult[*tuple[Any, ...]]:
        """Ask a query that is asked seldom; one that is asked often is a `Query`, compiled once."""
        return self.connection.execute(query, values)
