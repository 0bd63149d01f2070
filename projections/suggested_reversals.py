"""Finds open deals that should go back to the inbox: left alone in a first stage, or without interest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, func, or_, select

from projections.activities import ACTIVITIES, present
from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import COMPILED, Query, chunks
from projections.engine.tables import Number
from projections.engine.validity import for_anybody, holding
from projections.names import with_names
from projections.places import PIPELINE
from projections.signals import SIGNALS
from projections.timeline import TIMELINE

ANSWERS = ("email_answered", "meeting_held", "call_held", "chat_held", "budget_named")
"""The kinds of signals that a customer gives; what we do alone, or look up, is no answer."""

_COLUMNS = (*DEALS.c.keys(), "person_name", "organization_name", "owner_name")


class Stage(NamedTuple):
    """A stage in which deals rot to which nothing has happened since a moment, when the log was at a position."""

    stage_id: int
    moment: str
    position: int


def doubted_deals(
    reading: Reading, stages: Iterable[Stage], *, pipeline_id: int | None, today: str, after: int, limit: int
) -> list[Row]:
    """Open deals behind one of them by number, with their contacts' names, and one more where more follow.

    Those in the stages to which nothing has happened for too long, that nobody has answered, and for which nothing is
    planned from ``today`` on; and those of which the last signal that tells of interest denies it, of one pipeline
    where one is named. Deals that cannot be leads, being about nobody, are not among them.
    """
    begins = {"after": after, "place": PIPELINE, "status": "open"}
    found: dict[int, Row] = {}
    for stage in stages:
        values = {**begins, **stage._asdict(), "today": today}
        found |= _by_number(_left_alone(limit).rows(reading, values))
    of_pipeline = _without_interest(limit, pipeline_id is not None)
    found |= _by_number(of_pipeline.rows(reading, {**begins, "pipeline_id": pipeline_id}))
    return [found[number] for number in sorted(found)[: limit + 1]]


def last_positions(reading: Reading, opportunity_ids: Sequence[str]) -> dict[str, int]:
    """Where the log told of each of many opportunities last."""
    return dict(_of_many(reading, _LAST_POSITIONS, opportunity_ids))


def last_planned(reading: Reading, opportunity_ids: Sequence[str]) -> dict[str, str]:
    """When the last activity is due that is still to be done, for each of many opportunities that have one."""
    return dict(_of_many(reading, _LAST_PLANNED, opportunity_ids))


def _of_many(reading: Reading, query: Query, opportunity_ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for some in chunks(opportunity_ids):
        yield from query.tuples(reading, {"some": some})


def _by_number(found: Iterable[Row]) -> dict[int, Row]:
    return {row["deal_id"]: row for row in found}


def _open_deals(limit: int, *only: ColumnElement[bool]) -> Query:
    deals = with_names(DEALS, _COLUMNS).where(
        holding(DEALS),
        DEALS.c.place == bindparam("place"),
        DEALS.c.status == bindparam("status"),
        or_(DEALS.c.person_id.is_not(None), DEALS.c.organization_id.is_not(None)),
        *only,
    )
    after = [bindparam("after", type_=Number)]
    return Query(page(deals, [DEALS.c.deal_id], descending=False, after=after, limit=limit, table=DEALS))


@lru_cache(COMPILED)
def _without_interest(limit: int, of_one_pipeline: bool) -> Query:
    only = [DEALS.c.pipeline_id == bindparam("pipeline_id", type_=Number)] if of_one_pipeline else []
    return _open_deals(limit, DEALS.c.is_interest_denied.is_(True), *only)


@lru_cache(COMPILED)
def _left_alone(limit: int) -> Query:
    of_opportunity = DEALS.c.opportunity_id
    happened = TIMELINE.c.position > bindparam("position", type_=Number)
    is_answer = SIGNALS.c.kind.in_([bindparam(f"answer_{place}", kind) for place, kind in enumerate(ANSWERS)])
    is_theirs = ACTIVITIES.c.opportunity_id == of_opportunity
    is_holding, is_present = present(by=is_theirs)
    is_to_be_done = is_present, ACTIVITIES.c.is_done.is_(False)
    is_planned = for_anybody(is_holding), *is_to_be_done, ACTIVITIES.c.due >= bindparam("today")
    return _open_deals(
        limit,
        DEALS.c.stage_id == bindparam("stage_id", type_=Number),
        DEALS.c.update_time <= bindparam("moment"),
        ~exists().where(TIMELINE.c.opportunity_id == of_opportunity, happened, for_anybody(holding(TIMELINE))),
        ~exists().where(is_answer, holding(SIGNALS, by=SIGNALS.c.opportunity_id == of_opportunity)),
        ~exists().where(*is_planned),
    )


_SOME: BindParameter[list[str]] = bindparam("some", expanding=True)
_LAST_POSITIONS = Query(
    select(TIMELINE.c.opportunity_id, func.max(TIMELINE.c.position))
    .where(TIMELINE.c.opportunity_id.in_(_SOME), holding(TIMELINE))
    .group_by(TIMELINE.c.opportunity_id)
)
_LAST_PLANNED = Query(
    select(ACTIVITIES.c.opportunity_id, func.max(ACTIVITIES.c.due))
    .where(*present(by=ACTIVITIES.c.opportunity_id.in_(_SOME)), ACTIVITIES.c.is_done.is_(False))
    .group_by(ACTIVITIES.c.opportunity_id)
)
