"""Background thread that goes on with reviews of the inbox and converts ready leads where the policy says so."""

from __future__ import annotations

import logging
import uuid
from functools import partial

from aggregates.refusals import Refusal
from service.background.loop import repeat_in_background
from service.commands import automation, reviews
from service.ledger.ledger import Ledger, Origin

IDLE_SECONDS = 2.0
"""How long nobody looks for a review after there was none."""

PAUSE_SECONDS = 0.05
"""How long commands have the log for themselves between two batches."""

_log = logging.getLogger("leadledger")


def review_in_background(ledger: Ledger) -> None:
    """Start a thread that works on reviews and conversions for as long as the process lives.

    Several processes may do so: each batch goes on where the last one ended, whoever did it.
    """

    def work() -> float:
        judged = go_on(ledger)
        convert_ready_leads(ledger)
        return PAUSE_SECONDS if judged else IDLE_SECONDS

    repeat_in_background("review", ledger, work)


def go_on(ledger: Ledger) -> int:
    """Judge one batch of the review that is going on. Answers how many leads that were; 0 where there is none left."""
    with ledger.reading() as reading:
        if reviews.open_review(reading) is None:
            return 0
    return ledger.execute(_origin(), reviews.advance)


def convert_ready_leads(ledger: Ledger) -> int:
    """Convert the leads that are ready, where the policy converts by itself. Answers how many that were.

    Which leads wait is read from their rows, so a stop halfway loses nothing, and a second run converts nothing twice.
    """
    with ledger.reading() as reading:
        lead_ids = automation.ready_leads(reading)
    return sum(_convert(ledger, lead_id) for lead_id in lead_ids)


def _convert(ledger: Ledger, lead_id: str) -> bool:
    try:
        return ledger.execute(_origin(), partial(automation.convert_by_itself, lead_id=lead_id)) is not None
    except Refusal as refusal:
        _log.warning("the policy cannot convert lead %s by itself: %s", lead_id, refusal)
        return False


def _origin() -> Origin:
    return Origin(user_id=None, request_id=uuid.uuid4().hex, client="leadledger")
