"""Background thread that seals the log, signs checkpoints, and renews keys when they are due."""

from __future__ import annotations

import time

from service.background.loop import repeat_in_background
from service.evidence.sealer import seal
from service.ledger.ledger import Ledger
from service.privacy.renewal import is_due, renew

PAUSE_SECONDS = 0.25
"""How long events wait for each other to be sealed together."""

PUBLISHED_SECONDS = 20.0
"""How often a checkpoint is signed and published, where the log has grown."""


def seal_in_background(ledger: Ledger) -> None:
    """Start a thread that seals the log for as long as the process lives; several processes may do so."""
    published = time.monotonic()

    def work() -> float:
        nonlocal published
        seal(ledger.database)
        if time.monotonic() - published >= PUBLISHED_SECONDS:
            published = time.monotonic()
            ledger.notary.checkpoint()
            if is_due(ledger):
                renew(ledger, lambda _: None)
        return PAUSE_SECONDS

    repeat_in_background("seal", ledger, work)
