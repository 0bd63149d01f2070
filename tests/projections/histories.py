"""Made-up weeks of a company, and how the answers as of their positions are compared with a replay up to there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, create_engine

from projections import board, timeline
from projections.agendas import agendas
from projections.board_totals import totals
from projections.contact_counts import of_organizations, of_persons
from projections.conversions import changes_of_form
from projections.deal_lists import deals, search_deals
from projections.deals import DEALS
from projections.engine.pages import Part
from projections.engine.reading import Reading
from projections.engine.rows import Rows, find
from projections.engine.statements import write
from projections.engine.tables import read_models
from projections.inbox import ORDERS, open_leads, whole_leads
from projections.lead_search import search_leads
from projections.leads import LEADS, leads
from projections.names import Whole
from projections.organizations import ORGANIZATIONS, find_organizations, organizations
from projections.persons import PERSONS, find_persons, persons
from projections.projection import project
from projections.search import Sought
from service.ledger.ledger import Ledger, Origin
from service.log.history import events_at
from tests.generated import Company

ORIGIN = Origin(user_id=1, request_id="history", client="generated")

Question = Callable[[Reading], Any]

_TITLED, _WRITTEN = (Sought(term, frozenset({"title", "notes"})) for term in ("boiler", "back"))
"""What stands in titles, and what stands in notes, of a company's first weeks."""


class _EndOfStory(Exception):
    """Nothing of a history stays: the next one begins where this one began."""


@contextmanager
def history(ledger: Ledger, seed: int) -> Iterator[Reading]:
    """A company's first weeks, in a transaction that is rolled back in the end."""
    company = Company(seed)
    try:
        with ledger.event_log.writing() as writing:
            for _ in range(3):
                ledger.carry_out(writing, ORIGIN, partial(company.work, steps=12))
            yield Reading(writing.connection)
            raise _EndOfStory
    except _EndOfStory:
        pass


@cache
def memory() -> Connection:
    """A database in memory, with tables that are empty but for what a block writes and takes back."""
    engine = create_engine("sqlite://")
    read_models.create_all(engine)
    return engine.connect()


@contextmanager
def replayed(ledger: Ledger, positions: range) -> Iterator[Reading]:
    """The read models that the events at these positions make, by themselves."""
    with ledger.event_log.reading() as connection:
        events = events_at(connection, ledger.mapper, positions)
    aside = memory()
    with aside.begin() as transaction:
        rows = Rows(aside)
        for position in positions:
            project(rows, events[position], position)
        write(aside, rows.writes())
        yield Reading(aside)
        transaction.rollback()


def part(key: str, **facts: Any) -> Part:
    return Part(**{"only": (), "order": (key,), "limit": 4, **facts})


def questions(opportunities: list[str]) -> list[Question]:
    """Everything an auditor may ask, of lists and of single things."""
    lists = [partial(leads, place=place, only={}, start=0, limit=5) for place in ("inbox", "archive", "deal")]
    pages = [
        partial(open_leads, only=only, order=name, after=None, limit=3)
        for name in ORDERS
        for only in ({}, {"term": "boiler"}, {"term": "kari"})
    ]
    return [
        lambda c: [total for total in totals(c, 1) if total.deals],
        lambda c: board.stages_of(c, 1),
        lambda c: board.first_deals(c, [1, 2, 3, 4, 5], 2),
        lambda c: board.deals_behind(c, 1, 1, 3),
        lambda c: versions(board.whole_deals(c, board.deals_behind(c, 1, 0, 9))),
        lambda c: versions(
            whole_leads(c, open_leads(c, only={}, order="added", descending=False, after=None, limit=9))
        ),
        lambda c: deals(c, part("deal_id"), ("open", "won", "lost"), is_archived=False, deleted_since=""),
        lambda c: deals(c, part("deal_id", descending=True), ("won",), is_archived=False, deleted_since=""),
        lambda c: persons(c, part("person_id")),
        lambda c: organizations(c, part("organization_id", order=("update_time", "organization_id"))),
        lambda c: of_persons(c, [1, 2, 3]),
        lambda c: of_organizations(c, [1, 2]),
        lambda c: agendas(c, "opportunity_id", opportunities),
        lambda c: [find(c, LEADS, lead_id) for lead_id in opportunities],
        lambda c: [find(c, DEALS, number) for number in range(1, 5)],
        lambda c: [find(c, table, number) for table in (PERSONS, ORGANIZATIONS) for number in (1, 2)],
        lambda c: open_leads(c, only={"person_id": 1}, order="added", descending=True, after=None, limit=9),
        *(partial(search_leads, sought=sought, limit=5) for sought in (_TITLED, _WRITTEN)),
        *(partial(search_deals, sought=sought, limit=5) for sought in (_TITLED, _WRITTEN)),
        *(partial(search_leads, sought=_WRITTEN, limit=5, person_id=number) for number in (1, 2)),
        partial(find_persons, sought=Sought("kari", frozenset({"name", "notes"})), limit=5),
        partial(find_persons, sought=_WRITTEN, limit=5, organization_id=1),
        partial(find_organizations, sought=Sought("as", frozenset({"name"})), limit=5),
        *lists,
        *(partial(page, descending=turned) for page in pages for turned in (False, True)),
    ]


def versions(wholes: Mapping[Any, Whole[Any]]) -> dict[Any, Any]:
    """All there is to tell of things, but for how long their names are what they are: that can be told later only."""
    return {key: whole.version for key, whole in wholes.items()}


def happened(reading: Reading, opportunity: str) -> list[int]:
    return timeline.positions(
        reading, timeline.Subject("opportunity_id", opportunity), oldest_first=True, after=None, limit=50
    )


def plain(answer: Any) -> Any:
    """An answer in which truth is written one way, and versions do not tell what became of them later."""
    if isinstance(answer, dict):
        return {str(name): plain(value) for name, value in answer.items() if name not in ("valid_to", "bucket")}
    if isinstance(answer, list | tuple):
        return [plain(each) for each in answer]
    return int(answer) if isinstance(answer, bool) else answer


def check_history(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    with history(ledger, seed) as now:
        end = ledger.event_log.max_notification_id() or 0
        begun = [row.lead_id for row in open_leads(now, only={}, order="added", descending=False, after=None, limit=9)]
        asked = questions(begun)
        for position in [chance.randint(19, end), *([] if seed % 20 else [end])]:
            past = now.at(position)
            with replayed(ledger, range(1, position + 1)) as then:
                for question in asked:
                    assert plain(question(past)) == plain(question(then)), f"history {seed} as of {position}"
                for opportunity in begun:
                    assert happened(past, opportunity) == happened(then, opportunity)
                    assert changes_of_form(past, opportunity) == changes_of_form(then, opportunity)
