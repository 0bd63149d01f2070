"""Background thread that writes down which tokens were used."""

from __future__ import annotations

from service.background.loop import repeat_in_background
from service.clock import timestamp
from service.ledger.ledger import Ledger
from service.log.errors import as_persistence_errors

PAUSE_SECONDS = 10.0


def write_token_uses_in_background(ledger: Ledger) -> None:
    """Start a thread that writes down the uses of tokens for as long as the process lives."""

    def work() -> float:
        write_token_uses(ledger)
        return PAUSE_SECONDS

    repeat_in_background("token uses", ledger, work)


def write_token_uses(ledger: Ledger) -> int:
    """Write down the tokens that let somebody in since the last time, with this hour. Answers how many were new."""
    hour = ledger.clock().replace(minute=0, second=0, microsecond=0)
    with as_persistence_errors():
        return ledger.token_uses.write(ledger.database, timestamp(hour))
