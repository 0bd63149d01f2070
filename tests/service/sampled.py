"""Databases with the sample company in them, as tests begin with it."""

from __future__ import annotations

from datetime import UTC, datetime

from service.clock import wall_clock
from service.database.database import Database
from service.maintenance.startup import prepare
from service.sample.story import tell
from service.sample.workdays import Workdays
from service.settings import Settings
from service.wiring import make_ledger
from tests.service.serving import TOKEN

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def begun(url: str) -> None:
    """Found a company on the story's first day; for `Databases.fresh`."""
    prepare(Settings(database_url=url, api_token=TOKEN), lambda: Workdays(NOW).beginning)


def told(url: str) -> None:
    """Tell the whole story up to `NOW`; for `Databases.fresh`."""
    begun(url)
    database = Database(url)
    tell(make_ledger(database, wall_clock), NOW, lambda _: None)
    database.close()
