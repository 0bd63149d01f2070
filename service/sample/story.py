"""Tells the sample company's story: records its five months of leads and deals in a seeded database, in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from aggregates.refusals import Refusal
from projections.engine.reading import Reading
from projections.leads import ever_had_leads
from service.clock import timestamp
from service.ledger.ledger import Ledger
from service.log.writing import Writing
from service.maintenance.filling import Progress
from service.sample import inbox, pipeline
from service.sample.company import Company
from service.sample.steps import Opportunity, Step
from service.sample.workdays import Workdays
from service.wiring import make_ledger

OPPORTUNITIES = (
    *inbox.WAITING,
    *inbox.PUT_ASIDE,
    *inbox.CAME_BACK,
    *pipeline.OPEN,
    *pipeline.CLOSED,
    *pipeline.CONTRACTED,
)
STEPS = sum(len(opportunity.steps) for opportunity in OPPORTUNITIES)
"""How many steps the story has."""


class InUse(Refusal):
    """The database has a story of its own already."""


def tell(founded: Ledger, now: datetime, progress: Progress) -> None:
    """Let it all happen in a founded service, wholly or not at all: the same story for the same ``now``.

    ``progress`` hears of each step. Raises `InUse` where there are leads already, or where the log goes on
    beyond the story's beginning: recorded times never go back.
    """
    days = Workdays(now)
    watch = _Watch(days.beginning)
    ledger = make_ledger(founded.database, watch, founded.settings)
    with ledger.event_log.writing() as writing:
        _check_unused(writing, days.beginning)
        company = Company(ledger, writing, now.date())
        company.set_up()
        for watch.at, opportunity, step in _in_order(days):
            company.take(opportunity, step)
            progress(1)


class _Watch:
    """A clock that somebody sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def _check_unused(writing: Writing, beginning: datetime) -> None:
    if ever_had_leads(Reading(writing.connection)):
        raise InUse("there are leads in this database already; the sample company needs one of its own")
    recorded_at = writing.head.recorded_at
    if recorded_at > timestamp(beginning):
        raise InUse(
            f"something happened in this database on {recorded_at[:10]} already, and the sample company's story "
            f"begins on {beginning:%Y-%m-%d}; it needs a database of its own"
        )


def _in_order(days: Workdays) -> list[tuple[datetime, Opportunity, Step]]:
    dated = [(at, opportunity, step) for opportunity in OPPORTUNITIES for at, step in _dated(opportunity, days)]
    return sorted(dated, key=lambda step: step[0])


def _dated(opportunity: Opportunity, days: Workdays) -> Iterator[tuple[datetime, Step]]:
    """The steps with their moments: each some minutes after the one before, at the least."""
    dice = Random(opportunity.title)
    at = days.beginning
    for step in opportunity.steps:
        pause = timedelta(minutes=dice.randint(3, 40), seconds=dice.randint(0, 59))
        at = min(max(days.moment(step.days_ago, dice), at + pause), days.end)
        yield at, step
