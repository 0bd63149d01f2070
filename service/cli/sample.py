"""An empty database flows in and leaves with a believable sample company in it: five months of leads and deals."""

from __future__ import annotations

import click
from sqlalchemy import ColumnElement, func, select
from tqdm import tqdm

from aggregates.policy import READY, VERDICTS
from projections.activities import ACTIVITIES, PRESENT
from projections.conversions import CONVERSIONS
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import holding
from projections.leads import LEADS
from projections.notes import NOTES
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.signals import SIGNALS
from projections.users import USERS
from service.cli.opened import opened_ledger
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
    bar = tqdm(desc="Telling the sample company's story", total=STEPS, unit=" steps", leave=False, delay=0.2)
    with opened_ledger() as ledger, bar:
        try:
            tell(ledger, now, bar.update)
        except InUse:
            if if_empty:
                return
            raise
    with opened_ledger() as ledger, ledger.reading() as reading:
        click.echo(f"The sample company is there: {_counts(reading)}.")


_PRESENT_DEAL = DEALS.c.place.in_(("pipeline", "archive"))
_READY = LEADS.c.readiness == VERDICTS.index(READY)
_COUNTED: dict[str, tuple[ColumnElement[bool], ...]] = {
    "users": (holding(USERS),),
    "organizations": (holding(ORGANIZATIONS),),
    "persons": (holding(PERSONS),),
    "leads in the inbox": (holding(LEADS), LEADS.c.place == "inbox"),
    "archived leads": (holding(LEADS), LEADS.c.place == "archive"),
    "open deals": (holding(DEALS), _PRESENT_DEAL, DEALS.c.status == "open"),
    "won deals": (holding(DEALS), _PRESENT_DEAL, DEALS.c.status == "won"),
    "lost deals": (holding(DEALS), _PRESENT_DEAL, DEALS.c.status == "lost"),
    "conversions of leads to deals": (CONVERSIONS.c.form == "deal",),
    "reversals of deals to leads": (CONVERSIONS.c.form == "lead",),
    "leads that are ready to be converted": (holding(LEADS), LEADS.c.place == "inbox", _READY),
    "signals": (holding(SIGNALS),),
    "notes": (holding(NOTES),),
    "activities to be done": (*PRESENT, ACTIVITIES.c.is_done.is_(False)),
    "activities that are done": (*PRESENT, ACTIVITIES.c.is_done.is_(True)),
}


def _counts(reading: Reading) -> str:
    counts = (
        f"{reading.execute(select(func.count()).where(*conditions)).scalar_one()} {counted}"
        for counted, conditions in _COUNTED.items()
    )
    return ", ".join(counts)
