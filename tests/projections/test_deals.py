"""Deals and what their stages add up to: the same sums, however the deals moved, live and in a replay."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from aggregates.pipeline import Pipeline
from aggregates.stage import Stage
from projections.deals import DEALS, STAGE_TOTALS
from projections.engine.rows import Row, rows_of
from projections.engine.validity import every_version, holding
from service.commands import conversions, deals, persons
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin, Transaction
from service.maintenance.replay import rebuild
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock
from tests.service.serving import founded

ORIGIN = Origin(1, "request", "test")
SUMMED = ("deals", "amount", "amount_by_stage", "amount_by_deal")
CHANGES: list[deals.DealFacts] = [
    {"stage_id": 2},
    {"stage_id": 5},
    {"stage_id": 6},
    {"pipeline_id": 1},
    {"pipeline_id": 2},
    {"amount": Decimal(1000), "currency": "NOK"},
    {"amount": Decimal(5)},
    {"amount": Decimal(-3)},
    {"currency": "EUR"},
    {"currency": "JPY", "amount": Decimal(7)},
    {"probability": 40},
    {"probability": None},
    {"status": "won"},
    {"status": "lost"},
    {"status": "open"},
    {"is_archived": True},
    {"is_archived": False},
    {"stage_id": 3, "status": "open", "amount": Decimal(12), "probability": 10, "is_archived": False},
    {"title": "Boilers"},
]


def summed(found: list[Row]) -> dict[tuple[int, str], Counter[str]]:
    """What the open deals on the board add up to, by stage and currency."""
    sums: dict[tuple[int, str], Counter[str]] = {}
    for deal in found:
        if deal["place"] == "pipeline" and deal["status"] == "open":
            total = sums.setdefault((deal["stage_id"], deal["currency"] or ""), Counter())
            own = deal["probability"]
            total["deals"] += 1
            total["amount"] += deal["amount"]
            total["amount_by_stage"] += deal["amount"] if own is None else 0
            total["amount_by_deal"] += 0 if own is None else deal["amount"] * own
    return sums


def all_rows(ledger: Ledger) -> list[list[Row]]:
    """Every version of every deal and of every total."""
    tables = (DEALS, STAGE_TOTALS)
    with ledger.reading() as reading:
        return [
            rows_of(reading, select(table).where(every_version(table)).order_by(*table.primary_key)) for table in tables
        ]


def make_second_pipeline(tx: Transaction) -> int:
    """A pipeline 2 with the stage 6."""
    pipeline = Pipeline.add(tx.next_number("pipeline"), name="Service", order_nr=2)
    return tx.save(pipeline, Stage.add(tx.next_number("stage"), pipeline_id=2, name="Asked", order_nr=1))


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    """A founded company with a second pipeline, a person and three deals with that person."""
    with databases.fresh(founded) as url:
        ledger = make_ledger(Database(url), Clock())
        ledger.execute(ORIGIN, make_second_pipeline)
        ledger.execute(ORIGIN, partial(persons.add, facts={"name": "Kari"}))
        for title in ("Pumps", "Boilers", "Pipes"):
            facts: deals.DealFacts = {"title": title, "amount": Decimal(10), "person_id": 1}
            ledger.execute(ORIGIN, partial(deals.add, facts=facts))
        yield ledger
        ledger.database.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_stage_adds_up_to_its_deals_however_they_moved(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        deal_id, facts = chance.randint(1, 3), chance.choice(CHANGES)
        ledger.execute(ORIGIN, partial(deals.edit, deal_id=deal_id, facts=facts))
    ledger.execute(ORIGIN, partial(deals.edit, deal_id=2, facts={"is_archived": False}))
    lead_id = UUID(ledger.execute(ORIGIN, partial(conversions.revert, deal_id=2)).lead_id)
    ledger.execute(ORIGIN, partial(conversions.convert, lead_id=lead_id, facts={"pipeline_id": 2}))
    ledger.execute(ORIGIN, partial(deals.delete, deal_id=1))
    for position in range(1, (ledger.event_log.max_notification_id() or 0) + 1):
        check_totals(ledger, position)
    check_totals(ledger)


def test_a_replay_gives_the_same_rows_with_the_same_past(ledger: Ledger) -> None:
    for facts in CHANGES:
        for deal_id in (1, 2):
            ledger.execute(ORIGIN, partial(deals.edit, deal_id=deal_id, facts=facts))
    live = all_rows(ledger)
    rebuild(ledger, lambda _: None)
    assert all_rows(ledger) == live


def check_totals(ledger: Ledger, position: int | None = None) -> None:
    """The totals that hold now, or held at a position, equal the sums of the deals that did."""
    with ledger.reading() as reading:
        then = reading if position is None else reading.at(position)
        sums = summed(rows_of(then, select(DEALS).where(holding(DEALS))))
        totals = rows_of(then, select(STAGE_TOTALS).where(holding(STAGE_TOTALS)))
    for total in totals:
        expected = sums.pop((total["stage_id"], total["currency"]), Counter())
        assert {name: total[name] for name in SUMMED} == {name: expected[name] for name in SUMMED}
    assert not sums
