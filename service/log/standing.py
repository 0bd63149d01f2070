"""Tells where the log stands: whatever depends on the log alone is the same as long as that is the same."""

from __future__ import annotations

from typing import NamedTuple

import orjson
from sqlalchemy import Connection, select

from projections.engine.statements import Statement
from service.log.tables import LOG_HEAD, READ_MODEL_DEFINITION


class Rewriting(NamedTuple):
    """Up to where rows have been rewritten in place: while it stays the same, the version of a row that began at a
    position is what it was.

    That is how many erasures there were, each of which overwrites rows in the transaction that records it, and how
    often the read models have been built: a rebuild exchanges all tables at once.
    """

    erasures: int
    builds: int | None


class Standing(NamedTuple):
    """The log's last position, when that was recorded, the last number given out of each kind as JSON, and how often
    the read models have been built.

    Another log that was put in its place differs in the time, and read models that were put right in the last number.
    """

    position: int
    recorded_at: str
    numbers: str
    builds: int | None

    @property
    def rewriting(self) -> Rewriting:
        """Up to where rows had been rewritten."""
        return Rewriting(orjson.loads(self.numbers).get("erasure", 0), self.builds)


STANDING = (
    LOG_HEAD.c.position,
    LOG_HEAD.c.recorded_at,
    LOG_HEAD.c.numbers,
    select(READ_MODEL_DEFINITION.c.id).scalar_subquery().label("builds"),
)
"""The columns of a `Standing`, in a query of the log's head."""


def standing(connection: Connection) -> Standing:
    """Where the log stands now. One question, the shortest of all."""
    return Standing(*_STANDING.tuples(connection, {})[0])


_STANDING = Statement(select(*STANDING))
