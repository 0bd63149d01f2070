"""Prepares a database for this version: migrates, rebuilds read models if needed, records the first facts."""

from __future__ import annotations

from collections.abc import Callable

from service.clock import Clock
from service.database.database import Database
from service.ledger.inspection import check_data_keys
from service.log.schema import are_read_models_current, migrate_log
from service.maintenance.replay import rebuild
from service.maintenance.seeding import seed
from service.settings import Settings
from service.wiring import make_ledger


def prepare(settings: Settings, clock: Clock, progress: Callable[[int], object] = lambda _: None) -> str | None:
    """Bring a database up to date; answers the first administrator's token where one was made up."""
    database = Database(settings.database_url)
    try:
        migrate_log(database)
        ledger = make_ledger(database, clock, settings)
        check_data_keys(database, ledger.event_log.stream_keys)
        if not are_read_models_current(database):
            rebuild(ledger, progress)
        return seed(ledger, settings.api_token)
    finally:
        database.close()
