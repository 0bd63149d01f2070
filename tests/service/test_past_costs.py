"""A page of the past costs about what a page of now does, however much the log holds beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest

from tests.databases import SqliteDatabases
from tests.service.past_costs import LIMIT, MERGED, MOMENTS, PASSED, Asked, company_of, merged
from tests.service.past_lists import lists

SHORT, LONG = 2_000, 20_000
"""Events in the logs that are compared."""

TIMES = 8

FAR = 4
"""How many hundreds of rows a page that begins far in lies behind."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def companies(sqlite_databases: SqliteDatabases) -> Iterator[tuple[Asked, Asked]]:
    """A company with a short log, and one with a long one."""
    with ExitStack() as stack:
        yield company_of(sqlite_databases, SHORT, stack), company_of(sqlite_databases, LONG, stack)


def test_a_page_of_the_past_costs_half_more_than_the_page_of_now_at_most(companies: tuple[Asked, Asked]) -> None:
    _, company = companies
    tried = 0
    for path in lists(company.client):
        now = company.cost(path)
        for part in MOMENTS:
            then = company.cost(f"{path}&as_of={int(part * company.end)}")
            most = 1.5 * now + merged(path)
            assert then <= most, f"{path} as of {part}: {then} steps instead of {now}"
            tried += 1
    assert tried > 300


def test_a_page_of_the_past_grows_no_faster_with_the_log_than_the_page_of_now(companies: tuple[Asked, Asked]) -> None:
    few, many = companies
    for path in lists(many.client):
        grown = max(many.cost(path) / few.cost(path), 1)
        short, long = (_dearest(each, path) for each in companies)
        assert long <= 1.5 * grown * (short + MERGED / 2), f"{path}: {short} steps, then {long}"


def test_a_page_of_several_times_as_many_costs_as_much_more_at_most(companies: tuple[Asked, Asked]) -> None:
    _, company = companies
    for path in lists(company.client):
        for moment in ("", f"&as_of={company.end // 2}"):
            asked = f"{path}{moment}"
            few, many = company.cost(asked), company.cost(asked, TIMES * LIMIT)
            assert many <= 1.1 * TIMES * few, f"{asked}: {few} steps, then {many}"


def test_a_search_among_what_is_of_one_contact_looks_at_no_other_notes(companies: tuple[Asked, Asked]) -> None:
    _, company = companies
    for kind, contact in (("leads", "person_id"), ("deals", "organization_id"), ("persons", "organization_id")):
        among_all = company.cost(f"/v1/{kind}/search?term=Good")
        among_few = company.cost(f"/v1/{kind}/search?term=Good&{contact}=7")
        assert among_few <= among_all / 10, f"{kind}: {among_few} steps, {among_all} among all"


def test_a_page_costs_half_more_at_most_however_far_in_it_begins(companies: tuple[Asked, Asked]) -> None:
    _, company = companies
    tried = 0
    for path in lists(company.client):
        for asked in (path, f"{path}&as_of={int(0.95 * company.end)}"):
            if (cursor := _far_in(company, asked)) is not None:
                first, further = company.cost(asked), company.cost(f"{asked}&cursor={cursor}")
                assert further <= 1.5 * first + MERGED / 2, f"{asked}: {first} steps, then {further}"
                tried += 1
    assert tried > 50


def test_a_page_of_the_past_by_offset_reads_no_more_of_what_lies_before_it_than_the_order(
    companies: tuple[Asked, Asked],
) -> None:
    _, company = companies
    tried = 0
    for path in lists(company.client):
        asked = f"{path}&start={100 * FAR}"
        if company.client.get(f"{asked}&limit={LIMIT}").status_code != 200:
            continue
        now, then = company.cost(asked), _dearest(company, asked)
        assert then <= 1.5 * now + merged(path) + PASSED * 100 * FAR, f"{asked}: {then} steps instead of {now}"
        tried += len(MOMENTS)
    assert tried > 50


def test_a_term_that_is_found_often_is_sought_in_the_inbox_of_the_past_as_far_as_the_page_goes(
    companies: tuple[Asked, Asked],
) -> None:
    _, company = companies
    path = "/api/ledger/v1/inbox?term=var"
    now, then = company.cost(path), _dearest(company, path)
    assert then <= 1.5 * (now + MERGED), f"{then} steps instead of {now}"


def _dearest(company: Asked, path: str) -> int:
    return max(company.cost(f"{path}&as_of={int(part * company.end)}") for part in MOMENTS)


def _far_in(company: Asked, path: str) -> str | None:
    """Where in a list a page begins that is far in; None where the list is not so long."""
    cursor: str | None = None
    for _ in range(FAR):
        page: Any = company.client.get(f"{path}&limit=100{'' if cursor is None else f'&cursor={cursor}'}").json
        if not (found := page.get("additional_data", page).get("next_cursor")):
            return None
        cursor = quote(found)
    return cursor
