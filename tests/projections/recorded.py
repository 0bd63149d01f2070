"""Records aggregates in a log, reads all versions of their rows, and rebuilds them."""

from __future__ import annotations

from sqlalchemy import Table, select

from aggregates.aggregate import Aggregate
from projections.engine.rows import Row, rows_of
from projections.engine.validity import every_version
from service.ledger.ledger import Ledger, Origin
from service.maintenance.replay import rebuild


def record(ledger: Ledger, *aggregates: Aggregate) -> int:
    """Record what happened to the aggregates; answers the position of the last event."""
    origin = Origin(user_id=1, request_id="given", client="given")
    return ledger.execute(origin, lambda tx: tx.save(*aggregates))


def versions(ledger: Ledger, table: Table) -> list[Row]:
    """All rows of a table with past, in a fixed order."""
    with ledger.reading() as reading:
        return rows_of(reading, select(table).where(every_version(table)).order_by(*table.primary_key.columns))


def rebuilt(ledger: Ledger) -> None:
    """Build all read models again from the log."""
    rebuild(ledger, lambda _: None)
