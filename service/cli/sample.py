"""The command "sample": fills an empty database with a sample company, five months of leads and deals."""

from __future__ import annotations

import click

from projections.totals import totals
from service.cli.opened import opened_ledger
from service.cli.progress import progress_bar
from service.clock import wall_clock
from service.maintenance.preflight import check_named_keys
from service.maintenance.startup import prepare
from service.sample.story import STEPS, InUse, tell
from service.sample.workdays import Workdays
from service.settings import Settings


@click.command
@click.option("--if-empty", is_flag=True, help="Do nothing where the database is in use already.")
def sample(if_empty: bool) -> None:
    """Fill an empty database with a sample company.

    A plumbing supplier in Bergen, all of it invented: five months of leads from several sources, of deals, and of
    what was learned, written and done about them, up to now. The database is brought up to date first; nothing is
    added to one that is in use already.
    """
    now = wall_clock()
    settings = Settings.from_environment()
    check_named_keys(settings)
    token = prepare(settings, lambda: Workdays(now).beginning)
    if token is not None:
        click.echo(f"The administrator's token, which is shown only now: {token}")
    bar = progress_bar("Telling the sample company's story", STEPS, "steps")
    with opened_ledger() as ledger, bar:
        try:
            tell(ledger, now, bar.update)
        except InUse:
            if if_empty:
                return
            raise
    with opened_ledger() as ledger, ledger.reading() as reading:
        counted = ", ".join(f"{number} {what}" for what, number in totals(reading).items())
        click.echo(f"The sample company is there: {counted}.")
