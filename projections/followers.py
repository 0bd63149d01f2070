"""The table of followers, how events change it and the rows of what is followed, and how followers are listed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Index, bindparam, select

from aggregates.event import Event
from aggregates.follower import FollowerAdded, FollowerEvent
from projections.deals import DEALS
from projections.engine.pages import Part, limited, page
from projections.engine.read_model import Handler, ReadModel
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import LINKED, Number, SortableText, present_index, record_table
from projections.engine.validity import begun
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS

FOLLOWED = {"deal_id": DEALS, "person_id": PERSONS, "organization_id": ORGANIZATIONS}
"""The columns that say what is followed, and the tables whose rows have ``follower_ids``."""

FOLLOWERS = record_table(
    "followers",
    Column("follower_id", Number, primary_key=True, autoincrement=False),
    Column("user_id", Number, nullable=False),
    Column("opportunity_id", SortableText),
    Column("deal_id", Number),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("creator_id", Number),
    Column("editor_id", Number),
    indexes=[
        present_index("followers_by_user", "user_id", "follower_id"),
        present_index("followers_by_deal", "deal_id", "follower_id"),
        present_index("followers_by_person", "person_id", "follower_id"),
        present_index("followers_by_organization", "organization_id", "follower_id"),
        Index("followers_ever_by_deal", "deal_id", "valid_from"),
        Index("followers_ever_by_person", "person_id", "valid_from"),
        Index("followers_ever_by_organization", "organization_id", "valid_from"),
    ],
    key=("follower_id",),
    restricted=LINKED,
)
"""Everybody who ever followed something: one row from when a user began up to when that ended, with who began it
(``creator_id``) and ended it (``editor_id``). So the versions of the rows are what ever changed."""

READ_MODEL = ReadModel(FOLLOWERS, FollowerEvent)


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event make or change a follower's row, and the list of followers in the row of what is followed."""
    READ_MODEL.apply(rows, event, position)
    assert isinstance(event, FollowerEvent)
    for name, table in FOLLOWED.items():
        key = getattr(event, name)
        if key is not None and (row := rows.current(table, key)) is not None:
            others = [user_id for user_id in json.loads(row["follower_ids"]) if user_id != event.user_id]
            after = [*others, event.user_id] if isinstance(event, FollowerAdded) else others
            rows.change(table, position, (key,), follower_ids=json.dumps(after))


HANDLER = Handler(apply, {FollowerEvent: {READ_MODEL.key: FOLLOWERS, **FOLLOWED}})


def follower(reading: Reading, followed: str, key: int, user_id: int) -> Row | None:
    """The row of a user who follows a thing; ``followed`` is the column of `FOLLOWED` that names the thing."""
    found = _one(followed).rows(reading, {"key": key, "user_id": user_id})
    return found[0] if found else None


def followers(reading: Reading, followed: str, key: int, *, after: Sequence[Any] | None, limit: int) -> list[Row]:
    """Who follows a thing, those who began first coming first, behind one of them, and one more where more follow."""
    part = Part(only=[(followed, key)], order=(READ_MODEL.key,), after=after, limit=limit)
    return READ_MODEL.listed(reading, part)


def following(reading: Reading, user_id: int, *, after: Sequence[Any] | None, limit: int) -> list[Row]:
    """The rows of what a user follows, in order and pages as those of `followers`."""
    part = Part(only=[("user_id", user_id)], order=(READ_MODEL.key,), after=after, limit=limit)
    return READ_MODEL.listed(reading, part)


def followers_from(reading: Reading, followed: str, key: int, *, start: int, limit: int) -> list[Row]:
    """As `followers`, by offset."""
    return _from(followed, limit).rows(reading, {"key": key, "start": start})


def changes(reading: Reading, followed: str, key: int, *, after: Sequence[Any] | None, limit: int) -> list[Row]:
    """The rows of whoever began to follow a thing (or, with ``is_deleted``, ended that), each as it was just then.

    They come in the order in which that happened, behind a position (``valid_from``), and one more where more follow.
    """
    [position] = after or [None]
    return _changes(followed, after is not None, limit).rows(reading, {"key": key, "after": position})


@lru_cache(COMPILED)
def _one(followed: str) -> Query:
    this_user = FOLLOWERS.c.user_id == bindparam("user_id", type_=Number)
    return Query(READ_MODEL.present().where(FOLLOWERS.c[followed] == bindparam("key", type_=Number), this_user))


@lru_cache(COMPILED)
def _from(followed: str, limit: int) -> Query:
    query = READ_MODEL.present().where(FOLLOWERS.c[followed] == bindparam("key", type_=Number))
    return Query(limited(query.order_by(FOLLOWERS.c.follower_id), limit).offset(bindparam("start", type_=Number)))


@lru_cache(COMPILED)
def _changes(followed: str, continues: bool, limit: int) -> Query:
    query = select(FOLLOWERS).where(FOLLOWERS.c[followed] == bindparam("key", type_=Number), begun(FOLLOWERS))
    after = [bindparam("after", type_=Number)] if continues else None
    return Query(page(query, [FOLLOWERS.c.valid_from], descending=False, after=after, limit=limit))
