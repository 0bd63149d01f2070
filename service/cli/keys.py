"""The keys to what events tell of people are renewed here, at an operator's word."""

from __future__ import annotations

import click
from tqdm import tqdm

from service.cli.opened import opened_ledger
from service.privacy.renewal import number_of_keys
from service.privacy.renewal import renew as renew_keys


@click.group
def keys() -> None:
    """Look after the keys to what events tell of people."""


@keys.command
def renew() -> None:
    """Wrap all keys anew, and destroy what wrapped them before, while the service goes on.

    Whoever was erased cannot be read in older backups of the database then, either, provided that the file with the
    keys was not kept with them. A service that runs does so by itself every 30 days.
    """
    with opened_ledger() as ledger:
        with ledger.database.reading() as connection:
            total = number_of_keys(connection)
        with tqdm(desc="Renewing", total=total, unit=" keys", leave=False, delay=0.2) as bar:
            renewed = renew_keys(ledger, bar.update)
        path = ledger.event_log.stream_keys.epochs.path
        click.echo(f"{renewed} keys are wrapped anew; {path} has changed, so back it up again.")
