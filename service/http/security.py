"""The security log: failed logins and refused attempts, in a bounded file outside the event log."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from service.clock import timestamp, wall_clock
from service.http.call import client
from service.http.fair_file import FairFile
from service.http.this_request import this_request

LONGEST_PATH = 500

_log = logging.getLogger("leadledger.security")


def write_to(path: Path) -> None:
    """Write what is noted to a file, which other processes may write to, too."""
    if not any(isinstance(handler, FairFile) and handler.path == path.absolute() for handler in _log.handlers):
        _log.addHandler(FairFile(path))
        _log.propagate = False


def note(status: int, reason: str) -> None:
    """Note that a request was turned away, one line of JSON; tokens are never among what is noted."""
    asked = this_request()
    told = {
        "at": timestamp(wall_clock()),
        "status": status,
        "reason": reason,
        "method": asked.method,
        "path": asked.path[:LONGEST_PATH],
        "address": asked.remote_addr,
        "user_id": asked.user_id,
        "request_id": asked.request_id,
        "client": client(asked),
    }
    _log.warning("%s", json.dumps(told))
