"""A pipeline's board as a page: its stages side by side, each with its open deals and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields

from service.http.call import Call
from service.pages import api
from service.pages.deals import latest_deals
from service.pages.family import pages
from service.pages.live import position_shown
from service.pages.showing import see, show
from service.pages.since import Since, since

CARDS = 25
"""Deals that a stage shows at once."""

FILTERS = ("owner_id", "label_id", "closes_from", "closes_until")


class MoreQuery(Schema):
    """Behind which deal the next ones are wanted."""

    cursor = fields.String(required=True)


@pages.page("/pipelines")
def show_pipelines(call: Call) -> Response:
    """The board of the first pipeline, where there is one."""
    pipelines = _pipelines(call)
    return see(f"/pipelines/{pipelines[0]['id']}") if pipelines else show(call, "no_pipeline.html")


@pages.page("/pipelines/<id:pipeline_id>")
def show_board(call: Call, pipeline_id: int) -> Response:
    """A board, filtered as the address says; ``moved`` is a deal of which it tells where it stands now."""
    filters, position = asked_filters(), position_shown(call)
    board = api.get(call, f"/api/ledger/v1/pipelines/{pipeline_id}/board", {**filters, "limit": CARDS})
    whole, changes = _added_up(board["stages"]), _changes(call, board, filters)
    return show(
        call,
        "board.html",
        board=board,
        since=changes,
        position=position,
        whole=whole,
        pipelines=_pipelines(call),
        users=api.get(call, "/v1/users")["data"],
        filters=filters,
        moved=_moved(call, board),
        tag=lambda deal: api.tag(call, deal["edited_position"]),
    )


@pages.page("/pipelines/<id:pipeline_id>/stages/<id:stage_id>", query=MoreQuery)
def show_more_deals(call: Call, pipeline_id: int, stage_id: int) -> Response:
    """The next deals of a stage, which a board puts below those that it shows."""
    filters, cursor = asked_filters(), call.query["cursor"]
    asked = {**filters, "stage_id": stage_id, "cursor": cursor, "limit": CARDS}
    found = api.get(call, f"/api/ledger/v1/pipelines/{pipeline_id}/deals", asked)
    stage = api.get(call, f"/api/v2/stages/{stage_id}")["data"]
    return show(
        call,
        "board_more.html",
        pipeline_id=pipeline_id,
        stage=stage,
        deals=found["items"],
        since=since(call, "deal", found["items"], lambda _now, _most: [], is_all=False),
        cursor=cursor,
        next_cursor=found["next_cursor"],
        filters=filters,
        tag=lambda deal: api.tag(call, deal["edited_position"]),
    )


def asked_filters() -> dict[str, str]:
    """What the address narrows deals down by."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _pipelines(call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(call, "/api/v2/pipelines", {"limit": 500})["data"]
    return sorted(found, key=lambda pipeline: (pipeline["order_nr"], pipeline["id"]))


def _added_up(stages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What all stages of a board add up to: how many deals, and in each currency their sum and weighted sum."""
    stages = list(stages)
    totals: dict[str, dict[str, Any]] = {}
    for total in (total for stage in stages for total in stage["totals"]):
        sums = totals.setdefault(total["currency"], {"sum": Decimal(0), "weighted_sum": Decimal(0)})
        for name in sums:
            sums[name] += total[name]
    return {"count": sum(stage["count"] for stage in stages), "totals": totals}


def _changes(call: Call, board: Mapping[str, Any], filters: Mapping[str, Any]) -> Since | None:
    """What became of the deals on a board of the past; those that are new stand on it then, too."""
    stages = {stage["id"]: stage for stage in board["stages"]}
    shown = [deal for stage in board["stages"] for deal in stage["deals"]]
    of_board = {**filters, "pipeline_id": board["id"], "status": "open"}

    def later(now: Call, most: int) -> list[dict[str, Any]]:
        return [deal for deal in latest_deals(of_board, now, most) if deal["stage_id"] in stages]

    changes = since(call, "deal", shown, later, is_all=all(stage["next_cursor"] is None for stage in board["stages"]))
    for deal in changes.new if changes else ():
        days = (call.ledger.now() - datetime.fromisoformat(deal["stage_change_time"])).days
        stages[deal["stage_id"]]["deals"].insert(0, deal | {"days_in_stage": days, "is_rotting": False})
    return changes


def _moved(call: Call, board: Mapping[str, Any]) -> dict[str, Any] | None:
    """The deal that was just moved, with the ``stage`` and the ``pipeline`` of it by name."""
    if call.then is not None or not request.args.get("moved", "").isdecimal():
        return None
    deal: dict[str, Any] = api.get(call, f"/api/v2/deals/{request.args['moved']}")["data"]
    stage = api.get(call, f"/api/v2/stages/{deal['stage_id']}")["data"]["name"]
    return deal | {"stage": stage, "is_elsewhere": deal["pipeline_id"] != board["id"]}
