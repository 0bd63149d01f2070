"""The table of legal holds, and how events change it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, select

from aggregates.event import Event
from aggregates.legal_hold import LegalHoldEvent, LegalHoldPlaced
from projections.engine.read_model import Handler
from projections.engine.reading import Reading
from projections.engine.rows import Rows
from projections.engine.statements import Query
from projections.engine.tables import SortableText, table_with_past
from projections.engine.validity import holding

HOLDS = table_with_past(
    "holds",
    Column("kind", SortableText, primary_key=True),
    Column("thing", SortableText, primary_key=True),
    Column("is_in_force", Boolean, nullable=False),
    indexes=[Index("holds_in_force", "is_in_force")],
    key=("kind", "thing"),
)
"""Whatever ever was on legal hold; ``thing`` is its key as text."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let a hold begin or end."""
    assert isinstance(event, LegalHoldEvent)
    key, is_in_force = (event.kind, str(event.key)), isinstance(event, LegalHoldPlaced)
    if rows.current(HOLDS, *key) is None:
        rows.insert(HOLDS, position, {"kind": event.kind, "thing": str(event.key), "is_in_force": is_in_force})
    else:
        rows.change(HOLDS, position, key, is_in_force=is_in_force)


HANDLER = Handler(apply, {LegalHoldEvent: {}})


def is_held(rows: Rows, kind: str, key: int | str) -> bool:
    """Whether a thing is on legal hold."""
    row = rows.current(HOLDS, kind, str(key))
    return row is not None and bool(row["is_in_force"])


def held(reading: Reading) -> list[tuple[str, str]]:
    """All that is on legal hold: of each its kind, and its key as text."""
    return [(kind, thing) for kind, thing in _HELD.tuples(reading, {})]


_HELD = Query(
    select(HOLDS.c.kind, HOLDS.c.thing)
    .where(HOLDS.c.is_in_force.is_(True), holding(HOLDS))
    .order_by(HOLDS.c.kind, HOLDS.c.thing)
)
