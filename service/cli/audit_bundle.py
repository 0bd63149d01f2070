"""The commands "audit export", "audit verify" and "audit verifier": write what can be checked, and check it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from service.cli.opened import opened_ledger
from service.cli.progress import progress_bar
from service.evidence.bundle import NothingToExport
from service.evidence.bundle import export as export_log
from service.evidence.verifier import command
from service.evidence.verifier_file import verifier_digest, verifier_file


@click.command
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to make.")
def export(out: Path) -> None:
    """Export the log up to the newest checkpoint, with all that is needed to check it."""
    with opened_ledger() as ledger:
        last = ledger.event_log.max_notification_id()
        with progress_bar("Exporting", last) as bar:
            try:
                events = export_log(ledger.database, ledger.notary, ledger.event_log.stream_keys, out, bar.update)
            except NothingToExport as error:
                raise click.ClickException(str(error)) from None
        click.echo(f"{events} events are exported to {out}.")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Check a bundle or a database without trusting the service that made it ("audit verify --help" says how)."""
    sys.exit(command.main(arguments))


@click.command
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to make; - is the output.")
def verifier(out: Path) -> None:
    """Write the program that checks bundles, databases and proofs as one file, to be read, copied and run alone."""
    if str(out) != "-" and out.exists():
        raise click.ClickException(f"{out} is there already; name a file that is not")
    with click.open_file(str(out), "w", "utf-8") as file:
        file.write(verifier_file())
    if str(out) != "-":
        click.echo(f"The verifier is in {out}; its SHA-256 is {verifier_digest()}.")
