"""What may happen to a follower: a user begins to follow something, and ends that."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.follower import Follower, FollowerAdded, FollowerDeleted
from aggregates.refusals import Gone
from tests.aggregates.given import fact, given, refused, then

NOTHING: dict[str, Any] = dict.fromkeys(("opportunity_id", "deal_id", "person_id", "organization_id"))
DEAL = {**NOTHING, "opportunity_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "deal_id": 7}


@pytest.mark.parametrize("followed", [DEAL, {**NOTHING, "person_id": 5}, {**NOTHING, "organization_id": 5}])
def test_it_is_told_who_follows_what_when_that_begins_and_when_it_ends(followed: dict[str, Any]) -> None:
    follower = Follower.add(3, user_id=2, **followed)
    then(follower, fact(FollowerAdded, user_id=2, **followed))
    follower.delete()
    then(follower, fact(FollowerDeleted, user_id=2, **followed))


def test_what_ended_does_not_end_again() -> None:
    follower = given(Follower, 3, fact(FollowerAdded, user_id=2, **DEAL), fact(FollowerDeleted, user_id=2, **DEAL))
    with refused(follower, Gone, "the follower was deleted"):
        follower.delete()
