"""Fills a log as a busy company does, as long as asked for, and the same for the same seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from aggregates import opportunity
from aggregates.activity import Activity
from aggregates.aggregate import Aggregate
from aggregates.deal import Deal
from aggregates.details import Details, SomeDetails
from aggregates.identity import stream_id
from aggregates.lead import Lead
from aggregates.note import Note
from aggregates.organization import Organization
from aggregates.person import Person
from aggregates.signal import Signal
from service.ledger.ledger import Ledger, Origin, Transaction

STEPS_TOGETHER = 200
"""Steps of work that are saved in one transaction, so that a long log is there soon."""

AT_WORK = 500
"""Opportunities that things happen to at the same time; older ones rest."""

SHORTEST_LIST = 10

_TITLES = ("Rørdeler til Åsgård", "Varmepumpe, 12 stk.", "Bathroom fittings", "Boiler room", "Sprinkleranlegg")
_SOURCES = ("Web forms", "Chatbot", "Live chat", "Prospector", "Import", "Manually created")
_CURRENCIES = ("NOK", "EUR", "JPY")


class Clock:
    """A clock that goes on by a step whenever it is asked, and can be set."""

    def __init__(
        self, start: datetime = datetime(2025, 1, 6, 8, tzinfo=UTC), step: timedelta = timedelta(minutes=1)
    ) -> None:
        self.now = start
        self._step = step

    def __call__(self) -> datetime:
        self.now += self._step
        return self.now


def fill(ledger: Ledger, events: int, seed: int = 7, made: type[Company] | None = None) -> int:
    """Let a company work until the log holds that many more events, or a few more; answers the last position.

    Expects a founded database: its first user, and its first pipeline's five stages.
    """
    company = (made or Company)(seed)
    origin = Origin(user_id=1, request_id=f"seed-{seed}", client="generated")
    goal = (ledger.event_log.max_notification_id() or 0) + events
    while True:
        position = ledger.execute(origin, company.work)
        if position >= goal:
            return position


class Company:
    """People at work: persons and organizations become known, leads come in, and things happen to them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._at_work: list[Lead | Deal] = []
        self._others: dict[Aggregate, Aggregate] = {}
        self._persons: list[int] = []
        self._organizations: list[int] = []

    def work(self, tx: Transaction, steps: int = STEPS_TOGETHER) -> int:
        """One transaction's worth of work; not to be run twice, so nobody else may write meanwhile."""
        touched: dict[Aggregate, None] = {}
        for _ in range(steps):
            touched.update(dict.fromkeys(self._step(tx, touched)))
        return tx.save(*touched)

    def _step(self, tx: Transaction, touched: Collection[Aggregate]) -> Sequence[Aggregate]:
        chance = self._random.random()
        if chance < 0.03 or not self._organizations:
            return [self._organization(tx)]
        if chance < 0.08 or not self._persons:
            return [self._person(tx)]
        if chance < 0.09 and not any(isinstance(each, Person) for each in touched):
            return self._renamed(tx)
        if chance < 0.25 or len(self._at_work) < SHORTEST_LIST:
            return [self._arrival()]
        at = self._random.randrange(len(self._at_work))
        form = self._at_work[at]
        other = self._others.get(form)
        if form in touched or other in touched:
            return []
        if chance < 0.3:
            return self._hung_on(tx, form)
        now = self._with_lead(tx, form, other) if isinstance(form, Lead) else self._with_deal(form, other)
        self._at_work[at] = now
        return [form] if now is form else [form, now]

    def _organization(self, tx: Transaction) -> Organization:
        number = tx.next_number("organization")
        self._organizations.append(number)
        return Organization.add(number, name=f"Rør og varme {number} AS", owner_id=1)

    def _person(self, tx: Transaction) -> Person:
        number = tx.next_number("person")
        self._persons.append(number)
        facts = {"name": f"Kari Nordmann {number}", "emails": [{"value": f"kari{number}@example.no"}]}
        return Person.add(number, owner_id=1, organization_id=self._random.choice(self._organizations), **facts)

    def _renamed(self, tx: Transaction) -> Sequence[Aggregate]:
        """Somebody is known by another name since."""
        person = tx.load(Person, stream_id("person", self._random.choice(self._persons)))
        person.edit({"name": f"Kari Hansen {self._random.randrange(1000)}"})
        return [person]

    def _hung_on(self, tx: Transaction, form: Lead | Deal) -> Sequence[Aggregate]:
        """A note is written, something planned or learned, of whatever is at work: nothing that makes a lead ready."""
        opportunity_id, person_id = form.opportunity_id, form.details.person_id
        match self._random.randrange(3):
            case 0:
                links = {"opportunity_id": opportunity_id, "person_id": person_id}
                content = f"Call back at {self._random.randrange(24)}"
                return [Note.add(tx.next_number("note"), content=content, author_id=1, **links)]
            case 1:
                people = [] if person_id is None else [{"person_id": person_id, "primary": True}]
                plan = {"subject": self._title(), "type": "call", "owner_id": 1, "participants": people}
                return [Activity.add(tx.next_number("activity"), opportunity_id=opportunity_id, **plan)]
        lead, deal = (form, self._others.get(form)) if isinstance(form, Lead) else (self._others.get(form), form)
        learned = Signal.record_new(
            self._uuid(),
            kind="email_opened",
            opportunity_id=opportunity_id,
            lead_id=str(lead.id) if isinstance(lead, Lead) else None,
            deal_id=deal.deal_id if isinstance(deal, Deal) else None,
            interest=self._random.choice((False, None)),
            evidence={"text": self._title()},
            occurred_at=tx.metadata.recorded_at,
            external_id=None,
        )
        return [learned]

    def _arrival(self) -> Lead:
        details = Details(
            title=self._title(),
            owner_id=1,
            person_id=self._random.choice(self._persons) if self._random.random() < 0.8 else None,
            organization_id=self._random.choice(self._organizations),
        ).edited(self._value())
        lead = Lead.create(self._uuid(), details, source_name=self._random.choice(_SOURCES), origin="API")
        if len(self._at_work) < AT_WORK:
            self._at_work.append(lead)
        else:
            at = self._random.randrange(AT_WORK)
            self._others.pop(self._at_work[at], None)
            self._at_work[at] = lead
        return lead

    def _with_lead(self, tx: Transaction, lead: Lead, deal: Aggregate | None) -> Lead | Deal:
        match self._random.choices(("see", "edit", "label", "archive", "convert"), (25, 25, 10, 10, 30))[0]:
            case "see":
                lead.see(not lead.was_seen)
            case "edit":
                lead.edit({**self._value(), "title": self._title()})
            case "label":
                lead.label([str(self._uuid())])
            case "archive":
                lead.archive(not lead.is_archived)
            case _ if not lead.is_archived:
                return self._converted(tx, lead, deal if isinstance(deal, Deal) else None)
        return lead

    def _with_deal(self, deal: Deal, lead: Aggregate | None) -> Lead | Deal:
        match self._random.choices(("move", "edit", "estimate", "win", "lose", "revert"), (50, 15, 10, 10, 8, 7))[0]:
            case "move":
                deal.reopen()
                deal.move(pipeline_id=1, stage_id=self._random.randint(1, 5))
            case "edit":
                deal.edit({**self._value(), "title": self._title()})
            case "estimate":
                deal.estimate(self._random.choice((None, 10, 50, 90)))
            case "win":
                deal.win()
            case "lose":
                deal.lose("for dyrt")
            case _:
                return self._reverted(deal, lead if isinstance(lead, Lead) else None)
        return deal

    def _converted(self, tx: Transaction, lead: Lead, deal: Deal | None) -> Deal:
        deal = opportunity.convert(
            lead,
            deal,
            conversion_id=self._uuid(),
            deal_id=tx.next_number("deal") if deal is None else deal.deal_id,
            pipeline_id=1,
            stage_id=1,
            filled_in={},
        )
        self._others |= {lead: deal, deal: lead}
        return deal

    def _reverted(self, deal: Deal, lead: Lead | None) -> Lead:
        lead_id = self._uuid() if lead is None else lead.id
        return opportunity.revert(deal, lead, conversion_id=self._uuid(), lead_id=lead_id)

    def _title(self) -> str:
        return f"{self._random.choice(_TITLES)} {self._random.randrange(10**6)}"

    def _value(self) -> SomeDetails:
        if self._random.random() < 0.2:
            return {"amount": None, "currency": None}
        return {"amount": f"{self._random.randrange(10**7)}", "currency": self._random.choice(_CURRENCIES)}

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)
