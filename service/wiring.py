"""Puts a ledger together: the one place that knows which parts work on a database."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from service.clock import Clock, wall_clock
from service.database.database import Database
from service.database.key_files import beside
from service.evidence.notary import Notary
from service.ledger.inspection import look_at
from service.ledger.ledger import Ledger
from service.log.epochs import Epochs
from service.log.observer import Observer
from service.log.recorder import EventLog
from service.log.stream_keys import StreamKeys
from service.obstacles import Obstacles
from service.readiness.reactions import verdicts_changed_by
from service.settings import Settings


def make_ledger(
    database: Database, clock: Clock, settings: Settings | None = None, observer: Observer | None = None
) -> Ledger:
    """The ledger on a database, with default settings where none are given; nothing is read or written yet.

    The observer is told how long commands take. Raises `OwnFile` where a setting names a file of the database's own.
    """
    settings = settings or Settings()
    issuer_keys = settings.issuer.keys if settings.issuer else None
    database.refuse(
        settings.signing_key,
        settings.data_keys,
        settings.checkpoint_file,
        settings.security_log,
        issuer_keys if isinstance(issuer_keys, Path) else None,
    )
    epochs = Epochs(settings.data_keys or beside(database, "data-keys"), wall_clock)
    event_log = EventLog(database, StreamKeys(epochs), observer)
    notary = Notary(database, clock, settings)
    obstacles = Obstacles(partial(look_at, database, event_log.stream_keys, notary, clock))
    return Ledger(settings, clock, event_log, notary, obstacles, react=verdicts_changed_by)
