"""Fills a founded database with a company of a given size: leads in the inbox, deals on the board."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol
from uuid import uuid4

from aggregates.activity import Activity
from aggregates.deal import Deal
from aggregates.details import Details
from aggregates.lead import Lead
from aggregates.note import Note
from aggregates.organization import Organization
from aggregates.person import Person
from projections.deals import DEALS
from service.background.reviewing import go_on
from service.clock import wall_clock
from service.commands import reviews
from service.database.database import Database
from service.ledger.ledger import Origin, Transaction
from service.wiring import make_ledger

TOGETHER = 500
PLANNED = 50
"""How many deals something is planned for and written about: the first ones."""
ORIGIN = Origin(user_id=1, request_id="filling", client="benchmark")


class Progress(Protocol):
    """Told how many more rows there are."""

    def update(self, n: int) -> object:
        """So many more."""


def fill(database_url: str, size: int, progress: Progress) -> None:
    """Add contacts, and that many leads and deals of them, in few transactions."""
    database = Database(database_url)
    ledger = make_ledger(database, wall_clock)
    ledger.execute(ORIGIN, add_contacts)
    for begun in range(0, size, TOGETHER):
        count = min(TOGETHER, size - begun)
        ledger.execute(ORIGIN, partial(_add_opportunities, numbers=range(begun, begun + count)))
        progress.update(2 * count)
    ledger.execute(ORIGIN, add_plans)
    database.close()


def judge_again(database_url: str) -> tuple[int, float]:
    """Judge the whole inbox again: how many leads, in how many seconds."""
    database = Database(database_url)
    ledger = make_ledger(database, wall_clock)
    ledger.execute(ORIGIN, reviews.start)
    begun, leads = time.perf_counter(), 0
    while judged := go_on(ledger):
        leads += judged
    elapsed = time.perf_counter() - begun
    database.close()
    return leads, elapsed


def add_contacts(tx: Transaction) -> None:
    """Add the persons and the organizations that leads and deals are of."""
    organizations = [
        Organization.add(tx.next_number("organization"), name=f"Rør {n} AS", owner_id=1) for n in range(50)
    ]
    persons = [
        Person.add(
            tx.next_number("person"),
            name=f"Kari Nordmann {n}",
            owner_id=1,
            organization_id=n % 50 + 1,
            emails=[{"value": f"kari.{n}@roer.no", "primary": True, "label": "work"}],
            phones=[{"value": f"+47 55 12 {n:04}", "primary": True, "label": "work"}],
        )
        for n in range(200)
    ]
    tx.save(*organizations, *persons)


def opportunities(numbers: range, next_deal: Callable[[], int]) -> Iterator[Lead | Deal]:
    """A lead and a deal for each of the numbers, not saved yet."""
    for number in numbers:
        details = Details(
            title=f"Utskifting av stigeledning {number}",
            owner_id=1,
            person_id=number % 200 + 1,
            organization_id=number % 50 + 1,
            amount=f"{number % 9000 + 100}.00",
            currency="NOK",
        )
        yield Lead.create(uuid4(), details, source_name="Web forms", origin="API")
        yield Deal.create(next_deal(), details, origin="API", pipeline_id=1, stage_id=number % 5 + 1)


def _add_opportunities(tx: Transaction, numbers: range) -> None:
    tx.save(*opportunities(numbers, partial(tx.next_number, "deal")))


def add_plans(tx: Transaction) -> None:
    """Plan something for the first deals, and write about them."""
    for deal_id in range(1, PLANNED + 1):
        deal = tx.row(DEALS, deal_id)
        about = {name: deal[name] for name in ("opportunity_id", "organization_id")}
        call = {"subject": "Ring", "type": "call", "due_date": "2030-01-07", "note": "Ta med <b>tegningene</b>"}
        others = [{"person_id": deal["person_id"], "primary": True}]
        note = Note.add(tx.next_number("note"), content="Haster ikke", author_id=1, pinned_to=[], **about)
        tx.save(note, Activity.add(tx.next_number("activity"), owner_id=1, participants=others, **call, **about))
