"""Fills a founded database with as many rows as one likes, by writing the log directly and building rows from it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from itertools import count
from typing import NamedTuple
from uuid import uuid4

from tqdm import tqdm

from aggregates.aggregate import Aggregate
from aggregates.deal import Deal
from aggregates.event import Metadata
from aggregates.lead import Lead
from service.clock import timestamp, wall_clock
from service.database.database import Database
from service.ledger.ledger import Ledger
from service.log.writing import Writing
from service.maintenance.replay import rebuild
from service.wiring import make_ledger
from tests.benchmarks import company

TOGETHER = 2_000
CHANGED = 4
"""Of so many leads and deals one changes later on, so that lists have a past."""

EVENTS = 2 + 2 / CHANGED
"""How many events there are for each lead and its deal, about."""

STAGES = 5


class Replayed(NamedTuple):
    """How many events were replayed into all read models, and in how many seconds."""

    events: int
    seconds: float


def fill(database_url: str, size: int) -> Replayed:
    """Add contacts, that many leads and deals of them, and changes to some of these.

    Events are made, encrypted and stored by the code that commands use, many in a transaction; what reacts to events
    is left out, and rows are made by a rebuild, whose pace is answered. Takes about 0.1 ms an event and the rebuild.
    """
    with closing(Database(database_url)) as database:
        ledger = make_ledger(database, wall_clock)
        ledger.execute(company.ORIGIN, company.add_contacts)
        with tqdm(total=size, desc=f"filling {size:,} + {size:,}", unit=" rows", leave=False, disable=None) as progress:
            _write_log(ledger, size, progress)
        with tqdm(desc="building read models", unit=" events", leave=False, disable=None) as progress:
            begun = time.perf_counter()
            events = rebuild(ledger, progress.update)
            replayed = Replayed(events, time.perf_counter() - begun)
        ledger.execute(company.ORIGIN, company.add_plans)
    return replayed


def _write_log(ledger: Ledger, size: int, progress: company.Progress) -> None:
    deals, before = count(1), list[Lead | Deal]()
    for begun in range(0, size, TOGETHER):
        numbers = range(begun, min(size, begun + TOGETHER))
        added = list(company.opportunities(numbers, deals.__next__))
        _change(before)
        with ledger.event_log.writing() as writing:
            writing.head.numbers["deal"] = numbers.stop
            _record(ledger, writing, [*added, *before])
        before = added[: 2 * (len(numbers) // CHANGED)]
        progress.update(len(numbers))


def _change(opportunities: Iterable[Lead | Deal]) -> None:
    for each in opportunities:
        if isinstance(each, Lead):
            each.edit({"amount": "9900.00", "currency": "NOK"})
        else:
            each.move(pipeline_id=1, stage_id=each.deal_id % STAGES + 1)


def _record(ledger: Ledger, writing: Writing, aggregates: Iterable[Aggregate]) -> None:
    """Append the aggregates' new events as a command of the first user."""
    now = max(timestamp(wall_clock()), writing.head.recorded_at)
    origin = company.ORIGIN
    metadata = Metadata(origin.user_id, now, origin.request_id, uuid4().hex, origin.client, None, None)
    events = [event for aggregate in aggregates for event in aggregate.collect_events()]
    for event in events:
        object.__setattr__(event, "metadata", metadata)
    ledger.events.put(events)
    writing.head.recorded_at = now
