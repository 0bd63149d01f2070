"""What a bundle says that leads and deals add up to is folded from its events, by everybody who checks it again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from aggregates import opportunity
from aggregates.aggregate import Aggregate
from aggregates.deal import Deal, DealEvent
from aggregates.details import Details, SomeDetails
from aggregates.event import EVENTS
from aggregates.lead import Lead, LeadEvent
from aggregates.money import in_words
from aggregates.refusals import Refusal
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.places import PRESENT_DEALS, PRESENT_LEADS
from service.clock import wall_clock
from service.database.database import Database
from service.evidence.bundle import export
from service.evidence.verifier import command as verifier
from service.evidence.verifier.events import Entry
from service.evidence.verifier.totals import Totals
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log import tables
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import fill
from tests.service.serving import founded

ORIGIN = Origin(user_id=1, request_id="story", client="tests")
GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path) -> Iterator[Ledger]:
    with databases.fresh(founded) as url:
        ledger = make_ledger(Database(url), wall_clock, Settings(url, signing_key=tmp_path / "key"))
        yield ledger
        ledger.database.close()


# Of random histories


class Story:
    """Leads and deals to which anything happens that may, whatever is refused."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._forms: list[list[Aggregate | None]] = []

    def goes_on(self, tx: Transaction, steps: int = 60) -> None:
        """Let so many things be tried."""
        for _ in range(steps):
            if len(self._forms) < 3 or self._random.random() < 0.1:
                self._forms.append(self._arrival(tx))
            forms = self._random.choice(self._forms)
            with suppress(Refusal):
                self._happens(tx, forms)
            tx.save(*filter(None, forms))

    def _arrival(self, tx: Transaction) -> list[Aggregate | None]:
        details = Details(title="A boiler", owner_id=1, organization_id=1).edited(self._value())
        if self._random.random() < 0.7:
            return [Lead.create(self._uuid(), details, source_name="Import", origin="API"), None]
        number, stage_id = tx.next_number("deal"), self._random.randint(1, 5)
        return [None, Deal.create(number, details, pipeline_id=1, stage_id=stage_id, origin="API")]

    def _happens(self, tx: Transaction, forms: list[Aggregate | None]) -> None:
        lead, deal = forms
        if isinstance(lead, Lead) and self._random.random() < 0.4:
            self._to_lead(tx, lead, forms)
        elif isinstance(deal, Deal):
            self._to_deal(deal, forms)

    def _to_lead(self, tx: Transaction, lead: Lead, forms: list[Aggregate | None]) -> None:
        match self._random.choices(("edit", "archive", "seen", "convert", "delete"), (30, 20, 10, 30, 2))[0]:
            case "edit":
                lead.edit({**self._value(), "title": str(self._random.random())})
            case "archive":
                lead.archive(not lead.is_archived)
            case "seen":
                lead.see(not lead.was_seen)
            case "delete":
                lead.delete()
            case _:
                before = forms[1] if isinstance(forms[1], Deal) else None
                number = tx.next_number("deal") if before is None else before.deal_id
                forms[1] = opportunity.convert(
                    lead,
                    before,
                    conversion_id=self._uuid(),
                    deal_id=number,
                    filled_in=self._value(),
                    pipeline_id=1,
                    stage_id=1,
                )

    def _to_deal(self, deal: Deal, forms: list[Aggregate | None]) -> None:
        kinds = ("edit", "move", "win", "lose", "reopen", "archive", "estimate", "revert", "delete")
        match self._random.choices(kinds, (20, 20, 10, 10, 10, 15, 5, 20, 2))[0]:
            case "edit":
                deal.edit({**self._value(), "title": str(self._random.random())})
            case "move":
                deal.move(pipeline_id=1, stage_id=self._random.randint(1, 5))
            case "win":
                deal.win()
            case "lose":
                deal.lose("too dear")
            case "reopen":
                deal.reopen()
            case "archive":
                deal.archive(not deal.is_archived)
            case "estimate":
                deal.estimate(self._random.choice((None, 10)))
            case "delete":
                deal.delete()
            case _:
                before = forms[0] if isinstance(forms[0], Lead) else None
                lead_id = self._uuid() if before is None else before.id
                forms[0] = opportunity.revert(deal, before, conversion_id=self._uuid(), lead_id=lead_id)

    def _value(self) -> SomeDetails:
        if self._random.random() < 0.2:
            return {"amount": None, "currency": None}
        currency, decimals = self._random.choice((("NOK", 2), ("JPY", 0), ("KWD", 3)))
        return {"amount": f"{self._random.randrange(-100, 10**6) / 8:.{decimals}f}", "currency": currency}

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


def as_the_read_models_have_it(reading: Reading) -> list[str]:
    """The totals, in the words of a bundle, from the rows of leads and deals."""
    found = []
    for table, places, columns in (
        (LEADS, PRESENT_LEADS, (LEADS.c.place,)),
        (DEALS, PRESENT_DEALS, (DEALS.c.place, DEALS.c.stage_id, DEALS.c.status)),
    ):
        by = (*columns, table.c.currency)
        query = select(*by, func.count(), func.sum(table.c.amount)).where(holding(table), table.c.place.in_(places))
        for *kind, currency, count, total in reading.execute(query.group_by(*by)):
            worth = in_words(int(total), currency) if currency else "0"
            found.append(" ".join(map(str, [table.name, *kind, currency or "-", count, worth])))
    return sorted(found)


def folded(events: Iterable[Entry]) -> Totals:
    totals = Totals()
    totals.add([*events])
    return totals


def entries(reading: Reading, size: int) -> Iterator[Entry]:
    stored = tables.EVENTS.c
    columns = stored.position, stored.stream_id, stored.version, stored.topic, stored.state
    query = select(*columns).where(stored.position <= size).order_by(stored.position)
    for position, stream, version, topic, state in reading.connection.execute(query):
        yield Entry(position, stream, version, topic, bytes(state), version - 1 or None)


def check_story(ledger: Ledger, seed: int) -> None:
    story = Story(seed)
    for _ in range(4):
        ledger.execute(ORIGIN, story.goes_on)
        with ledger.reading() as reading:
            size = ledger.event_log.max_notification_id() or 0
            totals = folded(entries(reading, size))
            assert totals.added_up().doubt is None
            assert totals.added_up().lines == as_the_read_models_have_it(reading), f"story {seed} up to {size}"


def test_the_verifier_adds_up_what_the_read_models_do(ledger: Ledger) -> None:
    check_story(ledger, seed=1)
    fill(ledger, 300)
    with ledger.reading() as reading:
        end = ledger.event_log.max_notification_id() or 0
        totals = folded(entries(reading, end)).added_up().lines
        assert totals == as_the_read_models_have_it(reading)
    kinds = {" ".join(line.split(" ")[:2]) for line in totals}
    assert kinds == {"leads inbox", "leads archive", "deals pipeline", "deals archive"}


@pytest.mark.slow
def test_it_does_so_whatever_happens_to_leads_and_deals(ledger: Ledger) -> None:
    for seed in range(2, 10):
        check_story(ledger, seed)


# Of every event there is, in every version

OURS = [name for name, kind in EVENTS.items() if issubclass(kind, LeadEvent | DealEvent)]
FIRST = {LeadEvent: "LeadCreated", DealEvent: "DealCreated"}


def stored(topic: str, version: int, position: int) -> Entry:
    """An event as that version of the service stored it."""
    state = (GOLDEN / f"{topic}.v{version}.json").read_bytes().rstrip(b"\n")
    return Entry(position, "6f96", position, topic, state, position - 1 or None)


def after_the_first(topic: str, entry: Entry) -> Totals:
    (first,) = (first for base, first in FIRST.items() if issubclass(EVENTS[topic], base))
    return folded([stored(first, 1, 1), entry])


def test_every_event_of_leads_and_deals_is_known_in_each_of_its_versions() -> None:
    assert len(OURS) >= 27
    for topic in OURS:
        for version in range(1, EVENTS[topic].class_version + 1):
            assert after_the_first(topic, stored(topic, version, 2)).added_up().doubt is None, (topic, version)


@pytest.mark.parametrize("topic", OURS)
def test_a_version_that_the_verifier_does_not_know_is_not_added_up_wrongly(topic: str) -> None:
    latest = EVENTS[topic].class_version
    entry = stored(topic, latest, 2)
    told = json.loads(entry.state) | {"version": latest + 1}
    newer = entry._replace(state=json.dumps(told, separators=(",", ":")).encode())
    doubt = after_the_first(topic, newer).added_up().doubt
    assert doubt is not None
    assert f"event 2 is a {topic} of a version that is not known here" in doubt


def test_kinds_of_events_that_there_will_be_are_not_passed_over() -> None:
    for topic in ("LeadSplit", "DealMerged"):
        assert folded([Entry(1, "6f96", 1, topic, b'{"data":{},"metadata":{}}', None)]).added_up().doubt is not None
    for topic in sorted({*EVENTS} - {*OURS}):
        assert folded([Entry(1, "6f96", 1, topic, b"{}", None)]).added_up().doubt is None, topic


SPELLINGS = (
    '"amount":"5.00","currency":"NOK"',
    '"currency":"NOK","amount":"5.00"',
    '"amount":"5.00","currency" :"NOK"',
    '"title":"amount","amount":"5.00","currency":"NOK"',
    '"amount": "5.00" , "currency" : "NOK"',
    '"amount":"7","amount":"5.00","currency":"NOK"',
    '"amount":"\\u0035.00","currency":"NO\\u004b"',
    '"amount":5,"currency":"NOK"',
    '"title":"\\"amount\\":\\"7\\",","amount":"5.00","currency":"NOK"',
    '"also":{"amount":"7","currency":"EUR"},"amount":"5.00","currency":"NOK"',
)


@pytest.mark.parametrize("told", SPELLINGS)
def test_a_value_is_read_as_it_is_meant_however_it_is_written(told: str) -> None:
    state = f'{{"data":{{{told}}},"metadata":{{"client":"x"}}}}'.encode()
    assert folded([Entry(1, "6f96", 1, "LeadCreated", state, None)]).added_up().lines == ["leads inbox NOK 1 5"]


NO_VALUES = (
    *('"sNaN"', '"NaN"', '"Infinity"', '"9e999999"', '"1_0"', '"\uff15"', '""', '" 5"', '"5."', '"+5"', '"\\ud800"'),
    *("NaN", "Infinity", "1e99", "true", "[5]", "{}", "9" * 400, f'"{"9" * 2_000_000}"'),
)
"""What no amount is; each as JSON."""

NO_CURRENCIES = ("5", "true", "1.5", "[]", "{}", '""', '"NO"', '"NOK 1"', '"NOK\\n"', '"\\ud800"')
NO_STAGES = ("-1", "1.5", "true", "[]", "{}", "NaN", '"1"', '"\\ud800"', "9" * 400)

NOT_AS_THEY_ARE = (
    *(("LeadCreated", f'"amount":{amount},"currency":"NOK"') for amount in NO_VALUES),
    *(("LeadCreated", f'"amount":"5","currency":{currency}') for currency in NO_CURRENCIES),
    *(("DealCreated", f'"stage_id":{stage},"amount":"5","currency":"NOK"') for stage in NO_STAGES),
)


@pytest.mark.parametrize(("topic", "told"), NOT_AS_THEY_ARE, ids=lambda value: value[:60])
@pytest.mark.parametrize("blank", ["", " "])
def test_what_no_event_tells_is_a_doubt_however_it_is_written(topic: str, told: str, blank: str) -> None:
    """Neither where it would be taken as it stands, nor where all of the event is read, does it reach the sums."""
    state = f'{{"data":{{{told.replace(":", f":{blank}")}}},"metadata":{{}}}}'.encode()
    first, second = (Entry(number, f"6f9{number}", 1, topic, state, None) for number in (1, 2))
    doubt = folded([first, second]).added_up().doubt
    assert doubt == f"what leads and deals add up to: event 1 is a {topic} of a version that is not known here"


# Of a bundle


def exported(ledger: Ledger, folder: Path) -> Path:
    export(ledger.database, ledger.notary, ledger.event_log.stream_keys, folder, lambda _: None)
    return folder


def totals_of(bundle: Path) -> list[str]:
    lines = (bundle / "manifest").read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith(("leads ", "deals "))]


def test_whoever_alters_the_read_models_alters_no_total(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(ledger, 200)
    before = totals_of(exported(ledger, tmp_path / "before"))
    with ledger.database.writing() as connection:
        for table in (DEALS, LEADS):
            connection.execute(update(table).values(amount=table.c.amount * 10))
        connection.execute(text("UPDATE stage_totals SET amount = amount * 10"))
    assert len(before) > 10
    assert totals_of(exported(ledger, tmp_path / "after")) == before
    capsys.readouterr()
    assert verifier.main([str(tmp_path / "after"), "--key", str(ledger.notary.verifier())]) == verifier.SOUND
    assert f"The events add up to the {len(before)} totals that it tells." in capsys.readouterr().out


Forge = Callable[[list[str]], list[str]]


def told_ten_times(lines: list[str]) -> list[str]:
    first = next(line for line in lines if line.startswith("deals ") and " - " not in line)
    return [f"{line}0" if line == first else line for line in lines]


FORGERIES: dict[str, Forge] = {
    "ten times as much": told_ten_times,
    "nothing of it": lambda lines: [line for line in lines if not line.startswith(("leads ", "deals "))],
    "one more": lambda lines: [*lines, "deals pipeline 9 won NOK 1 5"],
    "no leads": lambda lines: [line for line in lines if not line.startswith("leads ")],
    "too much in the words of an older version": lambda lines: [
        "leadledger-bundle/v1",
        *(line for line in lines[1:] if not line.startswith(("leads ", "deals "))),
        "open-deals NOK 1 5",
    ],
}


def test_totals_that_are_signed_and_false_are_found(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(ledger, 200)
    manifest = exported(ledger, tmp_path / "bundle") / "manifest"
    lines, key = manifest.read_text("utf-8").partition("\n\n")[0].splitlines(), str(ledger.notary.verifier())
    for what, forge in FORGERIES.items():
        manifest.write_text(ledger.notary.signed("".join(f"{line}\n" for line in forge(lines))), "utf-8")
        capsys.readouterr()
        assert verifier.main([str(tmp_path / "bundle"), "--key", key]) == verifier.ALTERED, what
        assert "add up to" in capsys.readouterr().out
