"""Organizations as they are listed and found, by name and by address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aggregates.organization import Organization
from projections.engine.pages import Part
from projections.engine.rows import Row, find
from projections.organizations import ORGANIZATIONS, find_organizations, organizations
from projections.search import Sought
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions

Two = tuple[Organization, Organization]


def part(**wanted: Any) -> Part:
    return Part(**{"only": [], "order": ("organization_id",), "limit": 100, **wanted})


def ids(rows: list[Row]) -> list[int]:
    return [row["organization_id"] for row in rows]


def listed(ledger: Ledger, **wanted: Any) -> list[int]:
    with ledger.reading() as reading:
        return ids(organizations(reading, part(**wanted)))


def found(ledger: Ledger, term: str, *fields: str, exactly: bool = False) -> list[int]:
    with ledger.reading() as reading:
        sought = Sought(term, frozenset(fields) or frozenset({"name", "address", "notes"}), exactly)
        return ids(find_organizations(reading, sought, limit=100))


def row_of(ledger: Ledger, organization_id: int) -> Row:
    with ledger.reading() as reading:
        row = find(reading, ORGANIZATIONS, organization_id)
    assert row is not None
    return row


@pytest.fixture
def two(ledger: Ledger) -> Two:
    address = {"value": "Ålegata 3, 5003 Bergen", "locality": "Bergen"}
    ror = Organization.add(1, name="Ærlig Rør AS", owner_id=1, address=address, annual_revenue=900)
    bad = Organization.add(2, name="Bad og Bøtte", owner_id=2, label_ids=[5], added_at="2025-01-01T00:00:00.000000Z")
    record(ledger, ror, bad)
    return ror, bad


def test_a_company_that_became_known_has_a_row_with_all_that_is_known(ledger: Ledger, two: Two) -> None:
    first, second = row_of(ledger, 1), row_of(ledger, 2)
    assert json.loads(first["address"]) == {"value": "Ålegata 3, 5003 Bergen", "locality": "Bergen"}
    assert (first["name"], first["annual_revenue"], first["label_ids"]) == ("Ærlig Rør AS", 900, "[]")
    assert (second["address"], second["label_ids"]) == (None, "[5]")
    assert second["add_time"] == "2025-01-01T00:00:00.000000Z"


def test_an_edit_changes_one_row_and_what_it_can_be_found_by(ledger: Ledger, two: Two) -> None:
    ror, _ = two
    other = row_of(ledger, 2)
    ror.edit({"name": "Rør Øst", "address": None, "website": "https://ror.example"})
    ror.assign(2)
    record(ledger, ror)
    row = row_of(ledger, 1)
    assert (row["name"], row["address"], row["website"], row["owner_id"]) == ("Rør Øst", None, "https://ror.example", 2)
    assert row_of(ledger, 2) == other
    assert found(ledger, "rør øst") == [1]
    assert found(ledger, "bergen") == []


def test_a_deleted_company_is_neither_listed_nor_found_but_keeps_a_row(ledger: Ledger, two: Two) -> None:
    ror, _ = two
    ror.delete()
    record(ledger, ror)
    assert listed(ledger) == [2]
    assert found(ledger, "rør") == []
    assert row_of(ledger, 1)["is_deleted"]


def test_companies_are_listed_by_owner_and_in_the_order_asked_for(ledger: Ledger, two: Two) -> None:
    assert listed(ledger, only=[("owner_id", 2)]) == [2]
    assert listed(ledger, order=("add_time", "organization_id")) == [2, 1]
    assert listed(ledger, descending=True) == [2, 1]
    assert listed(ledger, after=[1]) == [2]


@pytest.mark.parametrize("term", ["ærlig", "RØR AS", "ålegata", "BERGEN"])
def test_a_term_finds_a_company_by_name_or_address_whatever_its_case(ledger: Ledger, two: Two, term: str) -> None:
    assert found(ledger, term) == [1]


def test_only_the_named_fields_are_searched_and_exactly_where_that_is_asked(ledger: Ledger, two: Two) -> None:
    assert found(ledger, "bergen", "name") == []
    assert found(ledger, "bøtte", exactly=True) == []
    assert found(ledger, "bad og BØTTE", exactly=True) == [2]


def test_a_replay_makes_the_same_rows(ledger: Ledger, two: Two) -> None:
    ror, bad = two
    ror.edit({"employee_count": 4})
    bad.delete()
    record(ledger, ror, bad)
    live = versions(ledger, ORGANIZATIONS)
    assert len(live) == 4
    rebuilt(ledger)
    assert versions(ledger, ORGANIZATIONS) == live
