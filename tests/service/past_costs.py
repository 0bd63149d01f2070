"""Counts the steps that SQLite takes for pages, of now and of the past, of which a service keeps nothing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from flask.testing import FlaskClient

from service.database.database import Database
from service.http.kept import Kept, install
from service.wiring import make_ledger
from tests.busy import BusyCompany
from tests.databases import SqliteDatabases
from tests.generated import Clock, fill
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.watched import watch

LIMIT = 5

MOMENTS = (0.1, 0.5, 0.95)
"""Where in the log the moments lie that are asked about."""

MERGED = 2_600
"""Steps that it takes SQLite at most to find the moment and to merge a page's rows from the buckets: about 30 µs."""

MERGES = {"/board?": 5, "/organizations/1/deals?": 5, "/v1/organizations?": 2}
"""Where that is done more than once: for each stage, or as often as deals of an organization's people are looked up."""

PASSED = 70
"""Steps that it takes SQLite at most to merge one row more from the buckets, of which no more is told: about 0.3 µs."""

LATER = datetime(2100, 1, 4, 8, tzinfo=UTC)
"""When the company begins to work: behind the time by the machine's clock at which it is founded."""


def merged(path: str) -> int:
    """Steps that a list's page of the past may take beyond what it takes to tell its rows."""
    return MERGED * next((times for list_, times in MERGES.items() if list_ in path), 1)


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


def company_of(databases: SqliteDatabases, events: int, stack: ExitStack) -> Asked:
    """A company whose log has about so many events, served until the stack is closed."""
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
