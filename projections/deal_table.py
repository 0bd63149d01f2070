"""Lists deals with the names of whom they are about, filtered, sorted and paged, and adds them up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, bindparam, cast, func, select

from projections.deal_filters import Filters, bound, conditions
from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import Number
from projections.engine.validity import holding
from projections.names import with_names
from projections.places import PIPELINE


class ListedDeal(NamedTuple):
    """A deal that is not archived; ``label_ids`` is a JSON list, ``amount`` counts the currency's smallest coin."""

    deal_id: int
    title: str
    person_id: int | None
    person_name: str | None
    organization_id: int | None
    organization_name: str | None
    owner_id: int
    owner_name: str | None
    pipeline_id: int
    stage_id: int
    status: str
    label_ids: str
    amount: int
    currency: str | None
    probability: int | None
    expected_close_date: str | None
    lost_reason: str | None
    close_time: str | None
    stage_change_time: str
    add_time: str
    update_time: str


class Sum(NamedTuple):
    """How many deals there are in one currency ("" where they name none), and their amount in its smallest coins."""

    currency: str
    deals: int
    amount: int


NEVER = "9999-12-31"
"""When a deal closes by its place in a list, where nobody expects when."""

ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "added": (DEALS.c.deal_id,),
    "updated": (DEALS.c.update_time, DEALS.c.deal_id),
    "value": (DEALS.c.amount, DEALS.c.deal_id),
    "in_stage": (DEALS.c.stage_change_time, DEALS.c.deal_id),
    "closes": (func.coalesce(DEALS.c.expected_close_date, NEVER), DEALS.c.deal_id),
}
"""What a list can be sorted by, never null. The value is the number of smallest coins, whatever the currency."""


def listed(
    reading: Reading, filters: Filters, *, order: str, descending: bool, after: Sequence[Any] | None, limit: int
) -> list[ListedDeal]:
    """A page of deals, and one more where more follow.

    ``after`` are the values of the order that the last page ended with. An order that no index has costs with all deals
    that fit.
    """
    values = {**bound(filters), "place": PIPELINE}
    values |= {f"after_{place}": value for place, value in enumerate(after or ())}
    statement = _statement(frozenset(filters), order, descending, after is not None, limit)
    return list(map(ListedDeal._make, statement.tuples(reading, values)))


def ends_at(deal: ListedDeal, order: str) -> tuple[Any, ...]:
    """The values of an order with which a page ends whose last deal this is."""
    first = {
        "updated": deal.update_time,
        "value": deal.amount,
        "in_stage": deal.stage_change_time,
        "closes": deal.expected_close_date or NEVER,
    }
    return (first[order], deal.deal_id) if order in first else (deal.deal_id,)


def sums(reading: Reading, filters: Filters) -> list[Sum]:
    """What deals add up to, the currencies in alphabetical order; it costs a look at each of them."""
    values = {**bound(filters), "place": PIPELINE}
    return list(map(Sum._make, _sums(frozenset(filters)).tuples(reading, values)))


def _conditions(filters: frozenset[str]) -> list[ColumnElement[bool]]:
    return [DEALS.c.place == bindparam("place"), *conditions(filters), holding(DEALS)]


@lru_cache(COMPILED)
def _statement(filters: frozenset[str], order: str, descending: bool, continues: bool, limit: int) -> Query:
    columns = ORDERS[order]
    after = [bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(columns)]
    return Query(
        page(
            with_names(DEALS, ListedDeal._fields).where(*_conditions(filters)),
            columns,
            descending=descending,
            after=after if continues else None,
            limit=limit,
            table=DEALS if all(isinstance(column, Column) for column in columns) else None,
            only=filters,
        )
    )


@lru_cache(COMPILED)
def _sums(filters: frozenset[str]) -> Query:
    currency = func.coalesce(DEALS.c.currency, "").label("currency_or_none")
    amount = cast(func.sum(DEALS.c.amount), Number).label("amount")
    told: list[ColumnElement[Any]] = [currency, func.count().label("deals"), amount]
    return Query(select(*told).where(*_conditions(filters)).group_by(currency).order_by(currency))
