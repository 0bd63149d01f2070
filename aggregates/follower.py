"""Who follows a deal, a person or an organization: a user who wants to know what becomes of it."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.record import Added, Deleted
from aggregates.refusals import Gone


class FollowerEvent(Event, abstract=True):
    """Something that happened to one follower: a user, and the one thing that the user follows.

    That is a deal, with the opportunity that the deal is a form of, a person or an organization; the others are null.
    """

    follower_id: int
    user_id: int
    opportunity_id: str | None = None
    deal_id: int | None = None
    person_id: int | None = None
    organization_id: int | None = None


class FollowerAdded(Added, FollowerEvent):
    """A user began to follow a deal, whose opportunity is told, too, a person or an organization."""


class FollowerDeleted(Deleted, FollowerEvent):
    """A user follows something no longer; it is told once more who and what."""


class Follower(Numbered):
    """A user's following of one thing, from its beginning to its end; nothing of it is edited.

    Whoever begins again is another follower.
    """

    kind = "follower"
    created = FollowerAdded
    deleted = FollowerDeleted

    follower_id: int
    user_id: int
    opportunity_id: str | None
    deal_id: int | None
    person_id: int | None
    organization_id: int | None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """Let a user follow something; ``facts`` are the fields of the first event."""
        follower = cls.numbered(number)
        follower.record(FollowerAdded, **facts)
        return follower

    def delete(self) -> None:
        """Let the user follow it no longer. Raises `Gone` where that is so already."""
        if self.is_deleted:
            raise Gone("the follower was deleted")
        self.record(
            FollowerDeleted,
            user_id=self.user_id,
            opportunity_id=self.opportunity_id,
            deal_id=self.deal_id,
            person_id=self.person_id,
            organization_id=self.organization_id,
        )
