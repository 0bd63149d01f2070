"""What may happen to an activity: planned, planned otherwise, handed over, done, taken up again, thrown away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from aggregates.activity import (
    Activity,
    ActivityAdded,
    ActivityAssigned,
    ActivityDeleted,
    ActivityDone,
    ActivityEdited,
    ActivityReopened,
    everybody_once,
)
from aggregates.refusals import Gone
from tests.aggregates.given import Fact, fact, given, refused, then


def added(**facts: Any) -> Fact:
    known = {"subject": "Call Kari", "type": "call", "owner_id": 1, "participants": [], "attendees": []}
    return fact(ActivityAdded, **{**known, **facts})


def with_person(person_id: int, primary: bool) -> dict[str, Any]:
    return {"person_id": person_id, "primary": primary}


def test_something_is_planned() -> None:
    plan = {"due_date": "2030-01-07", "due_time": "09:30:00", "opportunity_id": "an opportunity", "busy": True}
    activity = Activity.add(3, subject="Call Kari", type="call", owner_id=1, **plan)
    then(activity, added(**plan))
    assert activity.activity_id == 3


def test_the_first_participant_is_primary_where_none_claims_to_be() -> None:
    people = [{"person_id": 5}, {"person_id": 7, "primary": False}]
    activity = Activity.add(3, subject="Call Kari", type="call", owner_id=1, participants=people)
    then(activity, added(participants=[with_person(5, True), with_person(7, False)]))


@for_all(
    st.lists(st.fixed_dictionaries({"person_id": st.integers(1, 4)}, optional={"primary": st.booleans() | st.none()}))
)
def test_everybody_takes_part_once_and_one_of_them_is_primary(people: list[dict[str, Any]]) -> None:
    kept = everybody_once(people)
    assert [each["person_id"] for each in kept] == list(dict.fromkeys(each["person_id"] for each in people))
    assert sum(each["primary"] for each in kept) == (1 if people else 0)
    assert everybody_once(kept) == kept


def test_an_edit_tells_only_what_changed() -> None:
    activity = given(Activity, 3, added(participants=[with_person(5, True)]))
    activity.edit({"subject": "Call Kari", "due_date": "2030-01-07", "participants": [{"person_id": 5}]})
    activity.edit({"due_date": "2030-01-07"})
    then(activity, fact(ActivityEdited, changes={"due_date": "2030-01-07"}))


def test_handing_an_activity_to_another_owner_is_told_once() -> None:
    activity = given(Activity, 3, added())
    activity.assign(2)
    activity.assign(2)
    then(activity, fact(ActivityAssigned, owner_id=2))


def test_an_activity_is_done_and_taken_up_again() -> None:
    activity = given(Activity, 3, added())
    for is_done in (False, True, True, False, False, True):
        activity.mark(is_done)
    then(activity, fact(ActivityDone), fact(ActivityReopened), fact(ActivityDone))


COMMANDS: list[Callable[[Activity], None]] = [
    lambda activity: activity.edit({"subject": "x"}),
    lambda activity: activity.assign(2),
    lambda activity: activity.mark(True),
    lambda activity: activity.delete(),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_a_deleted_activity(command: Callable[[Activity], None]) -> None:
    activity = given(Activity, 3, added())
    activity.delete()
    then(activity, fact(ActivityDeleted))
    with refused(activity, Gone, "was deleted"):
        command(activity)
