"""The table of reviews of the inbox, and how far each has come."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, select

from aggregates.event import Event
from aggregates.review import InboxReviewAdvanced, InboxReviewCompleted, InboxReviewStarted
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText, table_with_past
from projections.engine.validity import holding

REVIEWS = table_with_past(
    "reviews",
    Column("review_id", Number, primary_key=True, autoincrement=False),
    Column("policy_version", Number, nullable=False),
    Column("through", Number, nullable=False),
    Column("judged", Number, nullable=False),
    Column("changed", Number, nullable=False),
    Column("is_completed", Boolean, nullable=False),
    Column("add_time", SortableText, nullable=False),
    Column("update_time", SortableText, nullable=False),
    key=("review_id",),
)
"""Every review of the inbox; only the last of them can be going on."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let a review's event change its row."""
    match event:
        case InboxReviewStarted():
            rows.insert(REVIEWS, position, _started(event))
        case InboxReviewAdvanced(review_id=review_id, through=through):
            before = rows.current(REVIEWS, review_id)
            if before is not None:
                counts = {name: before[name] + getattr(event, name) for name in ("judged", "changed")}
                rows.change(REVIEWS, position, (review_id,), update_time=event.at, through=through, **counts)
        case InboxReviewCompleted(review_id=review_id):
            rows.change(REVIEWS, position, (review_id,), update_time=event.at, is_completed=True)


def last_review(reading: Reading) -> Row | None:
    """The last review; None where there never was one."""
    return next(iter(_LAST.rows(reading, {})), None)


def _started(event: InboxReviewStarted) -> Row:
    told = {"review_id": event.review_id, "policy_version": event.policy_version}
    nothing_yet = {"through": 0, "judged": 0, "changed": 0, "is_completed": False}
    return {**told, **nothing_yet, "add_time": event.at, "update_time": event.at}


_LAST = Query(select(REVIEWS).where(holding(REVIEWS)).order_by(REVIEWS.c.review_id.desc()).limit(1))
