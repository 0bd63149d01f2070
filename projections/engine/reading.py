"""What a question to the read models is asked of: a connection, the moment it is about, and for whom it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, CursorResult, Select

from projections.engine.buckets import moment_values
from projections.engine.validity import Rule, resolved
from projections.engine.visibility import VIEWER, among, visible


@dataclass(frozen=True)
class Reading:
    """Whoever asks read models says with it what the question is about.

    ``position`` is that of the log whose state is meant; None means now: the latest state that the connection sees,
    which inside a transaction includes what it has written. ``viewer`` is the user for whom it is answered: rows that
    this user may not see are left out, by present rights (see `projections.engine.visibility`). None means for the
    service itself, or for somebody who may see everything.
    """

    connection: Connection
    position: int | None = None
    viewer: int | None = None
    time: str | None = None

    def at(self, position: int, time: str | None = None) -> Reading:
        """The same reading about a moment of the past: when the log had just reached a position, and what time it was.

        With the time, pages in the order of the last change are found faster.
        """
        return replace(self, position=position, time=time)

    def seen_by(self, viewer: int | None) -> Reading:
        """The same reading for a user, or for the service itself."""
        return self if viewer == self.viewer else replace(self, viewer=viewer)

    @property
    def rule(self) -> Rule | None:
        """By which rule rows are left out; None where none are."""
        return None if self.viewer is None else visible

    @property
    def values(self) -> Mapping[str, Any]:
        """What a query binds to be about this moment and for this user: nothing where that is now, and for nobody."""
        moment = {} if self.position is None else moment_values(self.position, self.time)
        return moment if self.viewer is None else {**moment, VIEWER.key: among(self.viewer)}

    def execute(self, query: Select[Any]) -> CursorResult[*tuple[Any, ...]]:
        """Ask a query that is asked seldom, or takes long: it is resolved each time, which takes about 0.1 ms.

        What is asked often is a `Query`, compiled once.
        """
        database = self.connection.dialect.name
        asked = resolved(query, database, is_past=self.position is not None, rule=self.rule)
        return self.connection.execute(asked, self.values)
