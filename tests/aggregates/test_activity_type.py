"""Kinds of activities: their keys are made from their names, and are never those of others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from aggregates.activity_type import (
    ActivityType,
    ActivityTypeAdded,
    ActivityTypeDeleted,
    ActivityTypeEdited,
    key_from,
)
from aggregates.refusals import Gone
from tests.aggregates.given import fact, given, refused, then

VISIT = {"name": "Site visit", "key_string": "site_visit", "icon_key": "truck", "order_nr": 7, "is_custom": True}


@pytest.mark.parametrize(
    ("name", "key"),
    [("Video call", "video_call"), ("  Kaffe & møte!", "kaffe_møte"), ("CALL", "call_3"), ("☕", "activity")],
)
def test_a_key_is_made_from_the_words_of_a_name(name: str, key: str) -> None:
    assert key_from(name, {"call", "call_2"}) == key


@for_all(name=st.text(), taken=st.sets(st.sampled_from(["activity", "activity_2", "a", "a_2", "b"])))
def test_a_key_is_never_taken(name: str, taken: set[str]) -> None:
    key = key_from(name, taken)
    assert key
    assert key not in taken
    assert " " not in key


def test_a_kind_of_activity_is_added_changed_and_given_up() -> None:
    visit = ActivityType.add(7, **VISIT)
    then(visit, fact(ActivityTypeAdded, **VISIT))
    visit.edit({"name": "Site visit", "order_nr": 1})
    visit.delete()
    then(visit, fact(ActivityTypeEdited, changes={"order_nr": 1}), fact(ActivityTypeDeleted))


COMMANDS: list[Callable[[ActivityType], None]] = [
    lambda activity_type: activity_type.edit({"name": "x"}),
    lambda activity_type: activity_type.delete(),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_one_that_was_given_up(command: Callable[[ActivityType], None]) -> None:
    visit = given(ActivityType, 7, fact(ActivityTypeAdded, **VISIT), fact(ActivityTypeDeleted))
    with refused(visit, Gone, "was deleted"):
        command(visit)
