"""Routes of a pipeline's board and deals: each stage with its deals, their ages and sums."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from projections import board
from projections.board import BoardDeal, ListedDeal
from projections.board_totals import StageTotal
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.pipelines import PIPELINES
from projections.stages import STAGES
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import Amount, Flag, QueryId
from service.http.json import money
from service.http.ledger.kept_items import kept_items
from service.http.ledger.lists import Limited, List, Name, behind, page, page_of
from service.http.ledger.values import Money, Named, deal_in_short
from service.http.problem_details import ledger
from service.http.time_fields import Day, Moment

_MISSING = "there is no such pipeline, or no such stage in it"
PER_CENT = 2
"""Decimals that a weighted sum may have beyond its currency's own."""


class DealFilter(Schema):
    """Which open deals: of one owner, with one label, expected to close in a period (both of its days belong to it)."""

    owner_id = QueryId()
    label_id = QueryId()
    closes_from = Day()
    closes_until = Day()


_FILTERS = tuple(DealFilter().fields)


class BoardQuery(DealFilter, Limited):
    """Which deals count, and how many of them each stage shows."""


class StageDealsQuery(DealFilter, List):
    """Which stage; the cursor is the stage's on the board, or the last page's."""

    stage_id = QueryId(required=True)


class StageDeal(Schema):
    """An open deal; days are whole ones, and a deal rots that was left alone for longer than its stage allows.

    A client last edited it by the event at ``edited_position``.
    """

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    person = fields.Nested(Named, required=True, allow_none=True)
    organization = fields.Nested(Named, required=True, allow_none=True)
    owner = fields.Nested(Named, required=True)
    label_ids = fields.List(fields.Integer(), required=True)
    value = fields.Nested(Money, required=True, allow_none=True)
    probability = fields.Integer(required=True, allow_none=True)
    expected_close_date = Day(required=True, allow_none=True)
    days_in_stage = fields.Integer(required=True)
    is_rotting = Flag(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)
    edited_position = fields.Integer(required=True)


class Total(Schema):
    """What a stage's open deals of one currency add up to, and what that is when weighted by probability.

    A deal's own probability weighs only in a pipeline that lets deals tell one; else its stage's does.
    """

    currency = fields.String(required=True)
    count = fields.Integer(required=True)
    sum = Amount(required=True)
    weighted_sum = Amount(required=True)


class BoardStage(Schema):
    """A stage; ``count`` has its deals without a value, too, and ``next_cursor`` leads to more deals than shown."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    probability = fields.Integer(required=True)
    days_to_rotten = fields.Integer(required=True, allow_none=True)
    count = fields.Integer(required=True)
    totals = fields.List(fields.Nested(Total), required=True)
    deals = fields.List(fields.Nested(StageDeal), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class Board(Schema):
    """A pipeline and its stages in order."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    stages = fields.List(fields.Nested(BoardStage), required=True)


@ledger.route(
    "GET", "/pipelines/<id:pipeline_id>/board", query=BoardQuery, answer=Board, missing=_MISSING, has_past=True
)
def get_board(call: Call, pipeline_id: int) -> dict[str, Any]:
    """A pipeline's stages in order, each with its first open deals and what all of its open deals add up to."""
    limit, filters = call.query["limit"], _filters(call)
    key = "stages", pipeline_id
    expected = () if call.standing is None else call.kept.get(key) or ()
    with call.reading() as reading, board.board(reading, pipeline_id, limit, filters, expected) as found:
        pipeline, stage_ids = _present(found.pipeline), tuple(found.deals)
        if call.standing is not None and stage_ids != expected:
            call.kept.keep(key, stage_ids, sys.getsizeof(stage_ids))
        first_deals = [deal for some in found.deals.values() for deal in some[:limit]]
        items = _items(call, reading, found.stages, first_deals)
    shown = []
    for stage in found.stages:
        first = _page(found.deals[stage["stage_id"]], limit, stage, items)
        added_up = [total for total in found.totals if total.stage_id == stage["stage_id"]]
        shown.append(
            {
                "id": stage["stage_id"],
                "name": stage["name"],
                "probability": stage["deal_probability"],
                "days_to_rotten": _days_to_rotten(stage),
                "count": sum(total.deals for total in added_up),
                "totals": [_total(total, stage, pipeline) for total in added_up if total.currency],
                "deals": first["items"],
                "next_cursor": first["next_cursor"],
            }
        )
    return {"id": pipeline_id, "name": pipeline["name"], "stages": shown}


@ledger.route(
    "GET",
    "/pipelines/<id:pipeline_id>/deals",
    query=StageDealsQuery,
    answer=page_of(StageDeal),
    missing=_MISSING,
    has_past=True,
)
def get_stage_deals(call: Call, pipeline_id: int) -> dict[str, Any]:
    """The open deals of one stage, in the order they were added."""
    stage_id, limit, filters = call.query["stage_id"], call.query["limit"], _filters(call)
    after = behind(call.query["cursor"], _name(stage_id))
    with call.reading() as reading:
        _present(find(reading, PIPELINES, pipeline_id))
        stage = _present(find(reading, STAGES, stage_id))
        if stage["pipeline_id"] != pipeline_id:
            raise NotFound(_MISSING)
        if after is None:
            found = board.first_deals(reading, [stage_id], limit, filters)[stage_id]
        else:
            found = board.deals_behind(reading, stage_id, after[0], limit, filters)
        items = _items(call, reading, [stage], found[:limit])
    return _page(found, limit, stage, items)


def _present(row: Row | None) -> Row:
    if row is None or row["is_deleted"]:
        raise NotFound(_MISSING)
    return row


def _filters(call: Call) -> dict[str, Any]:
    return {name: call.query[name] for name in _FILTERS if name in call.query}


def _name(stage_id: int) -> Name:
    return "board", stage_id


def _page(found: Sequence[ListedDeal], limit: int, stage: Row, items: Mapping[int, Any]) -> dict[str, Any]:
    return page(
        found, limit, _name(stage["stage_id"]), lambda deal: items.get(deal.deal_id), lambda deal: (deal.deal_id,)
    )


def _items(call: Call, reading: Reading, stages: Iterable[Row], deals: Sequence[ListedDeal]) -> Mapping[int, Any]:
    """How the deals of some stages are shown, by their ids."""
    rotten = {stage["stage_id"]: _days_to_rotten(stage) for stage in stages}

    def age(deal: ListedDeal | BoardDeal) -> _Age:
        return _age(deal, rotten[deal.stage_id], call.time)

    def show(deal: BoardDeal) -> dict[str, Any]:
        return _deal(deal, age(deal))

    return kept_items(call, "board", deals, age, partial(board.whole_deals, reading), show)


def _days_to_rotten(stage: Row) -> int | None:
    return stage["days_to_rotten"] if stage["is_deal_rot_enabled"] else None


def _total(total: StageTotal, stage: Row, pipeline: Row) -> dict[str, Any]:
    weighted = total.weighted(stage, deals_tell=pipeline["is_deal_probability_enabled"])
    return {
        "currency": total.currency,
        "count": total.deals,
        "sum": money(total.amount, total.currency),
        "weighted_sum": money(weighted, total.currency, finer=PER_CENT),
    }


class _Age(NamedTuple):
    days_in_stage: int
    is_rotting: bool


def _age(deal: ListedDeal | BoardDeal, days_to_rotten: int | None, time: AnswerTime) -> _Age:
    is_rotting = days_to_rotten is not None and time.days_since(deal.update_time) > days_to_rotten
    return _Age(time.days_since(deal.stage_change_time), is_rotting)


def _deal(deal: BoardDeal, age: _Age) -> dict[str, Any]:
    return {
        **deal_in_short(deal),
        "probability": deal.probability,
        "expected_close_date": deal.expected_close_date,
        **age._asdict(),
        "add_time": deal.add_time,
        "update_time": deal.update_time,
        "edited_position": deal.edited_position,
    }
