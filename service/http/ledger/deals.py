"""Routes of the list of deals, with the names of whom they are about, and of what they add up to."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from projections.deal_lists import LIVING
from projections.deal_table import ORDERS, ListedDeal, ends_at, listed, sums
from service.http.call import Call
from service.http.fields import Amount, QueryId
from service.http.json import money
from service.http.ledger.board import DealFilter
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.values import Money, Named, deal_in_short
from service.http.problem_details import ledger
from service.http.time_fields import Day, Moment


class DealsFilter(DealFilter):
    """Which deals, of those that are not archived."""

    status = fields.String(validate=validate.OneOf(LIVING))
    pipeline_id = QueryId()
    stage_id = QueryId()
    person_id = QueryId()
    organization_id = QueryId()


_FILTERS = tuple(DealsFilter().fields)


class DealsQuery(DealsFilter, List):
    """Which deals, and in which order; ``-`` before the order's name turns it round.

    By ``closes``, a deal of which nobody expects when it closes is the last one.
    """

    sort = fields.String(
        load_default="-added", validate=validate.OneOf([sign + name for name in ORDERS for sign in ("", "-")])
    )


class DealInList(Schema):
    """A deal that is not archived; one that was won or lost was closed at some time."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    person = fields.Nested(Named, required=True, allow_none=True)
    organization = fields.Nested(Named, required=True, allow_none=True)
    owner = fields.Nested(Named, required=True)
    pipeline_id = fields.Integer(required=True)
    stage_id = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(LIVING))
    label_ids = fields.List(fields.Integer(), required=True)
    value = fields.Nested(Money, required=True, allow_none=True)
    probability = fields.Integer(required=True, allow_none=True)
    expected_close_date = Day(required=True, allow_none=True)
    lost_reason = fields.String(required=True, allow_none=True)
    close_time = Moment(required=True, allow_none=True)
    stage_change_time = Moment(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)


class DealsSum(Schema):
    """What the deals of one currency add up to."""

    currency = fields.String(required=True)
    count = fields.Integer(required=True)
    sum = Amount(required=True)


class DealsTotals(Schema):
    """How many deals there are, those without a value too, and their sum in each currency."""

    count = fields.Integer(required=True)
    totals = fields.List(fields.Nested(DealsSum), required=True)


@ledger.route("GET", "/deals", query=DealsQuery, answer=page_of(DealInList), has_past=True)
def get_deal_list(call: Call) -> dict[str, Any]:
    """Deals that are not archived, those added last first unless another order is asked for."""
    query, sort = call.query, call.query["sort"]
    order, name = sort.removeprefix("-"), ("deals", sort)
    after = behind(query["cursor"], name, [column.type for column in ORDERS[order]])
    with call.reading() as reading:
        found = listed(
            reading, _filters(call), order=order, descending=sort != order, after=after, limit=query["limit"]
        )
    return page(found, query["limit"], name, _item, partial(ends_at, order=order))


@ledger.route("GET", "/deals/totals", query=DealsFilter, answer=DealsTotals, has_past=True)
def get_deal_totals(call: Call) -> dict[str, Any]:
    """How many deals there are that are not archived, and their sum in each currency."""
    with call.reading() as reading:
        found = sums(reading, _filters(call))
    totals = [
        {"currency": each.currency, "count": each.deals, "sum": money(each.amount, each.currency)}
        for each in found
        if each.currency
    ]
    return {"count": sum(each.deals for each in found), "totals": totals}


def _filters(call: Call) -> dict[str, Any]:
    return {name: call.query[name] for name in _FILTERS if name in call.query}


def _item(deal: ListedDeal) -> dict[str, Any]:
    same = ("pipeline_id", "stage_id", "status", "probability", "expected_close_date", "lost_reason", "close_time")
    return {
        **deal_in_short(deal),
        "stage_change_time": deal.stage_change_time,
        "add_time": deal.add_time,
        "update_time": deal.update_time,
        **{name: getattr(deal, name) for name in same},
    }
