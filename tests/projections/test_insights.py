"""What converting brought, as of any position, is what a count over the log tells, event by event."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

import pytest

from aggregates import opportunity
from aggregates.aggregate import Aggregate
from aggregates.deal import Deal, DealEvent
from aggregates.details import Details, SomeDetails
from aggregates.event import Event
from aggregates.lead import Lead, LeadEvent
from aggregates.policy import READY, STREAM, UNKNOWN, VERDICTS, ConversionPolicy
from projections.insights import GROUPED_BY, Figures, Group, insights
from projections.outcomes import OUTCOMES
from service.clock import timestamp
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.history import position_at
from service.maintenance.replay import batches
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock, fill
from tests.projections.recorded import rebuilt, versions
from tests.service.serving import founded

FIGURES = ("leads_in", "ready", "converted", "reverted", "won", "lost")
ORIGIN = Origin(user_id=1, request_id="told", client="told")
RULES = {
    "default": {"combine": "any", "rules": [{"name": "Fit", "kind": "first_stage", "weight": 1, "signals": ["x_a"]}]},
    "pipelines": [
        {
            "pipeline_id": 2,
            "combine": "any",
            "rules": [
                {"name": name, "kind": "first_stage", "weight": 1, "signals": ["x_a"]} for name in ("Fit", "Interest")
            ],
        }
    ],
}


class Told:
    """What the log tells of one lead up to some position: the long way to what `OUTCOMES` has."""

    def __init__(self, event: Any) -> None:
        self.by: dict[str, Any] = {"source": event.source_name, "channel": event.channel, "owner": event.owner_id}
        self.came_at, self.by["cohort"] = event.at, event.at[:7]
        self.converted_at: str | None = None
        self.rules: dict[str, bool] = {}
        self.was_ready = self.was_reverted = False
        self.status = "lead"

    def hear(self, event: Any) -> None:
        name = type(event).__name__
        if name in ("LeadAssigned", "LeadReturned", "DealCreated", "DealAssigned", "DealReturned"):
            self.by["owner"] = event.owner_id
        if name == "LeadConvertedToDeal":
            self.converted_at = self.converted_at or event.at
            own = ("Fit", "Interest") if event.pipeline_id == 2 else ("Fit",)
            judging = own if event.policy_version == 2 else ()
            met = event.rules_met
            self.rules = {} if met is None else {rule: rule in met for rule in (*judging, *met)}
        self.was_ready |= name == "LeadBecameReady" or getattr(event, "verdict", None) == "ready"
        self.was_reverted |= name == "DealRevertedToLead"
        becomes = {"LeadConvertedToDeal": "open", "DealWon": "won", "DealLost": "lost", "DealReopened": "open"}
        becomes |= {"DealRevertedToLead": "lead", "DealDeleted": "deleted"}
        self.status = becomes.get(name, self.status)

    def groups(self, by: str) -> list[Group]:
        return [Group(*rule) for rule in self.rules.items()] if by == "rule" else [Group(self.by[by])]


def told(recorded: Sequence[tuple[int, Any]], position: int) -> list[Told]:
    """Every lead that came in by then, as the events up to then tell."""
    leads: dict[str, Told] = {}
    lead_of: dict[int, str] = {}
    for _, event in recorded[:position]:
        name = type(event).__name__
        if name == "LeadCreated" and event.deal_id is None:
            leads[event.lead_id] = Told(event)
        if getattr(event, "lead_id", None) and getattr(event, "deal_id", None):
            lead_of[event.deal_id] = event.lead_id
        if isinstance(event, LeadEvent | DealEvent):
            lead_id = event.lead_id if isinstance(event, LeadEvent) else lead_of.get(event.deal_id)
            if lead_id in leads:
                leads[lead_id].hear(event)
    return list(leads.values())


def counted(leads: Sequence[Told]) -> dict[str, Any]:
    converted = [lead for lead in leads if lead.converted_at]
    times = [clock(lead.converted_at) - clock(lead.came_at) for lead in converted]
    ready, reverted, won, lost = (
        sum(lead.was_ready for lead in leads),
        sum(lead.was_reverted for lead in leads),
        *(sum(lead.status == s for lead in leads) for s in ("won", "lost")),
    )
    return {
        **dict(zip(FIGURES, (len(leads), ready, len(converted), reverted, won, lost), strict=True)),
        "conversion_rate": len(converted) / len(leads) if leads else None,
        "reversal_rate": reverted / len(converted) if converted else None,
        "win_rate": won / (won + lost) if won + lost else None,
        "median_seconds_to_convert": median(times) if times else None,
    }


def clock(stored: str | None) -> int:
    """A stored time in seconds; here, all are whole."""
    return int(datetime.fromisoformat(stored or "").timestamp())


def figures(found: Figures) -> dict[str, Any]:
    rates = ("conversion_rate", "reversal_rate", "win_rate", "median_seconds_to_convert")
    return {name: getattr(found, name) for name in (*FIGURES, *rates)}


def check(ledger: Ledger, recorded: Sequence[tuple[int, Any]], position: int, since: Any, until: Any) -> None:
    """Every figure, of every group, is the one that is counted out."""
    leads = [
        lead
        for lead in told(recorded, position)
        if (since or "") <= lead.came_at and not (until and lead.came_at > until)
    ]
    for by in GROUPED_BY:
        with ledger.reading() as reading:
            groups, together = insights(reading.at(position), by, since=since, until=until)
        expected: dict[Group, list[Told]] = defaultdict(list)
        for lead in leads:
            for group in lead.groups(by):
                expected[group].append(lead)
        assert {group: figures(found) for group, found in groups.items()} == {
            group: counted(some) for group, some in expected.items()
        }
        assert figures(together) == counted(leads)


def log_of(ledger: Ledger) -> list[tuple[int, Event]]:
    return [pair for batch in batches(ledger, 0) for pair in batch]


class Story:
    """Leads and deals to which anything may happen, as a seed decides."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.lived: list[tuple[Lead | None, Deal | None]] = []

    def step(self, tx: Transaction) -> int:
        if self.chance.random() < 0.3 or len(self.lived) < 3:
            lead, deal = self._begun(tx)
            self.lived.append((lead, deal))
        else:
            at = self.chance.randrange(len(self.lived))
            lead, deal = self.lived[at] = self._gone_on(tx, *self.lived[at])
        is_deal = deal is not None and not deal.is_reverted
        forms: list[Aggregate | None] = [lead, deal] if is_deal else [deal, lead]
        return tx.save(*(form for form in forms if form is not None))

    def _begun(self, tx: Transaction) -> tuple[Lead | None, Deal | None]:
        details = Details(title="x", owner_id=1, person_id=1, channel=self.chance.choice((None, 1, 2)))
        if self.chance.random() < 0.2:
            return None, Deal.create(tx.next_number("deal"), details, pipeline_id=1, stage_id=1, origin="API")
        source = self.chance.choice(("Web forms", "Prospector"))
        return Lead.create(self._uuid(), details, source_name=source, origin="API"), None

    def _gone_on(self, tx: Transaction, lead: Lead | None, deal: Deal | None) -> tuple[Lead | None, Deal | None]:
        if deal is not None and not deal.is_reverted:
            if not deal.is_deleted:
                lead = self._with_deal(deal, lead)
            return lead, deal
        assert lead is not None
        if lead.is_deleted:
            return lead, deal
        match self.chance.choice(("assign", "judge", "convert", "convert", "convert", "delete")):
            case "assign":
                lead.assign(self.chance.choice((1, 2)))
            case "judge":
                lead.judge(self.chance.choice(VERDICTS), policy_version=2, rules_met=[])
            case "convert":
                deal = self._converted(tx, lead, deal)
            case "delete":
                lead.delete()
        return lead, deal

    def _with_deal(self, deal: Deal, lead: Lead | None) -> Lead | None:
        match self.chance.choice(("assign", "win", "lose", "reopen", "revert", "revert", "archive", "delete")):
            case "assign":
                deal.assign(self.chance.choice((1, 2)))
            case "win":
                deal.win()
            case "lose":
                deal.lose()
            case "reopen":
                deal.reopen()
            case "archive":
                deal.archive(not deal.is_archived)
            case "delete":
                deal.delete()
            case "revert" if not deal.is_archived:
                lead_id = self._uuid() if lead is None else lead.id
                return opportunity.revert(deal, lead, conversion_id=self._uuid(), lead_id=lead_id)
        return lead

    def _converted(self, tx: Transaction, lead: Lead, deal: Deal | None) -> Deal:
        met = self.chance.choice((None, [], ["Fit"], ["Fit", "Interest"]))
        return opportunity.convert(
            lead,
            deal,
            conversion_id=self._uuid(),
            deal_id=tx.next_number("deal") if deal is None else deal.deal_id,
            pipeline_id=self.chance.choice((1, 2)),
            stage_id=1,
            filled_in=self.chance.choice([SomeDetails(), SomeDetails(owner_id=2)]),
            advice=None if met is None else {"verdict": _verdict(met), "policy_version": 2, "rules_met": met},
        )

    def _uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)


def _verdict(met: list[str]) -> str:
    return READY if met else UNKNOWN


def adopt_rules(tx: Transaction) -> int:
    policy = tx.load(ConversionPolicy, STREAM)
    policy.adopt(RULES)
    return tx.save(policy)


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    """A founded company whose clock goes on by a minute at every look."""
    with databases.fresh(founded) as url:
        start = Clock()
        start.now = start.now.replace(year=2100)
        yield (opened := make_ledger(Database(url), start))
        opened.database.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_figures_of_a_busy_company_are_those_of_a_count_over_its_log(ledger: Ledger, seed: int) -> None:
    end = fill(ledger, 1500, seed)
    recorded = log_of(ledger)
    middle = recorded[end // 2][1].at
    for position in (0, end // 3, end - 1, end):
        for since, until in ((None, None), (middle, None), (None, middle)):
            check(ledger, recorded, position, since, until)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_the_figures_are_those_of_a_count_whatever_happens_and_as_of_any_position(ledger: Ledger, seed: int) -> None:
    ledger.execute(ORIGIN, adopt_rules)
    story = Story(seed)
    for _ in range(60):
        ledger.execute(ORIGIN, story.step)
    recorded = log_of(ledger)
    for position in range(0, len(recorded) + 1, 7):
        check(ledger, recorded, position, None, None)
    check(ledger, recorded, len(recorded), recorded[len(recorded) // 2][1].at, recorded[-20][1].at)
    live = versions(ledger, OUTCOMES)
    rebuilt(ledger)
    assert versions(ledger, OUTCOMES) == live


def test_a_moment_is_the_last_position_recorded_by_then(ledger: Ledger) -> None:
    fill(ledger, 300)
    recorded = log_of(ledger)
    times = [event.at for _, event in recorded]
    with ledger.reading() as reading:
        for moment in {*times, "2000-01-01T00:00:00.000000Z", timestamp(ledger.clock())}:
            assert position_at(reading.connection, moment) == sum(at <= moment for at in times)
        assert position_at(reading.connection) == len(recorded)
