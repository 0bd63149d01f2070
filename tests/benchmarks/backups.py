"""Measures how fast a log is backed up, handed over to backups, and restored, and the memory that this takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.commands import run
from tests.benchmarks.figures import Figure
from tests.databases import Databases, environment_of

KEYS = "LEADLEDGER_DATA_KEYS"


def measure(databases: Databases, database_url: str, folder: Path, end: int) -> Iterator[Figure]:
    """A backup, the renewal of keys after it, and its restore; ``folder`` takes the files."""
    path, keys, of = folder / "backup", folder / "keys-of-the-restored", f"{end:,} events"
    environment = environment_of(database_url)
    taken = run(environment, "backup", str(path))
    size = path.stat().st_size / 1e6
    yield Figure(f"backing up, {of}, {size:,.0f} MB", taken.rates(end, size))
    taken = run(environment, "keys", "renew")
    file = Path(environment.get(KEYS, f"{database_url.removeprefix('sqlite:///')}.data-keys"))
    handed_over = file.with_name(f"{file.name}.hand-over")
    size_of_keys = handed_over.stat().st_size / 1e6
    yield Figure(f"renewing keys and handing over {size_of_keys:,.1f} MB", f"{taken.seconds:,.1f} s, {taken.mb:.0f} MB")
    with databases.fresh() as empty:
        shutil.copyfile(file, keys)
        shutil.copyfile(handed_over, keys.with_name(f"{keys.name}.hand-over"))
        taken = run({**environment_of(empty), KEYS: str(keys)}, "restore", str(path), "--new-key")
    yield Figure(f"restoring, {of}", taken.rates(end, size))
