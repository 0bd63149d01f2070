"""The commands "keys …" about the file of keys that encrypt personal values: renew, merge."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.opened import opened_ledger
from service.cli.progress import progress_bar
from service.clock import wall_clock
from service.log.epochs import Epochs
from service.privacy.hand_over import HandOver
from service.privacy.renewal import number_of_keys
from service.privacy.renewal import renew as renew_keys


@click.group
def keys() -> None:
    """Look after the keys to what events tell of people."""


@keys.command
def renew() -> None:
    """Wrap all keys anew, and destroy what wrapped them before, while the service goes on.

    Whoever was erased cannot be read in older backups of the database then, either, provided that the file with the
    keys was not kept with them. All others can, in backups younger than LEADLEDGER_BACKUP_DAYS. A service that runs
    does so by itself every 30 days.
    """
    with opened_ledger() as ledger:
        with ledger.database.reading() as connection:
            total = number_of_keys(connection)
        with progress_bar("Renewing", total, "keys") as bar:
            renewed = renew_keys(ledger, bar.update)
        path, hand_over = ledger.event_log.stream_keys.epochs.path, HandOver(ledger)
        click.echo(f"{renewed} keys are wrapped anew; {path} has changed, so back it up again.")
        if hand_over.exists:
            backups = len(hand_over.heading().backups)
            click.echo(f"They are handed over to {backups} backups: back {hand_over.path} up again, too.")


@keys.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def merge(file: Path) -> None:
    """Add the keys in FILE to those that this database's personal data is read with.

    That is for when events were written while another file was in the right one's place: then some can be read with
    the one file only, and some with the other. "leadledger keys renew" wraps them all by one key afterwards.
    """
    with opened_ledger() as ledger:
        ledger.database.refuse(file)
        stream_keys = ledger.event_log.stream_keys
        with ledger.database.alone():
            added = stream_keys.epochs.join(Epochs(file, wall_clock))
        with ledger.database.reading() as connection:
            stream_keys.check(connection)
        path = stream_keys.epochs.path
        click.echo(f"{added} keys were added; {path} opens all that is there, so back it up again.")
