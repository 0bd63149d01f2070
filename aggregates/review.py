"""A review of the inbox: all leads in it are judged again by a new policy, some at a time."""

from __future__ import annotations

from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event


class InboxReviewEvent(Event, abstract=True):
    """Something that happened to one review of the inbox."""

    review_id: int


class InboxReviewStarted(InboxReviewEvent):
    """All leads in the inbox are to be judged again; a review that was going on ends here."""

    policy_version: int

    def apply(self, review: InboxReview) -> None:
        review.review_id = self.review_id


class InboxReviewAdvanced(InboxReviewEvent):
    """So many more leads were judged again, and that many of them became ready or are so no longer.

    ``through`` is the position at which the last of them was created: the review goes on behind it.
    """

    through: int
    judged: int
    changed: int


class InboxReviewCompleted(InboxReviewEvent):
    """All leads that were in the inbox have been judged again."""

    def apply(self, review: InboxReview) -> None:
        review.is_completed = True


class InboxReview(Numbered):
    """One look through the whole inbox."""

    kind = "review"
    created = InboxReviewStarted

    review_id: int

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_completed = False

    @classmethod
    def start(cls, review_id: int, *, policy_version: int) -> InboxReview:
        """Have all leads judged again."""
        review = cls.numbered(review_id)
        review.record(InboxReviewStarted, policy_version=policy_version)
        return review

    def advance(self, *, through: int, judged: int, changed: int) -> None:
        """Note that more leads were judged again."""
        self.record(InboxReviewAdvanced, through=through, judged=judged, changed=changed)

    def complete(self) -> None:
        """Note that none is left."""
        if not self.is_completed:
            self.record(InboxReviewCompleted)
