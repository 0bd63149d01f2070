"""Failed logins and refused attempts flow from here into a log of their own, which nobody can grow beyond bounds."""

from __future__ import annotations

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from flask import g, request

from service.clock import timestamp, wall_clock
from service.http.call import client

LARGEST_FILE = 5_000_000
FILES_KEPT = 4
LONGEST_PATH = 500

_log = logging.getLogger("leadledger.security")


def write_to(path: Path) -> None:
    """Write what is noted to a file, from whose beginning old lines are dropped when it has grown large."""
    if any(getattr(handler, "baseFilename", None) == str(path.absolute()) for handler in _log.handlers):
        return
    handler = RotatingFileHandler(path, maxBytes=LARGEST_FILE, backupCount=FILES_KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    _log.addHandler(handler)
    _log.propagate = False


def note(status: int, reason: str) -> None:
    """Note that a request was turned away, one line of JSON; tokens are never among what is noted."""
    told = {
        "at": timestamp(wall_clock()),
        "status": status,
        "reason": reason,
        "method": request.method,
        "path": request.path[:LONGEST_PATH],
        "address": request.remote_addr,
        "user_id": g.get("user_id"),
        "request_id": g.get("request_id"),
        "client": client(request),
    }
    _log.warning("%s", json.dumps(told))
