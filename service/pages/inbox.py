"""The inbox as a page: leads that nobody has confirmed yet."""

from __future__ import annotations

from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.showing import show

PAGE = 50


@pages.page("/inbox")
def show_inbox(call: Call) -> Response:
    """Leads waiting in the inbox, filtered and sorted as the address says."""
    asked = {name: value for name, value in request.args.items() if value and name not in ("as_of", "limit")}
    found = api.get(call, "/api/ledger/v1/inbox", asked | {"limit": PAGE})
    return show(call, "inbox.html", leads=found["items"], next_cursor=found["next_cursor"])
