"""Moves a deal: to another stage, of any pipeline, or to won or lost; tells who else did while one looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.http.tags import PreconditionFailed
from service.pages import api
from service.pages.family import pages
from service.pages.refused import Refused, refused_form
from service.pages.showing import see_again, show, within

_NOT_THERE = "choose a stage, won or lost"


@pages.page("/deals/<id:deal_id>/move", no_past="a deal is moved now")
def show_move(call: Call, deal_id: int) -> Response:
    """Where a deal may go; where somebody else edited it while one looked, what it was then and is now."""
    deal, seen = api.tagged(call, f"/api/v2/deals/{deal_id}")
    stages = api.get(call, "/api/v2/stages", {"limit": 500, "sort_by": "order_nr"})["data"]
    pipelines = api.get(call, "/api/v2/pipelines", {"limit": 500})["data"]
    by_pipeline = [
        (pipeline, [stage for stage in stages if stage["pipeline_id"] == pipeline["id"]])
        for pipeline in sorted(
            pipelines, key=lambda each: (each["id"] != deal["data"]["pipeline_id"], each["order_nr"])
        )
    ]
    return show(
        call,
        "move.html",
        deal=deal["data"],
        seen=seen,
        pipelines=by_pipeline,
        stages={stage["id"]: stage["name"] for stage in stages},
        back=within(request.values.get("back") or f"/pipelines/{deal['data']['pipeline_id']}"),
        edited=_edited_meanwhile(call, deal_id, refused_form()),
    )


@pages.form("/deals/<id:deal_id>/move", shown_by=show_move)
def move(call: Call, deal_id: int) -> Response:
    """Let a deal stand in a stage, or be won or lost, unless somebody edited it since it was ``seen``."""
    form = request.form
    api.send(call, "PATCH", f"/api/v2/deals/{deal_id}", _wanted(form), if_match=form.get("seen") or None)
    return see_again(form.get("back", "/pipelines"), moved=deal_id)


def _wanted(form: Mapping[str, str]) -> dict[str, Any]:
    match form.get("to", ""):
        case "won":
            return {"status": "won"}
        case "lost":
            return {"status": "lost", "lost_reason": form.get("lost_reason", "").strip() or None}
        case stage_id if stage_id.isascii() and stage_id.isdecimal():
            return {"stage_id": int(stage_id), "status": "open"}
    raise ValidationError({"to": [_NOT_THERE]})


def _edited_meanwhile(call: Call, deal_id: int, refused: Refused | None) -> list[dict[str, Any]] | None:
    """The fields of a deal that others changed while one looked, each before and after, by whom and when."""
    if refused is None or not isinstance(refused.problem.error, PreconditionFailed):
        return None
    since = refused.typed.get("seen", "").strip('"').partition(".")[0]
    if not since.isdecimal():
        return []
    found = api.get(call, "/api/ledger/v1/diff", {"from": since, "deal_id": deal_id})
    return [field for item in found["items"] if item["kind"] == "deal" for field in item["fields"]]
