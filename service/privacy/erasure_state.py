"""The table of recent erasures and how far each has come, so that one that broke off can be continued."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, and_, delete, insert, or_, select, update

from projections.engine.tables import SortableText
from service.clock import timestamp, wall_clock
from service.privacy.mentions import Mention
from service.privacy.subjects import Subject

erasure_tables = MetaData()

ERASURES = Table(
    "erasures",
    erasure_tables,
    Column("subject", SortableText, primary_key=True),
    Column("announced_at", SortableText, nullable=False),
    Column("erasure_id", BigInteger),
    Column("found", SortableText),
    Column("position", BigInteger),
)
"""How far the erasures of late have come: ``found`` is what they came to, as JSON, once nothing is readable any more,
``erasure_id`` the number under which the log tells so, and ``position`` where it confirms it. ``subject`` is what was
erased, as `Subject` has it as text. Nothing in it tells of anybody, but it says where a name still stands."""

KEPT = timedelta(days=30)
"""How long one is kept that is confirmed; it goes with the next erasure after that, for where somebody is still named
tells who it was."""


@dataclass(frozen=True)
class Found:
    """Counts of keys destroyed, events made unreadable and rows overwritten, and where else the person is named.

    ``mentioned`` counts the fields that do; ``mentions`` are the first of them. ``readable`` counts the events whose
    client, request, kind of signal or reasons an older version recorded in the clear, which stay so.
    """

    keys: int
    events: int
    rows: int
    mentioned: int
    mentions: Sequence[Mention]
    readable: int = 0


@dataclass(frozen=True)
class Erasure:
    """An erasure: ``found`` once nothing can be read any more, ``position`` once that is confirmed in the log."""

    subject: Subject
    erasure_id: int | None = None
    found: Found | None = None
    position: int | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether it has come to its end."""
        return self.position is not None


def announce(connection: Connection, subject: Subject) -> None:
    """Note that something is being erased, or erased again. Forgets what is too old."""
    now = wall_clock()
    old = ERASURES.c.announced_at < timestamp(now - KEPT), ERASURES.c.position.is_not(None)
    connection.execute(delete(ERASURES).where(or_(and_(*old), ERASURES.c.subject == str(subject))))
    connection.execute(insert(ERASURES).values(subject=str(subject), announced_at=timestamp(now)))


def keep(connection: Connection, erasure: Erasure) -> None:
    """Keep how far an announced erasure has come."""
    found = None if erasure.found is None else json.dumps(asdict(erasure.found))
    known = update(ERASURES).where(ERASURES.c.subject == str(erasure.subject))
    connection.execute(known.values(erasure_id=erasure.erasure_id, found=found, position=erasure.position))


def mentioned(connection: Connection, erasure_id: int) -> int:
    """How many fields still name what was erased, as it was found; 0 where that is not kept any more."""
    found = connection.execute(select(ERASURES.c.found).where(ERASURES.c.erasure_id == erasure_id)).scalar()
    return 0 if found is None else int(json.loads(found)["mentioned"])


def erasure_of(connection: Connection, subject: Subject) -> Erasure | None:
    """How far the erasure of something has come; None where there was none of late."""
    row = connection.execute(select(ERASURES).where(ERASURES.c.subject == str(subject))).one_or_none()
    if row is None:
        return None
    told = None if row.found is None else json.loads(row.found)
    found = None if told is None else Found(**{**told, "mentions": [Mention(*each) for each in told["mentions"]]})
    return Erasure(subject, row.erasure_id, found, row.position)
