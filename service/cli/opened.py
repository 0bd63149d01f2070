"""What commands share: opening the ledger that the environment names, and output files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from service.clock import wall_clock
from service.database.database import Database
from service.ledger.inspection import check_data_keys
from service.ledger.ledger import Ledger, Origin
from service.log.schema import check_current
from service.settings import Settings
from service.wiring import make_ledger


@contextmanager
def opened_ledger(*, is_checked: bool = True, reads_events: bool = False) -> Iterator[Ledger]:
    """The ledger that the environment names.

    Raises `NotCurrent` where it must be migrated first, and `UnusableKey` where events are to be read and the file with
    the keys to what they tell of people is not the one that fits.
    """
    settings = Settings.from_environment()
    database = Database(settings.database_url)
    try:
        if is_checked:
            check_current(database)
        ledger = make_ledger(database, wall_clock, settings)
        if reads_events:
            check_data_keys(database, ledger.event_log.stream_keys)
        yield ledger
    finally:
        database.close()


@contextmanager
def output_file(ledger: Ledger, path: Path) -> Iterator[IO[str]]:
    """The file that a command writes, ``-`` for the output; it appears when it is whole, and is never the database."""
    ledger.database.refuse(path)
    if str(path) == "-" or (path.exists() and not path.is_file()):
        with click.open_file(str(path), "w", "utf-8") as output:
            yield output
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def operator(reason: str | None = None) -> Origin:
    """Where a command comes from that is typed at the console of the machine: nobody the service knows."""
    return Origin(user_id=None, request_id=uuid.uuid4().hex, client="leadledger", reason=reason)
