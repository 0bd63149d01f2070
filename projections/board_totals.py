"""Queries for what the open deals of a pipeline's stages add up to, in each currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, cast, func, select

from projections.deal_filters import Filters, bound, conditions
from projections.deals import DEALS, STAGE_TOTALS
from projections.engine.compiled import Values
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import COMPILED, Query, chunks
from projections.engine.tables import Number
from projections.engine.validity import Validity, begun, current, every_version, holding, in_parts
from projections.engine.visibility import RESTRICTIONS, is_hidden
from projections.places import PIPELINE
from projections.stages import STAGES


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


def totals(reading: Reading, pipeline_id: int, filters: Filters | None = None) -> list[StageTotal]:
    """What stands in each stage of a pipeline, the currencies in alphabetical order; empty totals are left out.

    For a user, what the user may not see is taken off: that costs a look at each deal that is hidden. Where deals are
    filtered, it costs a look at each open one of the pipeline.
    """
    query, values = asked_totals(pipeline_id, filters)
    return seen_totals(reading, pipeline_id, filters, query.tuples(reading, values))


def asked_totals(pipeline_id: int, filters: Filters | None) -> tuple[Query, Values]:
    """What `totals` asks, and what it binds."""
    if filters:
        return _filtered_totals(frozenset(filters)), {**bound(filters), "pipeline_id": pipeline_id, **_OPEN}
    return _TOTALS, {"pipeline_id": pipeline_id}


def seen_totals(
    reading: Reading, pipeline_id: int, filters: Filters | None, found: Iterable[tuple[Any, ...]]
) -> list[StageTotal]:
    """What was found, as `totals` tells it."""
    totals = list(map(StageTotal._make, found))
    if filters:
        return _together(totals)
    if reading.viewer is None:
        return totals
    left = {total[:2]: total for total in totals}
    for hidden in _hidden(reading, pipeline_id):
        left[hidden[:2]] = left[hidden[:2]].without(hidden)
    return [total for total in left.values() if total.deals > 0]


def _together(parts: Iterable[StageTotal]) -> list[StageTotal]:
    """One total of each stage and currency, of which several parts are told."""
    totals = dict[tuple[Any, ...], StageTotal]()
    for part in parts:
        before = totals.get(part[:2])
        totals[part[:2]] = part if before is None else StageTotal(*part[:2], *map(add, before[2:], part[2:]))
    return [totals[key] for key in sorted(totals)]


def _hidden(reading: Reading, pipeline_id: int) -> Iterator[StageTotal]:
    """What the hidden deals of a pipeline add up to, some of them at a time."""
    everything, asked = reading.seen_by(None), {"pipeline_id": pipeline_id, **_OPEN}
    numbers = [number for (number,) in _HIDDEN.tuples(everything, reading.values)]
    for some in chunks(numbers):
        yield from map(StageTotal._make, _SUMS.tuples(everything, {**asked, "some": some}))


_OPEN = {"place": PIPELINE, "status": "open"}


def _sum(name: str, column: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(column), Number).label(name)


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
    return Query(in_parts(_ADDED_UP.where(*conditions(filters), holding(DEALS)), DEALS))
