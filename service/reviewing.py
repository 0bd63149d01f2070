"""Reviews of the inbox flow on in the background of a serving process, a batch now and then, beside all requests."""

from __future__ import annotations

import logging
import threading
import time
import uuid

from service.commands import reviews
from service.ledger import Ledger, Origin
from service.log.recorder import as_persistence_errors

IDLE_SECONDS = 2.0
"""How long nobody looks for a review after there was none."""

PAUSE_SECONDS = 0.05
"""How long commands have the log for themselves between two batches."""

_log = logging.getLogger("leadledger")


def review_in_background(ledger: Ledger) -> None:
    """Let a thread of its own work on reviews for as long as the process lives.

    Several processes may do so: each batch goes on where the last one ended, whoever did it.
    """
    threading.Thread(target=_work, args=(ledger,), name="review", daemon=True).start()


def go_on(ledger: Ledger) -> int:
    """Judge one batch of the review that is going on. Answers how many leads that were; 0 where there is none left."""
    with as_persistence_errors(), ledger.database.reading() as connection:
        if reviews.open_review(connection) is None:
            return 0
    origin = Origin(user_id=None, request_id=uuid.uuid4().hex, client="leadledger")
    return ledger.execute(origin, reviews.advance)


def _work(ledger: Ledger) -> None:
    while True:
        try:
            judged = go_on(ledger)
        except Exception as error:
            _log.warning("the review of the inbox could not go on: %s", error)
            judged = 0
        time.sleep(PAUSE_SECONDS if judged else IDLE_SECONDS)
