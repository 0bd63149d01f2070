"""What may become known of a person: names in parts, and one primary way to reach somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from aggregates.person import (
    Person,
    PersonAdded,
    PersonAssigned,
    PersonDeleted,
    PersonEdited,
    named,
    reached,
)
from aggregates.refusals import Gone, Refusal
from tests.aggregates.given import Fact, fact, given, refused, then


def added(**facts: Any) -> Fact:
    known = {"name": "Kari Moe", "first_name": "Kari", "last_name": "Moe", "owner_id": 1}
    return fact(PersonAdded, **{**known, "emails": [], "phones": [], "label_ids": [], **facts})


def way(value: str, primary: bool, label: str = "work") -> dict[str, Any]:
    return {"value": value, "primary": primary, "label": label}


COMMANDS: list[Callable[[Person], None]] = [
    lambda person: person.edit({"visible_to": 1}),
    lambda person: person.assign(2),
    lambda person: person.delete(),
]


def test_somebody_becomes_known_by_name() -> None:
    person = Person.add(3, name="Kari Moe", owner_id=1)
    then(person, added())
    assert person.person_id == 3


def test_somebody_becomes_known_with_everything_that_is_told() -> None:
    facts = {
        "organization_id": 5,
        "label_ids": [1, 2],
        "visible_to": 7,
        "marketing_status": "subscribed",
        "added_at": "2026-01-02T03:04:05.000000Z",
    }
    then(Person.add(3, name="Kari Moe", owner_id=1, **facts), added(**facts))


@pytest.mark.parametrize(
    ("told", "name", "first_name", "last_name"),
    [
        ({"name": "Kari Moe"}, "Kari Moe", "Kari", "Moe"),
        ({"name": "Kari Anne Moe"}, "Kari Anne Moe", "Kari Anne", "Moe"),
        ({"name": "  Kari   Moe "}, "  Kari   Moe ", "Kari", "Moe"),
        ({"name": "Kari"}, "Kari", "Kari", None),
        ({"first_name": "Kari"}, "Kari", "Kari", None),
        ({"last_name": "Moe"}, "Moe", None, "Moe"),
        ({"first_name": "Kari", "last_name": "van Dam"}, "Kari van Dam", "Kari", "van Dam"),
        ({"name": "Kari van Dam", "first_name": "Kari"}, "Kari van Dam", "Kari", "van Dam"),
        ({"name": "Kari van Dam", "last_name": "van Dam"}, "Kari van Dam", "Kari", "van Dam"),
        ({"name": "Dr. Kari Moe", "first_name": "Kari"}, "Dr. Kari Moe", "Kari", "Moe"),
        ({"name": "Boss", "first_name": "Kari", "last_name": "Moe"}, "Boss", "Kari", "Moe"),
        ({"name": None, "first_name": "Kari", "last_name": ""}, "Kari", "Kari", None),
    ],
)
def test_what_is_not_told_of_a_name_is_derived(
    told: dict[str, str | None], name: str, first_name: str | None, last_name: str | None
) -> None:
    expected = {"name": name, "first_name": first_name, "last_name": last_name}
    assert named(told) == expected
    then(Person.add(3, owner_id=1, **told), added(**expected))


@pytest.mark.parametrize("told", [{}, {"name": ""}, {"name": " \t"}, {"name": None}, {"first_name": ""}])
def test_somebody_without_a_name_is_refused(told: dict[str, str | None]) -> None:
    with pytest.raises(Refusal, match="must have a name"):
        Person.add(3, owner_id=1, **told)


@for_all(name=st.text().filter(lambda name: name.strip()))
def test_the_parts_of_a_name_lose_no_word_of_it(name: str) -> None:
    parts = named({"name": name})
    assert parts["name"] == name
    assert f"{parts['first_name'] or ''} {parts['last_name'] or ''}".split() == name.split()


@pytest.mark.parametrize("ways", ["emails", "phones"])
def test_the_first_way_to_reach_somebody_is_primary_where_none_is(ways: str) -> None:
    person = Person.add(3, name="Kari Moe", owner_id=1, **{ways: [{"value": "a"}, {"value": "b"}]})
    then(person, added(**{ways: [way("a", True), way("b", False)]}))


def test_of_several_that_claim_to_be_primary_the_first_is() -> None:
    emails = [
        {"value": "a", "label": "home"},
        {"value": "b", "primary": True},
        {"value": "c", "primary": True},
    ]
    person = Person.add(3, name="Kari Moe", owner_id=1, emails=emails)
    then(person, added(emails=[way("a", False, "home"), way("b", True), way("c", False)]))


@for_all(
    st.lists(
        st.fixed_dictionaries({"value": st.text()}, optional={"primary": st.booleans(), "label": st.text() | st.none()})
    )
)
def test_exactly_one_way_is_primary_and_none_is_lost(ways: list[dict[str, Any]]) -> None:
    kept = reached({"emails": ways})["emails"]
    assert [way["value"] for way in kept] == [way["value"] for way in ways]
    assert sum(way["primary"] for way in kept) == (1 if ways else 0)
    assert all(way["label"] for way in kept)
    assert reached({"emails": kept}) == {"emails": kept}


def test_an_edit_tells_only_what_changed() -> None:
    person = given(Person, 3, added())
    person.edit({"organization_id": 5, "visible_to": 3, "label_ids": [1], "marketing_status": "no_consent"})
    then(person, fact(PersonEdited, changes={"organization_id": 5, "label_ids": [1]}))


def test_a_new_name_is_split_again() -> None:
    person = given(Person, 3, added())
    person.edit({"name": "Kari Berg"})
    then(person, fact(PersonEdited, changes={"name": "Kari Berg", "last_name": "Berg"}))


def test_a_new_part_of_a_name_changes_the_whole_name() -> None:
    person = given(Person, 3, added())
    person.edit({"first_name": "Ola"})
    then(person, fact(PersonEdited, changes={"first_name": "Ola", "name": "Ola Moe"}))


def test_a_name_told_as_it_is_stays_split_as_it_is() -> None:
    known = {"name": "Kari van Dam", "first_name": "Kari", "last_name": "van Dam"}
    person = given(Person, 3, added(**known))
    person.edit({"name": "Kari van Dam"})
    then(person)


def test_taking_the_name_away_is_refused() -> None:
    person = given(Person, 3, added())
    with refused(person, Refusal, "must have a name"):
        person.edit({"name": " "})
    with refused(person, Refusal, "must have a name"):
        person.edit({"first_name": None, "last_name": None})


def test_new_ways_to_reach_somebody_have_one_primary_too() -> None:
    person = given(Person, 3, added(phones=[way("1", True)]))
    person.edit({"phones": [{"value": "1"}, {"value": "2", "primary": True, "label": "mobile"}]})
    then(person, fact(PersonEdited, changes={"phones": [way("1", False), way("2", True, "mobile")]}))


def test_ways_told_as_they_are_tell_nothing() -> None:
    person = given(Person, 3, added(phones=[way("1", True)]))
    person.edit({"phones": [{"value": "1"}]})
    then(person)


def test_handing_a_person_to_another_owner_is_told_once() -> None:
    person = given(Person, 3, added())
    person.assign(2)
    person.assign(2)
    then(person, fact(PersonAssigned, owner_id=2))


def test_a_person_can_be_taken_off_the_list() -> None:
    person = given(Person, 3, added())
    person.delete()
    then(person, fact(PersonDeleted))


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_a_deleted_person(command: Callable[[Person], None]) -> None:
    person = given(Person, 3, added(), fact(PersonDeleted))
    with refused(person, Gone, "was deleted"):
        command(person)
