"""Background thread that deletes receipts of commands which are older than clients may ask for."""

from __future__ import annotations

from datetime import timedelta

from service.background.loop import repeat_in_background
from service.clock import timestamp
from service.ledger.ledger import Ledger
from service.log.errors import as_persistence_errors
from service.log.keyed_receipts import keyed_due_for_sweeping, sweep_keyed
from service.log.receipts import due_for_sweeping, sweep

KEPT = timedelta(days=7)
"""How long a client can look up what became of a command, and repeat a request under its idempotency key."""

AT_ONCE = 500
"""Receipts of either sort removed in one transaction: on SQLite a command that wants to write waits for one."""

IDLE_SECONDS = 60.0
PAUSE_SECONDS = 0.05


def sweep_in_background(ledger: Ledger) -> None:
    """Start a thread that sweeps receipts for as long as the process lives; several processes may do so."""
    repeat_in_background("sweep", ledger, lambda: PAUSE_SECONDS if sweep_receipts(ledger) else IDLE_SECONDS)


def sweep_receipts(ledger: Ledger) -> int:
    """Remove a batch of receipts that were kept long enough. Answers how many; 0 where none is left.

    That need not survive a power cut: what came back would be swept again.
    """
    moment = timestamp(ledger.clock() - KEPT)
    with as_persistence_errors():
        with ledger.database.reading() as connection:
            due = due_for_sweeping(connection, moment, AT_ONCE)
            keyed_due = keyed_due_for_sweeping(connection, moment, AT_ONCE)
        if due or keyed_due:
            with ledger.database.writing(is_durable=False) as connection:
                sweep(connection, due)
                sweep_keyed(connection, keyed_due)
    return len(due) + len(keyed_due)
