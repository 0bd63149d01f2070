"""Queries for a pipeline's board: its stages in order, the first deals of each, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, select

from projections.board_totals import StageTotal, asked_totals, seen_totals
from projections.deal_filters import Filters, bound, conditions
from projections.deals import DEALS
from projections.engine.compiled import Values
from projections.engine.pages import first_pages, page
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import COMPILED, Query, at_one_moment, tuples_at_once
from projections.engine.tables import Number
from projections.engine.validity import holding
from projections.names import Whole, versions_with_names, whole
from projections.pipelines import PIPELINES
from projections.places import PIPELINE
from projections.stages import STAGES

STAGES_AT_ONCE = 50

STAGES_IN_ONE_QUESTION = 10
"""Stages whose deals are asked for with all else at most: for more, PostgreSQL plans longer than round trips take."""


ListedDeal = tuple[int, int, int]
"""A version of an open deal in a list of its stage: the deal's id, the position at which the version began, and the
stage's id. The index of stages has no more; a class for them would cost more than to find them does.
"""


class BoardDeal(NamedTuple):
    """An open deal on a board; ``label_ids`` is a JSON list, ``amount`` counts the currency's smallest coin."""

    deal_id: int
    valid_from: int
    stage_id: int
    title: str
    person_id: int | None
    person_name: str | None
    organization_id: int | None
    organization_name: str | None
    owner_id: int
    owner_name: str | None
    label_ids: str
    amount: int
    currency: str | None
    probability: int | None
    expected_close_date: str | None
    add_time: str
    update_time: str
    stage_change_time: str
    edited_position: int


def stages_of(reading: Reading, pipeline_id: int) -> list[Row]:
    """A pipeline's stages in their order."""
    return _STAGES.rows(reading, {"pipeline_id": pipeline_id})


class Board(NamedTuple):
    """A pipeline, its stages in their order, the first deals of each by its id, and its `totals`."""

    pipeline: Row | None
    stages: list[Row]
    deals: dict[int, list[ListedDeal]]
    totals: list[StageTotal]


@contextmanager
def board(
    reading: Reading, pipeline_id: int, limit: int, filters: Filters | None = None, expected: Sequence[int] = ()
) -> Iterator[Board]:
    """A pipeline's board at one moment, with one more deal of a stage than the limit where more follow.

    What is asked in the block is answered from the same moment, with one exception. On PostgreSQL, for a reader who may
    see everything, the board is one question where the pipeline's stages are those ``expected``, by their ids, and at
    most `STAGES_IN_ONE_QUESTION`: what is asked in the block is then of a later moment. Names may be newer than the
    board; nothing of it is missing.
    """
    expected = expected if len(expected) <= STAGES_IN_ONE_QUESTION else ()
    if expected and reading.viewer is None and reading.connection.dialect.name == "postgresql":
        found = _board(reading, pipeline_id, limit, filters, expected)
        if [*found.deals] == [*expected]:
            yield found
            return
    with at_one_moment(reading, PIPELINES):
        yield _board(reading, pipeline_id, limit, filters, expected)


def _board(reading: Reading, pipeline_id: int, limit: int, filters: Filters | None, expected: Sequence[int]) -> Board:
    of_pipeline = {"pipeline_id": pipeline_id}
    questions = [(_PIPELINE, of_pipeline), (_STAGES, of_pipeline), asked_totals(pipeline_id, filters)]
    questions += _asked_deals(reading, expected, limit, filters)
    pipelines, stages, totals, *deals = tuples_at_once(reading, questions)
    found = _STAGES.named(stages)
    stage_ids = [stage["stage_id"] for stage in found]
    are_expected = stage_ids == [*expected]
    first = _by_stage(stage_ids, deals) if are_expected else first_deals(reading, stage_ids, limit, filters)
    pipeline = _PIPELINE.named(pipelines)[0] if pipelines else None
    return Board(pipeline, found, first, seen_totals(reading, pipeline_id, filters, totals))


def first_deals(
    reading: Reading, stage_ids: Sequence[int], limit: int, filters: Filters | None = None
) -> dict[int, list[ListedDeal]]:
    """The first deals of each stage, and one more than the limit where more follow."""
    asked = _asked_deals(reading, stage_ids, limit, filters)
    if len(stage_ids) > STAGES_IN_ONE_QUESTION:
        return _by_stage(stage_ids, (query.tuples(reading, values) for query, values in asked))
    return _by_stage(stage_ids, tuples_at_once(reading, asked))


def _asked_deals(
    reading: Reading, stage_ids: Sequence[int], limit: int, filters: Filters | None
) -> list[tuple[Query, Values]]:
    """What `first_deals` asks, and what it binds.

    Of the past each stage is asked for by itself: pages of several stages at once take SQLite 20 ms to prepare, on each
    connection.
    """
    wanted, values = frozenset(filters or ()), {**bound(filters or {}), **_OPEN}
    size = STAGES_AT_ONCE if reading.position is None else 1
    parts = [stage_ids[start : start + size] for start in range(0, len(stage_ids), size)]
    named = [{f"stage_{place}": stage_id for place, stage_id in enumerate(some)} for some in parts]
    return [(_first_deals(len(stages), limit, wanted), values | stages) for stages in named]


def _by_stage(stage_ids: Iterable[int], found: Iterable[Iterable[tuple[Any, ...]]]) -> dict[int, list[ListedDeal]]:
    deals: dict[int, list[ListedDeal]] = {stage_id: [] for stage_id in stage_ids}
    for deal_id, begun, stage_id in sorted(chain.from_iterable(found)):
        deals[stage_id].append((deal_id, begun, stage_id))
    return deals


def deals_behind(
    reading: Reading, stage_id: int, after: int, limit: int, filters: Filters | None = None
) -> list[ListedDeal]:
    """A stage's deals behind one of them, and one more than the limit where more follow."""
    values = {**bound(filters or {}), "stage": stage_id, "after": after, **_OPEN}
    return _deals_behind(limit, frozenset(filters or ())).tuples(reading, values)


def whole_deals(reading: Reading, deals: Sequence[ListedDeal]) -> dict[int, Whole[BoardDeal]]:
    """All there is to tell of deals in lists of the same reading, by ids, but what the user may not see any more."""
    return whole(reading, _VERSIONS, BoardDeal, deals)


_OPEN = {"place": PIPELINE, "status": "open"}


def _deals(filters: frozenset[str]) -> Select[Any]:
    return select(DEALS.c.deal_id, DEALS.c.valid_from, DEALS.c.stage_id).where(
        DEALS.c.place == bindparam("place"),
        DEALS.c.status == bindparam("status"),
        *conditions(filters),
        holding(DEALS),
    )


def _in_stage(name: str) -> ColumnElement[bool]:
    return DEALS.c.stage_id == bindparam(name, type_=Number)


@lru_cache(COMPILED)
def _first_deals(stages: int, limit: int, filters: frozenset[str]) -> Query:
    query, order, each = _deals(filters), [DEALS.c.deal_id], [_in_stage(f"stage_{place}") for place in range(stages)]
    if len(each) > 1:
        return Query(first_pages(query, each, order, limit))
    return Query(page(query.where(*each), order, descending=False, after=None, limit=limit, table=DEALS))


@lru_cache(COMPILED)
def _deals_behind(limit: int, filters: frozenset[str]) -> Query:
    query, begins = _deals(filters).where(_in_stage("stage")), [bindparam("after", type_=Number)]
    return Query(page(query, [DEALS.c.deal_id], descending=False, after=begins, limit=limit, table=DEALS))


_VERSIONS = versions_with_names(DEALS, BoardDeal._fields)
_PIPELINE = Query(
    select(PIPELINES).where(PIPELINES.c.pipeline_id == bindparam("pipeline_id", type_=Number), holding(PIPELINES))
)
_STAGES = Query(
    select(STAGES)
    .where(STAGES.c.pipeline_id == bindparam("pipeline_id"), STAGES.c.is_deleted.is_(False), holding(STAGES))
    .order_by(STAGES.c.order_nr, STAGES.c.stage_id)
)
