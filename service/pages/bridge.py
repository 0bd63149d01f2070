"""The bridge of a pipeline as a page: what its stages were worth at two moments, and each change in between."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.http.errors import NotFound, Problem, problem_of
from service.pages import api, choices
from service.pages.desk import BEGINNING, DESK, END, day_edge
from service.pages.family import pages
from service.pages.showing import show, zone_of

PAGE = 50


@pages.page("/audit/bridge", no_past="it leads from one moment to another, which the form names", **DESK)
def show_bridge(call: Call) -> Response:
    """The sums of each stage and currency, and below them the lines that explain them."""
    asked = {name: request.args.get(name, "") for name in ("pipeline_id", "from", "to")}
    bridge, refused = _found(call, asked) if asked["from"] else (None, None)
    return show(
        call,
        "bridge.html",
        status=refused.status if refused else 200,
        pipelines=choices.pipelines(call),
        asked={name: value for name, value in asked.items() if value},
        bridge=bridge,
        stages={stage["id"]: stage["name"] for stage in bridge["stages"]} if bridge else {},
        refused=refused,
    )


def _found(call: Call, asked: dict[str, str]) -> tuple[dict[str, Any] | None, Problem | None]:
    zone = zone_of(call)
    since = day_edge(asked["from"], BEGINNING, zone)
    until = day_edge(asked["to"], END, zone) if asked["to"] else None
    wanted = {"from": since, "to": until, "limit": PAGE, "cursor": request.args.get("cursor")}
    try:
        if not (pipeline_id := quote(asked["pipeline_id"], safe="")):
            raise ValidationError({"pipeline_id": ["choose a pipeline"]})
        return api.get(call, f"/api/ledger/v1/pipelines/{pipeline_id}/bridge", wanted), None
    except (ValidationError, NotFound) as error:
        return None, problem_of(error, "GET")
