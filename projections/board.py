"""Queries for a pipeline's board: its stages in order, the first deals of each, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, cast, func, select

from projections.deal_filters import CONDITIONS, Filters, bound
from projections.deals import DEALS, STAGE_TOTALS
from projections.engine.pages import first_pages, page
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import COMPILED, Query, chunks
from projections.engine.tables import Number
from projections.engine.validity import Validity, begun, current, every_version, holding
from projections.engine.visibility import RESTRICTIONS, is_hidden
from projections.names import Whole, versions_with_names, whole
from projections.places import PIPELINE
from projections.stages import STAGES

STAGES_AT_ONCE = 50


class ListedDeal(NamedTuple):
    """A version of an open deal in a list of its stage."""

    deal_id: int
    valid_from: int
    stage_id: int
    stage_change_time: str
    update_time: str


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


class StageTotal(NamedTuple):
    """What the open deals of one stage in one currency add up to ("" where deals name none)."""

    stage_id: int
    currency: str
    deals: int
    amount: int
    amount_by_stage: int
    amount_by_deal: int

    def without(self, some: StageTotal) -> StageTotal:
        """What is left where some of the deals do not count."""
        left = (each - less for each, less in zip(self[2:], some[2:], strict=True))
        return StageTotal(self.stage_id, self.currency, *left)

    def weighted(self, stage: Row, *, deals_tell: bool) -> int:
        """The sum times its probability, in hundredths of the smallest coin.

        A deal's own probability counts only where its pipeline lets deals tell one; else the stage's counts
        for every deal.
        """
        if not deals_tell:
            return self.amount * int(stage["deal_probability"])
        return self.amount_by_stage * int(stage["deal_probability"]) + self.amount_by_deal


def stages_of(reading: Reading, pipeline_id: int) -> list[Row]:
    """A pipeline's stages in their order."""
    return _STAGES.rows(reading, {"pipeline_id": pipeline_id})


def totals(reading: Reading, pipeline_id: int, filters: Filters | None = None) -> list[StageTotal]:
    """What stands in each stage of a pipeline, the currencies in alphabetical order; empty totals are left out.

    For a user, what the user may not see is taken off: that costs a look at each deal that is hidden. Where deals are
    filtered, it costs a look at each open one of the pipeline.
    """
    if filters:
        asked = {**bound(filters), "pipeline_id": pipeline_id, **_OPEN}
        return list(map(StageTotal._make, _filtered_totals(frozenset(filters)).tuples(reading, asked)))
    totals = list(map(StageTotal._make, _TOTALS.tuples(reading, {"pipeline_id": pipeline_id})))
    if reading.viewer is None:
        return totals
    left = {total[:2]: total for total in totals}
    for hidden in _hidden(reading, pipeline_id):
        left[hidden[:2]] = left[hidden[:2]].without(hidden)
    return [total for total in left.values() if total.deals > 0]


def _hidden(reading: Reading, pipeline_id: int) -> Iterator[StageTotal]:
    """What the hidden deals of a pipeline add up to, some of them at a time."""
    everything, asked = reading.seen_by(None), {"pipeline_id": pipeline_id, **_OPEN}
    numbers = [number for (number,) in _HIDDEN.tuples(everything, reading.values)]
    for some in chunks(numbers):
        yield from map(StageTotal._make, _SUMS.tuples(everything, {**asked, "some": some}))


def first_deals(
    reading: Reading, stage_ids: Sequence[int], limit: int, filters: Filters | None = None
) -> dict[int, list[ListedDeal]]:
    """The first deals of each stage, and one more than the limit where more follow."""
    wanted, values = frozenset(filters or ()), {**bound(filters or {}), **_OPEN}
    deals: dict[int, list[ListedDeal]] = {stage_id: [] for stage_id in stage_ids}
    for start in range(0, len(stage_ids), STAGES_AT_ONCE):
        some = stage_ids[start : start + STAGES_AT_ONCE]
        places = {f"stage_{place}": stage_id for place, stage_id in enumerate(some)}
        query = _first_deals(len(some), limit, wanted)
        for deal in map(ListedDeal._make, query.tuples(reading, values | places)):
            deals[deal.stage_id].append(deal)
    return deals


def deals_behind(
    reading: Reading, stage_id: int, after: int, limit: int, filters: Filters | None = None
) -> list[ListedDeal]:
    """A stage's deals behind one of them, and one more than the limit where more follow."""
    values = {**bound(filters or {}), "stage": stage_id, "after": after, **_OPEN}
    return list(map(ListedDeal._make, _deals_behind(limit, frozenset(filters or ())).tuples(reading, values)))


def whole_deals(reading: Reading, deals: Sequence[ListedDeal]) -> dict[int, Whole[BoardDeal]]:
    """All there is to tell of deals in lists of the same reading, by ids, but what the user may not see any more."""
    return whole(reading, _VERSIONS, BoardDeal, deals)


_OPEN = {"place": PIPELINE, "status": "open"}


def _deals(filters: frozenset[str]) -> Select[Any]:
    return select(*(DEALS.c[name] for name in ListedDeal._fields)).where(
        DEALS.c.place == bindparam("place"),
        DEALS.c.status == bindparam("status"),
        *_conditions(filters),
        holding(DEALS),
    )


def _in_stage(name: str) -> ColumnElement[bool]:
    return DEALS.c.stage_id == bindparam(name, type_=Number)


def _conditions(filters: frozenset[str]) -> list[ColumnElement[bool]]:
    return [CONDITIONS[name] for name in sorted(filters)]


def _sum(name: str, column: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(column), Number).label(name)


@lru_cache(COMPILED)
def _first_deals(stages: int, limit: int, filters: frozenset[str]) -> Query:
    each = [_in_stage(f"stage_{place}") for place in range(stages)]
    return Query(first_pages(_deals(filters), each, [DEALS.c.deal_id], limit, DEALS))


@lru_cache(COMPILED)
def _deals_behind(limit: int, filters: frozenset[str]) -> Query:
    query, begins = _deals(filters).where(_in_stage("stage")), [bindparam("after", type_=Number)]
    return Query(page(query, [DEALS.c.deal_id], descending=False, after=begins, limit=limit, table=DEALS))


_VERSIONS = versions_with_names(DEALS, BoardDeal._fields)
_STAGES = Query(
    select(STAGES)
    .where(STAGES.c.pipeline_id == bindparam("pipeline_id"), STAGES.c.is_deleted.is_(False), holding(STAGES))
    .order_by(STAGES.c.order_nr, STAGES.c.stage_id)
)
# A total has a version for every change of its stage: the one of a moment is looked up as the last that had begun by
# then, for each total that is known by now, since to look for those that had not ended would be to look at them all.
_KNOWN, _EARLIER = STAGE_TOTALS.alias("known"), STAGE_TOTALS.alias("earlier")
_LAST = select(func.max(_EARLIER.c.valid_from)).where(
    _EARLIER.c.stage_id == _KNOWN.c.stage_id,
    _EARLIER.c.currency == _KNOWN.c.currency,
    begun(_EARLIER),
)
_TOTALS = Query(
    select(*(STAGE_TOTALS.c[name] for name in StageTotal._fields))
    .select_from(STAGES)
    .join(_KNOWN, and_(_KNOWN.c.stage_id == STAGES.c.stage_id, current(_KNOWN)))
    .join(
        STAGE_TOTALS,
        and_(
            STAGE_TOTALS.c.stage_id == _KNOWN.c.stage_id,
            STAGE_TOTALS.c.currency == _KNOWN.c.currency,
            STAGE_TOTALS.c.valid_from == _LAST.scalar_subquery(),
        ),
    )
    .where(STAGES.c.pipeline_id == bindparam("pipeline_id"), holding(STAGES))
    .where(every_version(STAGE_TOTALS), STAGE_TOTALS.c.deals > 0)
    .order_by(STAGE_TOTALS.c.stage_id, STAGE_TOTALS.c.currency)
)
_HIDDEN = Query(
    select(RESTRICTIONS.c.deal_id).where(
        RESTRICTIONS.c.deal_id.is_not(None), current(RESTRICTIONS), is_hidden(RESTRICTIONS)
    )
)
# As with totals, the version of a moment is looked up as the last that had begun.
_EARLIER_DEAL = DEALS.alias("earlier_deal")
_LAST_OF_DEAL = select(func.max(_EARLIER_DEAL.c.valid_from)).where(
    _EARLIER_DEAL.c.deal_id == DEALS.c.deal_id, begun(_EARLIER_DEAL).past
)
_IS_ESTIMATED = DEALS.c.probability.is_not(None)
_ADDED_UP = (
    select(
        DEALS.c.stage_id,
        func.coalesce(DEALS.c.currency, "").label("total_currency"),
        func.count().label("deals"),
        _sum("amount", DEALS.c.amount),
        _sum("amount_by_stage", case((_IS_ESTIMATED, 0), else_=DEALS.c.amount)),
        _sum("amount_by_deal", case((_IS_ESTIMATED, DEALS.c.amount * DEALS.c.probability), else_=0)),
    )
    .where(DEALS.c.pipeline_id == bindparam("pipeline_id", type_=Number))
    .where(DEALS.c.place == bindparam("place"), DEALS.c.status == bindparam("status"))
    .group_by(DEALS.c.stage_id, "total_currency")
)
_SUMS = Query(
    _ADDED_UP.where(
        DEALS.c.deal_id.in_(bindparam("some", expanding=True)),
        Validity(DEALS, holding(DEALS).present, DEALS.c.valid_from == _LAST_OF_DEAL.scalar_subquery()),
    )
)


@lru_cache(COMPILED)
def _filtered_totals(filters: frozenset[str]) -> Query:
    added_up = _ADDED_UP.where(*_conditions(filters), holding(DEALS))
    return Query(added_up.order_by(DEALS.c.stage_id, "total_currency"))
