"""Routes of a pipeline's board and deals: each stage with its deals, their ages and sums."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from projections import board
from projections.board import BoardDeal, ListedDeal
from projections.board_totals import StageTotal
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.names import Whole
from projections.pipelines import PIPELINES
from projections.stages import STAGES
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import Amount, Flag, QueryId
from service.http.json import money
from service.http.kept import Key
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
        stages = [
            _Stage(stage, limit, found.deals[stage["stage_id"]], _of_stage(found.totals, stage), pipeline)
            for stage in found.stages
        ]
        shown = _shown(call, reading, stages, _board_stage)
    return {"id": pipeline_id, "name": pipeline["name"], "stages": shown}


@ledger.route(
    "GET",
    "/pipelines/<id:pipeline_id>/deals",
    query=StageDealsQuery,
    answer=page_of(StageDeal),
    missing=_MISSING,
    has_past=True,
)
def get_stage_deals(call: Call, pipeline_id: int) -> Any:
    """The open deals of one stage, in the order they were added."""
    stage_id, limit, filters = call.query["stage_id"], call.query["limit"], _filters(call)
    after = behind(call.query["cursor"], _name(stage_id))
    with call.reading() as reading:
        pipeline = _present(find(reading, PIPELINES, pipeline_id))
        stage = _present(find(reading, STAGES, stage_id))
        if stage["pipeline_id"] != pipeline_id:
            raise NotFound(_MISSING)
        if after is None:
            found = board.first_deals(reading, [stage_id], limit, filters)[stage_id]
        else:
            found = board.deals_behind(reading, stage_id, after[0], limit, filters)
        [shown] = _shown(call, reading, [_Stage(stage, limit, found, [], pipeline)], _page)
    return shown


def _present(row: Row | None) -> Row:
    if row is None or row["is_deleted"]:
        raise NotFound(_MISSING)
    return row


def _filters(call: Call) -> dict[str, Any]:
    return {name: call.query[name] for name in _FILTERS if name in call.query}


def _name(stage_id: int) -> Name:
    return "board", stage_id


class _Stage(NamedTuple):
    """A stage, some of its open deals, one more than the limit where more follow, and what all of them add up to."""

    row: Row
    limit: int
    listed: Sequence[ListedDeal]
    totals: Sequence[StageTotal]
    pipeline: Row

    @property
    def key(self) -> Key:
        """All that it is shown by, beside names and the time."""
        rows = self.row["stage_id"], self.row["valid_from"], self.pipeline["valid_from"]
        return *rows, self.limit, *chain.from_iterable(self.listed), *chain.from_iterable(self.totals)


class _WholeStage(NamedTuple):
    """A stage with all there is to tell of its deals, by their ids."""

    stage: _Stage
    deals: Mapping[int, BoardDeal]


def _shown(
    call: Call, reading: Reading, stages: Iterable[_Stage], show: Callable[[_WholeStage, AnswerTime], Any]
) -> list[Any]:
    """How stages are shown, each of which is kept as a whole."""

    def look_up(some: Sequence[_Stage]) -> list[Whole[_WholeStage]]:
        deals = board.whole_deals(reading, [deal for stage in some for deal in stage.listed[: stage.limit]])
        return [_whole(stage, deals) for stage in some]

    return kept_items(call, {(show, *stage.key): stage for stage in stages}, look_up, show)


def _whole(stage: _Stage, deals: Mapping[int, Whole[BoardDeal]]) -> Whole[_WholeStage]:
    """A stage with its deals; one that was hidden meanwhile is left out, and that is kept for no moment of the past."""
    found = {deal_id: deals[deal_id] for deal_id, *_ in stage.listed[: stage.limit] if deal_id in deals}
    renamed = [deal.renamed for deal in found.values() if deal.renamed is not None]
    if len(found) < len(stage.listed[: stage.limit]):
        renamed.append(0)  # as if a name had changed before any moment
    return Whole(
        _WholeStage(stage, {deal_id: deal.version for deal_id, deal in found.items()}),
        max((deal.named for deal in found.values()), default=0),
        min(renamed, default=None),
    )


def _of_stage(totals: Iterable[StageTotal], stage: Row) -> list[StageTotal]:
    return [total for total in totals if total.stage_id == stage["stage_id"]]


def _board_stage(whole: _WholeStage, time: AnswerTime) -> dict[str, Any]:
    stage, row, first = whole.stage, whole.stage.row, _page(whole, time)
    return {
        "id": row["stage_id"],
        "name": row["name"],
        "probability": row["deal_probability"],
        "days_to_rotten": _days_to_rotten(row),
        "count": sum(total.deals for total in stage.totals),
        "totals": [_total(total, row, stage.pipeline) for total in stage.totals if total.currency],
        "deals": first["items"],
        "next_cursor": first["next_cursor"],
    }


def _page(whole: _WholeStage, time: AnswerTime) -> dict[str, Any]:
    stage, rotten = whole.stage, _days_to_rotten(whole.stage.row)
    items = {deal_id: _deal(deal, rotten, time) for deal_id, deal in whole.deals.items()}
    name = _name(stage.row["stage_id"])
    return page(stage.listed, stage.limit, name, lambda deal: items.get(deal[0]), lambda deal: deal[:1])


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


def _deal(deal: BoardDeal, days_to_rotten: int | None, time: AnswerTime) -> dict[str, Any]:
    return {
        **deal_in_short(deal),
        "probability": deal.probability,
        "expected_close_date": deal.expected_close_date,
        "days_in_stage": time.days_since(deal.stage_change_time),
        "is_rotting": days_to_rotten is not None and time.days_since(deal.update_time) > days_to_rotten,
        "add_time": deal.add_time,
        "update_time": deal.update_time,
        "edited_position": deal.edited_position,
    }
