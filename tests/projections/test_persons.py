"""Persons as they are listed and found: by owner and organization, page by page, in letters of any case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aggregates.organization import Organization
from aggregates.person import Person
from projections.engine.pages import Part
from projections.engine.rows import Row, find
from projections.persons import PERSONS, find_persons, persons
from projections.search import Sought
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions

EVERYWHERE = frozenset({"name", "email", "phone", "notes"})


def part(**wanted: Any) -> Part:
    return Part(**{"only": [], "order": ("person_id",), "limit": 100, **wanted})


def listed(ledger: Ledger, **wanted: Any) -> list[int]:
    with ledger.reading() as reading:
        return [row["person_id"] for row in persons(reading, part(**wanted))]


def found(ledger: Ledger, term: str, *fields: str, exactly: bool = False, **wanted: Any) -> list[Row]:
    with ledger.reading() as reading:
        sought = Sought(term, frozenset(fields) or EVERYWHERE, exactly)
        return find_persons(reading, sought, limit=100, **wanted)


def ids(rows: list[Row]) -> list[int]:
    return [row["person_id"] for row in rows]


def row_of(ledger: Ledger, person_id: int) -> Row:
    with ledger.reading() as reading:
        row = find(reading, PERSONS, person_id)
    assert row is not None
    return row


@pytest.fixture
def kari_and_ola(ledger: Ledger) -> tuple[Person, Person]:
    kari = Person.add(
        1,
        name="Kari Ødegård",
        owner_id=1,
        organization_id=1,
        emails=[{"value": "Kari@Rør.example"}, {"value": "private@example.no", "label": "home"}],
        phones=[{"value": "+47 22 33 44 55"}],
        label_ids=[3],
    )
    ola = Person.add(2, name="Ola Sæther", owner_id=2, added_at="2025-01-01T00:00:00.000000Z")
    record(ledger, Organization.add(1, name="Ærlig Rør AS", owner_id=1), kari, ola)
    return kari, ola


def test_a_person_who_became_known_has_a_row_with_all_that_is_known(
    ledger: Ledger, kari_and_ola: tuple[Person, Person]
) -> None:
    row = row_of(ledger, 1)
    assert (row["name"], row["first_name"], row["last_name"]) == ("Kari Ødegård", "Kari", "Ødegård")
    assert [email["value"] for email in json.loads(row["emails"])] == ["Kari@Rør.example", "private@example.no"]
    assert json.loads(row["label_ids"]) == [3]
    assert not row["is_deleted"]
    assert row["add_time"] == row["update_time"]
    assert row_of(ledger, 2)["add_time"] == "2025-01-01T00:00:00.000000Z"


def test_an_edit_changes_one_row_and_what_it_can_be_found_by(
    ledger: Ledger, kari_and_ola: tuple[Person, Person]
) -> None:
    kari, _ = kari_and_ola
    before = row_of(ledger, 1), row_of(ledger, 2)
    kari.edit({"name": "Kari Åsen", "phones": [], "label_ids": [4]})
    kari.assign(2)
    record(ledger, kari)
    after = row_of(ledger, 1)
    assert (after["name"], after["phones"], after["label_ids"], after["owner_id"]) == ("Kari Åsen", "[]", "[4]", 2)
    assert after["update_time"] > before[0]["update_time"]
    assert row_of(ledger, 2) == before[1]
    assert ids(found(ledger, "åsen")) == [1]
    assert ids(found(ledger, "ødegård")) == []
    assert ids(found(ledger, "22 33")) == []


def test_a_deleted_person_is_neither_listed_nor_found_but_keeps_a_row(
    ledger: Ledger, kari_and_ola: tuple[Person, Person]
) -> None:
    kari, _ = kari_and_ola
    kari.delete()
    record(ledger, kari)
    assert listed(ledger) == [2]
    assert ids(found(ledger, "kari")) == []
    assert row_of(ledger, 1)["is_deleted"]


def test_persons_are_listed_by_what_columns_hold_and_by_when_they_changed(
    ledger: Ledger, kari_and_ola: tuple[Person, Person]
) -> None:
    kari, _ = kari_and_ola
    kari.edit({"visible_to": 1})
    record(ledger, kari)
    changed = row_of(ledger, 1)["update_time"]
    assert listed(ledger, only=[("owner_id", 2)]) == [2]
    assert listed(ledger, only=[("organization_id", 1)]) == [1]
    assert listed(ledger, only=[("person_id", [1, 2, 3]), ("person_id", 2)]) == [2]
    assert listed(ledger, only=[("person_id", None)]) == []
    assert listed(ledger, updated_since=changed) == [1]
    assert listed(ledger, updated_until=changed) == [2]


@pytest.mark.parametrize("order", [("person_id",), ("add_time", "person_id"), ("update_time", "person_id")])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_hold_everybody_once_in_order_even_where_many_came_at_the_same_moment(
    ledger: Ledger, order: tuple[str, ...], descending: bool
) -> None:
    for start in range(1, 121, 40):
        record(ledger, *(Person.add(number, name=f"N {number}", owner_id=1) for number in range(start, start + 40)))
    expected = sorted(range(1, 121), reverse=descending)
    seen: list[int] = []
    after: list[Any] | None = None
    while True:
        with ledger.reading() as reading:
            rows = persons(reading, part(order=order, descending=descending, after=after, limit=50))
        seen += ids(rows[:50])
        if len(rows) <= 50:
            break
        after = [rows[49][name] for name in order]
    assert seen == expected


@pytest.mark.parametrize("term", ["ødegård", "ØDEGÅRD", "degå", "kari@rør", "RØR.EXAMPLE", "22 33 44"])
def test_a_term_finds_a_person_by_name_email_or_phone_whatever_its_case(
    ledger: Ledger, kari_and_ola: tuple[Person, Person], term: str
) -> None:
    assert ids(found(ledger, term)) == [1]


def test_the_whole_value_is_what_an_exact_search_finds_and_what_comes_first(
    ledger: Ledger, kari_and_ola: tuple[Person, Person]
) -> None:
    record(ledger, Person.add(3, name="Per Ola Sæther", owner_id=1))
    assert [(row["person_id"], row["rank"]) for row in found(ledger, "OLA SÆTHER")] == [(2, 0), (3, 2)]
    assert ids(found(ledger, "ola sæther", exactly=True)) == [2]
    assert ids(found(ledger, "PRIVATE@example.no", exactly=True)) == [1]
    assert ids(found(ledger, "private@example", exactly=True)) == []


def test_only_the_named_fields_and_the_named_organization_are_searched(
    ledger: Ledger, kari_and_ola: tuple[Person, Person]
) -> None:
    assert ids(found(ledger, "kari", "phone")) == []
    assert ids(found(ledger, "kari", "notes")) == []
    assert ids(found(ledger, "er", organization_id=1)) == []
    assert ids(found(ledger, "ar", organization_id=1)) == [1]
    assert found(ledger, "kari")[0]["organization_name"] == "Ærlig Rør AS"
    assert found(ledger, "ola")[0]["organization_name"] is None


def test_a_wildcard_finds_only_itself(ledger: Ledger, kari_and_ola: tuple[Person, Person]) -> None:
    record(ledger, Person.add(3, name="100 % Per", owner_id=1))
    assert ids(found(ledger, "% p")) == [3]
    assert ids(found(ledger, "__")) == []


def test_a_replay_makes_the_same_rows(ledger: Ledger, kari_and_ola: tuple[Person, Person]) -> None:
    kari, ola = kari_and_ola
    kari.edit({"name": "Kari Åsen", "emails": []})
    ola.delete()
    record(ledger, kari, ola)
    live = versions(ledger, PERSONS)
    assert len(live) == 4
    rebuilt(ledger)
    assert versions(ledger, PERSONS) == live
