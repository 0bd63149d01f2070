"""The commands "backup" and "restore"."""

from __future__ import annotations

from pathlib import Path

import click

from service.backups.backup import back_up
from service.backups.file import Backup
from service.backups.restore import ROUNDS
from service.backups.restore import restore as make_of
from service.cli.opened import opened_ledger, operator
from service.cli.progress import progress_bar
from service.maintenance.preflight import check_named_keys
from service.settings import Settings


@click.command
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write the log, its keys and its evidence into FILE, while the service goes on.

    FILE appears when it is whole and was read again. It holds no read model, and tells nothing of people without the
    file with the keys (LEADLEDGER_DATA_KEYS), which must be backed up elsewhere.
    """
    with opened_ledger(reads_events=True) as ledger:
        last = ledger.event_log.max_notification_id()
        with progress_bar("Backing up", last) as bar:
            written = back_up(ledger, file, bar.update)
    click.echo(f"{written.position} events are in {file}, which was read again and is whole.")
    for doubt in written.doubts:
        click.echo(f"But {doubt}.", err=True)


@click.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--new-key", is_flag=True, help="Make a new key to sign with: the one before is lost for good.")
@click.option(
    "--hand-over-lost", is_flag=True, help="The file beside the keys that tells of erasures is lost for good."
)
def restore(file: Path, new_key: bool, hand_over_lost: bool) -> None:
    """Make an empty database what FILE holds, all of it or nothing; read models are built from the events.

    FILE may be of SQLite or of PostgreSQL, whichever the database is. The files with the keys, and those beside them,
    must be in their place: who was erased since stays erased, and that is recorded again. A new incarnation of the log
    begins, which names the checkpoint that was signed last.
    """
    check_named_keys(Settings.from_environment())
    events = Backup(file).heading.position
    with opened_ledger(is_checked=False) as ledger:
        ledger.database.refuse(file)
        with progress_bar("Restoring", ROUNDS * events) as bar:
            options = {"has_new_key": new_key, "is_hand_over_lost": hand_over_lost}
            restored = make_of(ledger, operator(), file, bar.update, **options)
    click.echo(f"{restored.position} events are restored, and all read models are built.")
    if restored.erasures:
        click.echo(f"{restored.erasures} erasures that came after the backup are recorded again.")
    for doubt in restored.doubts:
        click.echo(f"But {doubt}.", err=True)
    if (restart := restored.restart) is None:
        click.echo("Nothing of the log was signed before, so nobody can tell whether anything came after the backup.")
        return
    click.echo(f"Incarnation {restart.number} of the log has begun.")
    if restart.signed > restored.position:
        lost = f"{restored.position + 1} to {restart.signed}"
        click.echo(f"Positions {lost} were signed, came after the backup and are lost; others may be that came later.")
    elif restart.other is None:
        click.echo("Nothing that came after the backup was signed; what was recorded and not signed yet is lost.")
