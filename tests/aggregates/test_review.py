"""How the inbox is judged again."""

from __future__ import annotations

from aggregates.review import InboxReview, InboxReviewAdvanced, InboxReviewCompleted, InboxReviewStarted
from tests.aggregates.given import fact, given, then

STARTED = fact(InboxReviewStarted, policy_version=3)


def test_a_review_goes_on_until_no_lead_is_left() -> None:
    review = InboxReview.start(2, policy_version=3)
    review.advance(through=40, judged=20, changed=7)
    review.complete()
    then(review, STARTED, fact(InboxReviewAdvanced, through=40, judged=20, changed=7), fact(InboxReviewCompleted))


def test_a_review_is_completed_once() -> None:
    review = given(InboxReview, 2, STARTED, fact(InboxReviewCompleted))
    review.complete()
    then(review)
