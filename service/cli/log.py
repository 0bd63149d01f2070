"""The commands "migrate", "rebuild" and "verify"."""

from __future__ import annotations

import sys
from itertools import islice

import click

from service.cli.opened import opened_ledger
from service.cli.progress import replay_bar
from service.clock import wall_clock
from service.evidence.readability import check_readability
from service.log.history import ahead_in_words
from service.maintenance.evidence_check import differences_beside, evidence_differences
from service.maintenance.preflight import check_named_keys
from service.maintenance.replay import rebuild as rebuild_read_models
from service.maintenance.startup import prepare
from service.maintenance.verification import verify as differences
from service.settings import Settings


@click.command
def migrate() -> None:
    """Bring the database to the form this version needs.

    Creates what is missing, rebuilds the read models where their form has changed, and gives an empty database
    its administrator and first pipeline. Events are never touched. Harmless where there is nothing to do.
    """
    settings = Settings.from_environment()
    check_named_keys(settings)
    with opened_ledger(is_checked=False) as ledger, replay_bar(ledger, "Rebuilding") as progress:
        token = prepare(settings, wall_clock, progress)
    click.echo("The database is up to date.")
    if token is not None:
        click.echo(f"The administrator's token, which is shown only now: {token}")


@click.command
def rebuild() -> None:
    """Build all read models again from the log, while the service goes on."""
    with opened_ledger(reads_events=True) as ledger:
        with replay_bar(ledger, "Rebuilding") as progress:
            position = rebuild_read_models(ledger, progress)
        click.echo(f"All read models are built again, up to position {position}.")


@click.command
@click.option("--show", type=click.IntRange(min=1), default=20, show_default=True, help="How many differences to name.")
def verify(show: int) -> None:
    """Prove that what is live equals a replay of the log, while the service goes on.

    And that the log continues what was signed of it last, as it is kept beside the key: a database that lost events
    agrees with itself. And that leaves, nodes and head of the tree, the log's head, checkpoints, incarnations, access
    records and keys of streams are what the events make and the checkpoints say. And that the triggers of the database
    are those that it was given, that nothing is unreadable but what was erased, as the log tells, and that what was
    erased stayed so. Ends with 0 where all of it holds and with 1 where it does not, naming what differs. Times that
    are ahead of now are named, too: a clock was wrong when they were recorded.
    """
    with opened_ledger(reads_events=True) as ledger:
        with replay_bar(ledger, "Checking the evidence") as progress:
            altered = list(islice(evidence_differences(ledger, progress), show))
        beside = list(islice(differences_beside(ledger), show))
        for each in (*altered, *beside):
            click.echo(f"{each[0].upper()}{each[1:]}.")
        if altered:
            click.echo('The evidence was altered; "leadledger audit reseal" makes what is of the tree again.', err=True)
            sys.exit(1)
        with replay_bar(ledger, "Reading") as progress:
            erased = check_readability(ledger.database, ledger.event_log.stream_keys, progress)
        but = f", but for {erased} streams, which erasures explain" if erased else ""
        click.echo(f"What tells of people can be read{but}.")
        with replay_bar(ledger, "Replaying") as progress:
            proof = differences(ledger, progress, most=show)
        for difference in proof.differences:
            click.echo(str(difference))
        if proof.differences:
            click.echo(f"The read models differ from a replay up to position {proof.position}.", err=True)
            sys.exit(1)
        click.echo(f"{proof.rows} rows equal a replay of all {proof.position} events.")
        if kept := ledger.notary.kept():
            click.echo(f"Its first {max(each.size for each in kept)} events are those that were signed last.")
        with ledger.database.reading() as connection:
            if (ahead := ahead_in_words(connection, ledger.clock())) is not None:
                click.echo(f"But {ahead}: a clock was wrong.", err=True)
        if beside:
            click.echo("But what was named first is to be put right.", err=True)
            sys.exit(1)
