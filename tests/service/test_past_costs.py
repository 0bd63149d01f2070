"""A page of the past costs about what a page of now does, however much the log holds beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest
from flask.testing import FlaskClient

from service.database.database import Database
from service.http.kept import Kept, install
from service.wiring import make_ledger
from tests.busy import BusyCompany
from tests.databases import SqliteDatabases
from tests.generated import Clock, fill
from tests.service.past_lists import lists
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.watched import watch

SHORT, LONG = 2_000, 10_000
"""Events in the logs that are compared."""

LIMIT, TIMES = 5, 8
LATER = datetime(2100, 1, 4, 8, tzinfo=UTC)
"""When the company begins to work: behind the time by the machine's clock at which it is founded."""

MOMENTS = (0.3, 0.6, 0.95)
"""Where in the log the moments lie that are asked about."""

MERGED = 2_600
"""Steps that it takes SQLite at most to find the moment and to merge a page's rows from the buckets: about 30 µs."""

MERGES = {"/board?": 5, "/organizations/1/deals?": 5, "/v1/organizations?": 2}
"""Where that is done more than once: for each stage, or as often as deals of an organization's people are looked up."""

SEARCHES = "/search?"
"""Lists for which every row is looked at that holds, and every version of the past: there is nothing to go by."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Asked:
    """A company's client, how many events it has, and the steps that SQLite has taken for it."""

    client: FlaskClient
    end: int
    steps: list[None]
    costs: dict[str, int] = field(default_factory=dict)

    def cost(self, path: str, limit: int = LIMIT) -> int:
        """SQLite's steps for a page of which nothing is kept; what is compiled at the first one does not count."""
        asked = f"{path}&limit={limit}"
        if asked not in self.costs:
            self.client.get(asked)
            self.client.application.extensions["kept_answers"].forget()
            install(self.client.application, Kept())
            self.steps.clear()
            answer = self.client.get(asked)
            assert answer.status_code == 200, (path, answer.text)
            assert self.steps, "nothing was counted"
            self.costs[asked] = len(self.steps)
        return self.costs[asked]


@pytest.fixture(scope="module")
def companies(sqlite_databases: SqliteDatabases) -> Iterator[tuple[Asked, Asked]]:
    """A company with a short log, and one with a long one."""
    with ExitStack() as stack:
        yield _company(sqlite_databases, SHORT, stack), _company(sqlite_databases, LONG, stack)


def test_a_page_of_the_past_costs_half_more_than_the_page_of_now_at_most(companies: tuple[Asked, Asked]) -> None:
    _, company = companies
    tried = 0
    for path in lists(company.client):
        now = company.cost(path)
        for part in MOMENTS:
            then = company.cost(f"{path}&as_of={int(part * company.end)}")
            most = 1.5 * now + MERGED * next((times for list_, times in MERGES.items() if list_ in path), 1)
            assert then <= most or SEARCHES in path, f"{path} as of {part}: {then} steps instead of {now}"
            tried += 1
    assert tried > 300


def test_a_page_of_the_past_grows_no_faster_with_the_log_than_the_page_of_now(companies: tuple[Asked, Asked]) -> None:
    few, many = companies
    for path in lists(many.client):
        grown = max(many.cost(path) / few.cost(path), 1)
        for part in MOMENTS:
            short, long = (each.cost(f"{path}&as_of={int(part * each.end)}") for each in companies)
            assert long <= 1.5 * grown * (short + MERGED / 2), f"{path} as of {part}: {short} steps, then {long}"


def test_a_page_of_several_times_as_many_costs_as_much_more_at_most(companies: tuple[Asked, Asked]) -> None:
    _, company = companies
    for path in lists(company.client):
        for moment in ("", f"&as_of={company.end // 2}"):
            asked = f"{path}{moment}"
            few, many = company.cost(asked), company.cost(asked, TIMES * LIMIT)
            assert many <= 1.1 * TIMES * few, f"{asked}: {few} steps, then {many}"


def _company(databases: SqliteDatabases, events: int, stack: ExitStack) -> Asked:
    url = stack.enter_context(databases.fresh(partial(_filled, events=events)))
    app = stack.enter_context(serving(url))
    steps = list[None]()
    watch(ledger_of(app).database, lambda driver: driver.set_progress_handler(lambda: steps.append(None), 1))
    return Asked(client_of(app), ledger_of(app).event_log.max_notification_id() or 0, steps)


def _filled(url: str, events: int) -> None:
    founded(url)
    database = Database(url)
    fill(make_ledger(database, Clock(LATER)), events, made=BusyCompany)
    database.close()
