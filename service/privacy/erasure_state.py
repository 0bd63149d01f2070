"""The table of recent erasures and how far each has come, so that one that broke off can be continued."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Row, Table, and_, delete, insert, or_, select, update

from aggregates.identity import stream_id
from projections.engine.tables import SortableText
from service.clock import timestamp, wall_clock
from service.log.tables import EVENTS
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
    """How far the erasure of something has come; None where there was none of late.

    That it has begun or is confirmed counts only where the log tells so: whoever can write to the table must not make
    anybody believe that something is erased, nor keep it from being erased.
    """
    row = connection.execute(select(ERASURES).where(ERASURES.c.subject == str(subject))).one_or_none()
    if row is None:
        return None
    events = _events_of(connection, row)
    found = _found(row)
    if found is None or not events or _subject_of(events[0]) != str(subject):
        return Erasure(subject)
    return Erasure(subject, row.erasure_id, found, events[1]["position"] if len(events) > 1 else None)


def erasure_differences(connection: Connection) -> Iterator[str]:
    """What the table says otherwise of erasures than the log."""
    for row in connection.execute(select(ERASURES).where(ERASURES.c.erasure_id.is_not(None))).all():
        started, *confirmed = _events_of(connection, row) or [{}]
        told = vars(_found(row) or Found(0, 0, 0, 0, ()))
        counts = {"keys": len(started.get("streams", ()))}
        for last in confirmed:
            counts = {"mentioned": last["mentions"], **{name: last[name] for name in ("keys", "events", "rows")}}
        position = confirmed[0]["position"] if confirmed else None
        is_told = all(told[name] == count for name, count in counts.items())
        if not is_told or row.position != position or _subject_of(started) != row.subject:
            yield f"what came of the erasure of {row.subject} is not what the log tells of it"


def _found(row: Row[Any]) -> Found | None:
    """What an erasure came to as it is kept; None where it is not, or nobody can read it."""
    try:
        told = json.loads(row.found or "")
        return Found(**{**told, "mentions": [Mention(*each) for each in told["mentions"]]})
    except (ValueError, TypeError, KeyError):
        return None


def _events_of(connection: Connection, row: Row[Any]) -> list[dict[str, Any]]:
    """What the log tells of the erasure of a row: when it began and, behind that, when it was confirmed."""
    if row.erasure_id is None:
        return []
    its = EVENTS.c.stream_id == stream_id("erasure", row.erasure_id).hex
    found = connection.execute(select(EVENTS.c.position, EVENTS.c.state).where(its).order_by(EVENTS.c.version))
    return [{**json.loads(bytes(state))["data"], "position": position} for position, state in found]


def _subject_of(started: Mapping[str, Any]) -> str | None:
    """What an event says that it was erased, as `Subject` has it as text."""
    try:
        return str(Subject(started["kind"], started["key"], started["is_redaction"]))
    except KeyError:
        return None
