"""The table of recent erasures and how far each has come, so that one that broke off can be continued."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, delete, insert, select, update

from projections.engine.tables import SortableText
from service.clock import timestamp, wall_clock
from service.privacy.mentions import Mention

erasure_tables = MetaData()

ERASURES = Table(
    "erasures",
    erasure_tables,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("announced_at", SortableText, nullable=False),
    Column("found", SortableText),
    Column("position", BigInteger),
)
"""How far the erasures of late have come: ``found`` is what they came to, as JSON, once nothing is readable any more,
and ``position`` where the log confirms it. Nothing in it tells of the person, but it says where a name still stands."""

KEPT = timedelta(days=30)
"""How long it is kept; it goes with the next erasure after that, for where a person is still named tells who it was."""


@dataclass(frozen=True)
class Found:
    """Counts of keys destroyed, events made unreadable and rows overwritten, and where else the person is named.

    ``mentioned`` counts the fields that do; ``mentions`` are the first of them.
    """

    keys: int
    events: int
    rows: int
    mentioned: int
    mentions: Sequence[Mention]


@dataclass(frozen=True)
class Erasure:
    """An erasure: ``found`` once nothing can be read any more, ``position`` once that is confirmed in the log."""

    person_id: int
    found: Found | None = None
    position: int | None = None


def announce(connection: Connection, person_id: int) -> None:
    """Note that a person is being erased, where that is not known yet. Forgets what is too old."""
    before = timestamp(wall_clock() - KEPT)
    connection.execute(delete(ERASURES).where(ERASURES.c.announced_at < before))
    if erasure_of(connection, person_id) is None:
        connection.execute(insert(ERASURES).values(person_id=person_id, announced_at=timestamp(wall_clock())))


def keep(connection: Connection, erasure: Erasure) -> None:
    """Keep how far an announced erasure has come."""
    found = None if erasure.found is None else json.dumps(asdict(erasure.found))
    known = update(ERASURES).where(ERASURES.c.person_id == erasure.person_id)
    connection.execute(known.values(found=found, position=erasure.position))


def erasure_of(connection: Connection, person_id: int) -> Erasure | None:
    """How far the erasure of a person has come; None where there was none of late."""
    row = connection.execute(select(ERASURES).where(ERASURES.c.person_id == person_id)).one_or_none()
    if row is None:
        return None
    told = None if row.found is None else json.loads(row.found)
    found = None if told is None else Found(**{**told, "mentions": [Mention(*each) for each in told["mentions"]]})
    return Erasure(person_id, found, row.position)
