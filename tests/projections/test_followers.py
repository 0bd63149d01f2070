"""Followers as read models know them: who follows a thing, who ever did, and the same in the row of the thing."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table

from aggregates.aggregate import Aggregate
from aggregates.deal import Deal
from aggregates.details import Details
from aggregates.follower import Follower
from aggregates.organization import Organization
from aggregates.person import Person
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.followers import FOLLOWED, FOLLOWERS, changes, follower, followers, followers_from
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions

CONTACT: dict[str, Any] = {"name": "Kari", "owner_id": 1, "visible_to": 3}


def a_thing(followed: str) -> Aggregate:
    """A deal, a person or an organization, with the id 7."""
    if followed == "deal_id":
        return Deal.create(7, Details(title="Pipes", owner_id=1), origin="API", pipeline_id=1, stage_id=1)
    if followed == "person_id":
        return Person.add(7, **CONTACT)
    return Organization.add(7, **CONTACT)


def told(rows: list[dict[str, Any]]) -> list[tuple[int, bool]]:
    return [(row["user_id"], row["is_deleted"]) for row in rows]


def listed(reading: Reading, followed: str) -> list[int]:
    """Who follows the thing, the same in the list, in its row and one by one."""
    ids = [row["user_id"] for row in followers(reading, followed, 7, after=None, limit=10)]
    assert [row["user_id"] for row in followers_from(reading, followed, 7, start=0, limit=10)] == ids
    assert [user_id for user_id in (1, 2, 3) if follower(reading, followed, 7, user_id)] == sorted(ids)
    row = find(reading, FOLLOWED[followed], 7)
    assert row is not None
    assert json.loads(row["follower_ids"]) == ids
    return ids


@pytest.fixture(params=FOLLOWED)
def followed(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def positions(ledger: Ledger, followed: str) -> list[int]:
    """Where nobody followed the thing, then 2, then 2 and 1, and then 1 alone; another one is followed by 3."""
    thing, first = a_thing(followed), Follower.add(1, user_id=2, **{followed: 7})
    before = record(ledger, thing)
    followed_by_one = record(ledger, first)
    followed_by_two = record(
        ledger, Follower.add(2, user_id=1, **{followed: 7}), Follower.add(3, user_id=3, **{followed: 8})
    )
    first.delete()
    return [before, followed_by_one, followed_by_two, record(ledger, first)]


def test_who_follows_a_thing_is_known_at_each_moment(ledger: Ledger, followed: str, positions: list[int]) -> None:
    with ledger.reading() as reading:
        assert listed(reading, followed) == [1]
        assert [listed(reading.at(position), followed) for position in positions] == [[], [2], [2, 1], [1]]


def test_whatever_changed_is_listed_in_order(ledger: Ledger, followed: str, positions: list[int]) -> None:
    everything = [(2, False), (1, False), (2, True)]
    with ledger.reading() as reading:
        assert told(changes(reading, followed, 7, after=None, limit=10)) == everything
        assert told(changes(reading, followed, 7, after=[positions[1]], limit=10)) == everything[1:]
        assert told(changes(reading, followed, 7, after=None, limit=1)) == everything[:2], "and one more"
        assert told(changes(reading.at(positions[2]), followed, 7, after=None, limit=10)) == everything[:2]


def test_pages_go_on_behind_a_follower_or_by_offset(ledger: Ledger, followed: str) -> None:
    record(ledger, a_thing(followed), *(Follower.add(number, user_id=number, **{followed: 7}) for number in (1, 2, 3)))
    with ledger.reading() as reading:
        assert told(followers(reading, followed, 7, after=[1], limit=1)) == [(2, False), (3, False)]
        assert told(followers_from(reading, followed, 7, start=2, limit=1)) == [(3, False)]


def test_a_replay_makes_the_same_rows(ledger: Ledger, followed: str, positions: list[int]) -> None:
    tables: list[Table] = [FOLLOWERS, FOLLOWED[followed]]
    before = [versions(ledger, table) for table in tables]
    rebuilt(ledger)
    assert [versions(ledger, table) for table in tables] == before
    assert [row["edited_position"] for row in before[1]] == [positions[0]] * 4, "it is no edit of what is followed"


def test_a_follower_of_a_thing_that_nobody_knows_breaks_nothing(ledger: Ledger, followed: str) -> None:
    record(ledger, Follower.add(1, user_id=2, opportunity_id=str(UUID(int=1)), **{followed: 7}))
    with ledger.reading() as reading:
        assert told(followers(reading, followed, 7, after=None, limit=10)) == [(2, False)]
