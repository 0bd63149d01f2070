"""The stages of a pipeline as a page: how likely their deals are, and after how many days these rot."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.settings.register import NEW, change, moved, saved, with_tags
from service.pages.showing import show

_STAGES = "/api/v2/stages"
_MISSING = "there is no such pipeline"


@pages.page("/settings/pipelines/<id:pipeline_id>", missing=_MISSING)
def show_stages(call: Call, pipeline_id: int) -> Response:
    """The stages of a pipeline in their order, each with how many open deals stand in it."""
    board = api.get(call, f"/api/ledger/v1/pipelines/{pipeline_id}/board", {"limit": 1})
    return show(
        call,
        "settings/stages.html",
        pipeline=board["name"],
        counts={stage["id"]: stage["count"] for stage in board["stages"]},
        stages=with_tags(call, _STAGES, _in_order(call, pipeline_id)),
    )


@pages.form("/settings/pipelines/<id:pipeline_id>", shown_by=show_stages, missing=_MISSING)
def change_stages(call: Call, pipeline_id: int) -> Response:
    """Add, change, move or delete a stage."""
    form = request.form
    if (way := form.get("do")) in ("up", "down"):
        order = moved([stage["id"] for stage in _in_order(call, pipeline_id)], form.get("form", ""), way)
        api.send(call, "PUT", f"/api/ledger/v1/pipelines/{pipeline_id}/stages/order", {"stage_ids": order})
    else:
        change(call, _STAGES, {"pipeline_id": pipeline_id} if form.get("form") == NEW else None)
    return saved(f"/settings/pipelines/{pipeline_id}")


def _in_order(call: Call, pipeline_id: int) -> list[dict[str, Any]]:
    asked = {"pipeline_id": pipeline_id, "sort_by": "order_nr", "limit": 500}
    found: list[dict[str, Any]] = api.get(call, _STAGES, asked)["data"]
    return found
