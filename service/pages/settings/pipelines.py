"""Pipelines as a page: the ways of selling, in their order."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.settings.register import change, moved, saved, with_tags
from service.pages.showing import show

_ADDRESS = "/settings/pipelines"
_PIPELINES = "/api/v2/pipelines"


@pages.page(_ADDRESS)
def show_all_pipelines(call: Call) -> Response:
    """All pipelines; the first is the one that leads become deals in where nobody says otherwise."""
    return show(call, "settings/pipelines.html", pipelines=with_tags(call, _PIPELINES, _in_order(call)))


@pages.form(_ADDRESS, shown_by=show_all_pipelines)
def change_pipelines(call: Call) -> Response:
    """Add, rename, move or delete a pipeline."""
    form = request.form
    if (way := form.get("do")) in ("up", "down"):
        order = moved([pipeline["id"] for pipeline in _in_order(call)], form.get("form", ""), way)
        api.send(call, "PUT", "/api/ledger/v1/pipelines/order", {"pipeline_ids": order})
    else:
        change(call, _PIPELINES)
    return saved(_ADDRESS)


def _in_order(call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(call, _PIPELINES, {"limit": 500})["data"]
    return sorted(found, key=lambda pipeline: (pipeline["order_nr"], pipeline["id"]))
