"""Checkpoints and keys as a page: what auditors keep, and whether the log of now continues what they have kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Response, request, stream_with_context
from marshmallow import Schema, fields, validate

from service.http.call import Call
from service.http.errors import NotFound
from service.http.json import render
from service.obstacles import Obstacle
from service.pages import api
from service.pages.desk import DESK, NEVER_CHANGES, keys, outside
from service.pages.family import pages
from service.pages.showing import show

PAGE = 50
_AT_ONCE = 500
_ALL = "/api/ledger/v1/audit/checkpoints"


class Kept(Schema):
    """Of how many events the checkpoint is that somebody has kept, and of how many the one that it is held against."""

    since = fields.Integer(required=True, data_key="from", validate=validate.Range(min=1))
    until = fields.Integer(required=True, data_key="to", validate=validate.Range(min=1))


@pages.page("/audit/checkpoints", no_past=NEVER_CHANGES, **DESK)
def show_checkpoints(call: Call) -> Response:
    """All checkpoints, the newest first; what is not signed yet is signed before."""
    obstacle = _sign(call)
    cursor = request.args.get("cursor")
    found = api.get(call, _ALL, {"limit": PAGE, "cursor": cursor})
    newest = found["items"] if cursor is None else api.get(call, _ALL, {"limit": 1})["items"]
    return show(
        call,
        "checkpoints.html",
        checkpoints=found["items"],
        next_cursor=found["next_cursor"],
        newest=newest[0] if newest else None,
        obstacle=obstacle,
        keys=keys(call),
    )


@pages.page("/audit/checkpoints.txt", formats=("text/plain",), no_past=NEVER_CHANGES, **DESK)
def download_checkpoints(call: Call) -> Response:
    """All notes in one file, as the verifier takes those that are known."""
    later = replace(call, open_reading=None)  # each page is read when its turn comes, behind the end of this request
    answer = Response(stream_with_context(_notes(later)), mimetype="text/plain")
    answer.headers["Content-Disposition"] = 'attachment; filename="checkpoints.txt"'
    return answer


@pages.page("/audit/consistency", query=Kept, formats=("application/json",), no_past=NEVER_CHANGES, **DESK)
def get_consistency(call: Call) -> Response:
    """What shows that the log of one checkpoint is the beginning of that of another, for the script that checks it."""
    query = {"from": call.query["since"], "to": call.query["until"]}
    proof = api.get(call, "/api/ledger/v1/audit/proofs/consistency", query)
    return Response(render(proof), mimetype="application/json")


def _sign(call: Call) -> str | None:
    """Let the newest checkpoint be of now; answers why that cannot be, where it cannot."""
    try:
        api.text(call, "/api/ledger/v1/audit/checkpoint")
    except NotFound as error:
        return str(error)
    except Obstacle as obstacle:
        return outside(call, obstacle)
    return None


def _notes(call: Call) -> Iterator[str]:
    asked: dict[str, Any] = {"limit": _AT_ONCE}
    while True:
        found = api.get(call, _ALL, asked)
        for each in found["items"]:
            yield f"{each['note']}\n"
        if found["next_cursor"] is None:
            return
        asked["cursor"] = found["next_cursor"]
