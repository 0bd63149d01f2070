"""The command "audit proof": writes the proof of an event, or of what a lead or a deal was at a moment, to a file."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from service.cli.moments import MOMENT
from service.cli.opened import opened_ledger, output_file
from service.clock import Span, timestamp
from service.evidence.proof_files import event_proof, moment_proof
from service.ledger.ledger import Ledger
from service.log.moments import NotThere, moment


@click.command
@click.argument("position", type=click.IntRange(min=1), required=False)
@click.option("--lead", type=click.UUID, help="Prove what this lead was, instead of one event.")
@click.option("--deal", type=click.IntRange(1, 2**63 - 1), help="Prove what this deal was, instead of one event.")
@click.option("--as-of", type=MOMENT, help="When: a position of the log, or a time; now, where nothing is said.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write; - is the output.")
def proof(position: int | None, lead: UUID | None, deal: int | None, as_of: int | Span | None, out: Path) -> None:
    """Write a file that proves the event at POSITION, or what a lead or a deal was at a moment, to anybody.

    It is checked with "verifier.py proof FILE --key KEY", or here with "audit verify proof FILE --key KEY".
    """
    if [position, lead, deal].count(None) != 2 or (position is not None and as_of is not None):
        raise click.UsageError("name one event by its position, or one lead or deal, with or without --as-of")
    with opened_ledger() as ledger, output_file(ledger, out) as file:
        try:
            file.write(_proof(ledger, position, lead, deal, as_of))
        except NotThere as error:
            raise click.ClickException(str(error)) from None
    if str(out) != "-":
        click.echo(f"The proof is in {out}.")


def _proof(ledger: Ledger, position: int | None, lead: UUID | None, deal: int | None, as_of: int | Span | None) -> str:
    if position is not None:
        return event_proof(ledger.database, ledger.notary, position)
    named = (ledger.event_log.max_notification_id() or 0) if as_of is None else as_of
    with ledger.database.reading() as connection:
        then = moment(connection, named, ledger.clock)
    time = timestamp(then.now) if isinstance(as_of, Span) else None
    kind, number = ("deal", deal) if deal is not None else ("lead", str(lead))
    return moment_proof(ledger.database, ledger.notary, kind, number, then.position, time)
