"""Measures how fast a log is backed up, handed over to backups, and restored, in megabytes and events a second."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from service.backups.backup import back_up
from service.backups.restore import restore
from service.clock import wall_clock
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin
from service.privacy.hand_over import HandOver
from service.privacy.renewal import renew
from service.settings import Settings
from service.wiring import make_ledger
from tests.benchmarks.figures import Figure
from tests.databases import Databases


def measure(databases: Databases, ledger: Ledger, folder: Path, end: int) -> Iterator[Figure]:
    """What a backup, the renewal after it and a restore of it cost; ``folder`` takes the files."""
    path, of = folder / "backup", f"{end:,} events"
    spent = _seconds(lambda: back_up(ledger, path, lambda _: None))
    size = path.stat().st_size / 1e6
    yield Figure(f"back up, {of}, {size:,.0f} MB", f"{size / spent:,.0f} MB/s, {end / spent:,.0f} events/s")
    spent = _seconds(partial(renew, ledger, lambda _: None))
    handed_over = HandOver(ledger).path
    yield Figure(f"renew keys and hand them over, {handed_over.stat().st_size / 1e6:,.1f} MB", f"{spent:,.1f} s")
    with databases.fresh() as empty:
        keys = folder / "keys-of-the-restored"
        shutil.copyfile(ledger.event_log.stream_keys.epochs.path, keys)
        shutil.copyfile(handed_over, keys.with_name(f"{keys.name}.hand-over"))
        with closing(Database(empty)) as database:
            settings = Settings(empty, signing_key=ledger.settings.signing_key, data_keys=keys)
            again = make_ledger(database, wall_clock, settings)
            origin = Origin(user_id=None, request_id="benchmark", client="benchmark")
            spent = _seconds(lambda: restore(again, origin, path, lambda _: None))
    yield Figure(f"restore, {of}", f"{size / spent:,.1f} MB/s, {end / spent:,.0f} events/s")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
