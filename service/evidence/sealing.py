"""The log is sealed and signed, and keys are renewed, in the background of a serving process, beside all requests."""

from __future__ import annotations

import logging
import threading
import time

from service.evidence.sealer import seal
from service.ledger import Ledger
from service.privacy.renewal import is_due, renew

PAUSE_SECONDS = 0.25
"""How long events wait for each other to be sealed together."""

PUBLISHED_SECONDS = 20.0
"""How often a checkpoint is signed and published, where the log has grown."""

_log = logging.getLogger("leadledger")


def seal_in_background(ledger: Ledger) -> None:
    """Let a thread of its own seal the log for as long as the process lives; several processes may do so."""
    threading.Thread(target=_work, args=(ledger,), name="seal", daemon=True).start()


def _work(ledger: Ledger) -> None:
    published = time.monotonic()
    while True:
        time.sleep(PAUSE_SECONDS)
        try:
            seal(ledger.database)
            if time.monotonic() - published >= PUBLISHED_SECONDS:
                published = time.monotonic()
                ledger.notary.checkpoint()
                if is_due(ledger):
                    renew(ledger, lambda _: None)
        except Exception as error:
            _log.warning("the log could not be sealed: %s", error)
            time.sleep(PUBLISHED_SECONDS)
