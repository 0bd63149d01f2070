"""Deals as a list, with the columns that one chooses, filtered, sorted and added up; and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Response, request, stream_with_context

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.live import position_shown
from service.pages.showing import show
from service.pages.since import since, with_new

PAGE = 50
_AT_ONCE = 500
_PATH = "/api/ledger/v1/deals"
_FILTERS = ("status", "pipeline_id", "stage_id", "owner_id", "label_id", "closes_from", "closes_until")
COLUMNS = ("person", "organization", "owner", "stage", "status", "value", "closes", "labels", "added", "updated")
USUAL = ("organization", "person", "owner", "stage", "status", "value", "closes")


@pages.page("/deals")
def show_deals(call: Call) -> Response:
    """Deals that are not archived, as the address narrows them down."""
    filters, sort, position = _filters(), request.args.get("sort") or "-added", position_shown(call)
    cursor = request.args.get("cursor")
    found = api.get(call, _PATH, {**filters, "sort": sort, "limit": PAGE, "cursor": cursor})
    is_all = cursor is None and found["next_cursor"] is None
    changes = since(call, "deal", found["items"], partial(latest_deals, filters), is_all=is_all)
    chosen = [name for name in COLUMNS if name in request.args.getlist("column")] or list(USUAL)
    return show(
        call,
        "deals.html",
        deals=with_new(found["items"], changes),
        since=changes,
        position=position,
        next_cursor=found["next_cursor"],
        whole=api.get(call, f"{_PATH}/totals", filters),
        filters=filters,
        sort=sort,
        chosen=chosen,
        names=COLUMNS,
        users=api.get(call, "/v1/users")["data"],
        stages=_names(call, "stages"),
        pipelines=_names(call, "pipelines"),
    )


@pages.page("/deals.csv", formats=("text/csv",))
def show_deals_as_csv(call: Call) -> Response:
    """The same deals as CSV, a page of them at a time: as many as there are, whatever the memory."""
    later = replace(call, open_reading=None)  # each page is read when its turn comes, behind the end of this request
    answer = Response(stream_with_context(_lines(later)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="deals.csv"'
    return answer


def latest_deals(filters: Mapping[str, Any], call: Call, most: int) -> list[dict[str, Any]]:
    """The deals that changed last, of those in the list that filters narrow down."""
    found: list[dict[str, Any]] = api.get(call, _PATH, {**filters, "sort": "-updated", "limit": most})["items"]
    return found


def _filters() -> dict[str, str]:
    return {name: request.args[name] for name in _FILTERS if request.args.get(name)}


def _names(call: Call, plural: str) -> dict[int, str]:
    return {each["id"]: each["name"] for each in api.get(call, f"/api/v2/{plural}", {"limit": 500})["data"]}


_HEAD = ("id", "title", "person", "organization", "owner", "pipeline", "stage", "status", "value", "currency")
_TAIL = ("expected_close_date", "add_time", "update_time", "close_time", "lost_reason")


def _lines(call: Call) -> Iterator[str]:
    stages, pipelines = _names(call, "stages"), _names(call, "pipelines")
    asked: dict[str, Any] = {**_filters(), "sort": request.args.get("sort") or "-added", "limit": _AT_ONCE}
    yield _line([*_HEAD, *_TAIL])
    while True:
        found = api.get(call, _PATH, asked)
        for deal in found["items"]:
            named = [(deal[whose] or {}).get("name") for whose in ("person", "organization", "owner")]
            places = [pipelines.get(deal["pipeline_id"]), stages.get(deal["stage_id"]), deal["status"]]
            value = deal["value"] or {"amount": None, "currency": None}
            told = [deal["id"], deal["title"], *named, *places, value["amount"], value["currency"]]
            yield _line([*told, *(deal[name] for name in _TAIL)])
        if found["next_cursor"] is None:
            return
        asked["cursor"] = found["next_cursor"]


def _line(values: list[Any]) -> str:
    """A line of CSV; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerow(
        f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value for value in values
    )
    return text.getvalue()
