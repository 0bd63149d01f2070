"""Who looked, as a page: the access records of auditors' reads and of every look at the evidence."""

from __future__ import annotations

from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.desk import DESK, NEVER_CHANGES
from service.pages.family import pages
from service.pages.showing import show

PAGE = 50


@pages.page("/audit/access", no_past=NEVER_CHANGES, **DESK)
def show_accesses(call: Call) -> Response:
    """Access records, the newest first, of everybody or of one user."""
    asked = {name: request.args.get(name) or None for name in ("user_id", "cursor")}
    found = api.get(call, "/api/ledger/v1/audit/access", {**asked, "limit": PAGE})
    return show(
        call,
        "accesses.html",
        accesses=found["items"],
        next_cursor=found["next_cursor"],
        user_id=asked["user_id"] or "",
        users=[(user["id"], user["name"]) for user in api.get(call, "/v1/users")["data"]],
    )
