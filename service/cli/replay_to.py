"""Copies the service as of a moment into a SQLite file, or dumps its read models as text."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.moments import moment_meant
from service.cli.opened import opened_ledger, output_file
from service.cli.progress import progress_bar
from service.clock import Span, timestamp
from service.database.temporary import database_aside
from service.maintenance.copying import copy_as_of
from service.maintenance.dump import dump
from service.maintenance.verification import replay_into


def replay_to(moment: int | Span | None, into: Path | None, dumped: Path | None) -> None:
    """Replay the log to a moment, else to its end, into a SQLite file, or write down the read models that it makes."""
    with opened_ledger(reads_events=True) as ledger:
        then = moment_meant(ledger, moment)
        position = then.position
        rounds = (2 if into else 0) + (1 if dumped else 0)
        with progress_bar("Replaying", rounds * position) as bar:
            if into is not None:
                copy_as_of(ledger, then, into, bar.update)
            if dumped is not None:
                with database_aside() as aside:
                    tables = replay_into(aside, ledger, position, bar.update)
                    with aside.reading() as connection, output_file(ledger, dumped) as file:
                        file.writelines(dump(connection, tables, position))
    if into is not None:
        click.echo(f"The service as of position {position} is in {into}. To look at it:", err=True)
        address = f"sqlite:///{into.absolute()}"
        click.echo(f"  LEADLEDGER_DATABASE_URL={address} leadledger serve --read-only --port 8001", err=True)
        now = timestamp(then.now)
        click.echo(f"Its clock stands at {now}; the token that it takes is shown when it starts.", err=True)
        click.echo("It holds what is known of people, too: delete it, and its .data-keys, when you are done.", err=True)
