"""A page of a list, and the board's page for people, cost SQLite the same work however long the list is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from service.http import kept
from service.pages.sessions import COOKIE
from tests.benchmarks import company
from tests.databases import SqliteDatabases
from tests.service.serving import TOKEN, client_of, founded, ledger_of, serving
from tests.watched import watch

SHORT, LONG = 500, 2000
"""Leads in the inbox, and deals on the board; each of 200 persons has several of both even in short lists."""

NOTHING_NEW = "updated_since=2099-01-01T00:00:00Z"
INBOX = (
    *(f"sort={sign}{order}" for sign in ("", "-") for order in ("added", "updated", "value", "readiness")),
    *("owner_id=1", "owner_id=9", "person_id=999", "organization_id=999", "readiness=ready"),
    *("source=Chatbot", "was_seen=true", "was_seen=false"),
)
DEALS = (
    *(f"sort_by={name}&sort_direction={way}" for name in ("id", "add_time", "update_time") for way in ("asc", "desc")),
    *("pipeline_id=1", "pipeline_id=9", "stage_id=1", "stage_id=9", "owner_id=1", "owner_id=9"),
    *("person_id=999", "org_id=999", "ids=1,2", NOTHING_NEW, f"{NOTHING_NEW}&sort_by=update_time"),
    *("status=open", "status=lost", "status=deleted", "status=open,deleted", "stage_id=1&status=open"),
)
LEADS = ("", "sort=add_time", "owner_id=1", "owner_id=9", "person_id=999", "organization_id=999")
CONTACTS = ("", "owner_id=9", "ids=1,2", NOTHING_NEW, "sort_by=add_time", "sort_by=update_time&sort_direction=desc")
PAGES = (
    *(f"/api/ledger/v1/inbox?{query}" for query in INBOX),
    *("/api/ledger/v1/deals?", "/api/ledger/v1/pipelines/1/board?", "/api/ledger/v1/pipelines/1/deals?stage_id=1"),
    "/pipelines/1?",
    "/api/ledger/v1/pipelines/1/bridge?from=300&to=600",
    *("/api/ledger/v1/timeline?deal_id=7", "/api/ledger/v1/timeline?person_id=7"),
    *(f"/api/v2/deals{place}?{query}" for place in ("", "/archived") for query in DEALS),
    *(f"/v1/leads{place}?{query}" for place in ("", "/archived") for query in LEADS),
    f"/v1/leads?{NOTHING_NEW}",
    *(f"/api/v2/{contacts}?{query}" for contacts in ("persons", "organizations") for query in CONTACTS),
    "/api/v2/persons?org_id=1",
    "/api/v2/deals?include_fields=followers_count",
    *(f"/api/v2/deals/7/followers{what}?" for what in ("", "/changelog")),
    "/api/ledger/v1/users/1/following?",
    *("/v1/deals?", "/v1/deals?sort=add_time DESC", "/v1/activities?"),
)
OLDER = ("deals", "persons", "organizations", "activities", "pipelines", "stages", "organizations/1/deals")


class Cost(NamedTuple):
    """What a page cost: SQLite's steps, and statements; and the cursor of what follows."""

    steps: int
    statements: int
    cursor: str | None


Ask = Callable[..., Cost]
"""Asks for five of a list, or for as many as a limit says."""


class Unwatched:
    """Wants to hear nothing of how far the filling is."""

    def update(self, n: int) -> None:
        """So many more."""


@pytest.fixture(scope="module")
def companies(sqlite_databases: SqliteDatabases) -> Iterator[tuple[Ask, Ask]]:
    """A company with short lists, and one with long ones."""
    with ExitStack() as stack:
        yield _company(sqlite_databases, SHORT, stack), _company(sqlite_databases, LONG, stack)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_however_long_the_list_is(companies: tuple[Ask, Ask], page: str) -> None:
    in_short, in_long = companies
    few, many = in_short(page), in_long(page)
    assert many.steps <= 1.1 * few.steps
    if few.cursor and many.cursor:
        few, many = in_short(f"{page}&cursor={few.cursor}"), in_long(f"{page}&cursor={many.cursor}")
        assert many.steps <= 1.1 * few.steps


@pytest.mark.parametrize("kind", OLDER)
def test_a_page_of_version_1_asks_no_more_often_for_many_rows_than_for_few(
    companies: tuple[Ask, Ask], kind: str
) -> None:
    _, ask = companies
    assert ask(f"/v1/{kind}?", limit=50).statements == ask(f"/v1/{kind}?", limit=2).statements


def _company(databases: SqliteDatabases, size: int, stack: ExitStack) -> Ask:
    url = stack.enter_context(databases.fresh(founded))
    company.fill(url, size, Unwatched())
    app = stack.enter_context(serving(url))
    client, steps, statements = client_of(app), list[None](), list[str]()
    client.set_cookie(COOKIE, TOKEN)
    for person_id in range(1, size // 10 + 1):
        client.post(f"/api/v2/persons/{person_id}/followers", json={"user_id": 1})

    def count(driver: Any) -> None:
        driver.set_progress_handler(lambda: steps.append(None), 1)
        driver.set_trace_callback(statements.append)

    watch(ledger_of(app).database, count)

    def ask(page: str, limit: int = 5) -> Cost:
        kept.install(app, kept.Kept())  # as by a worker that was not asked before
        steps.clear()
        statements.clear()
        response = client.get(f"{page}&limit={limit}")
        assert response.status_code == 200, response.data
        assert steps, "nothing was counted"
        answer = json.loads(response.data) if response.is_json else {}
        return Cost(len(steps), len(statements), answer.get("additional_data", answer).get("next_cursor"))

    return ask
