"""Sources of leads as a page: the register of where leads may come from."""

from __future__ import annotations

from flask import Response

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.settings.register import change, saved
from service.pages.showing import show

_ADDRESS = "/settings/sources"
_SOURCES = "/api/ledger/v1/lead-sources"


@pages.page(_ADDRESS)
def show_sources(call: Call) -> Response:
    """The whole register."""
    return show(call, "settings/sources.html", sources=api.get(call, _SOURCES)["items"])


@pages.form(_ADDRESS, shown_by=show_sources)
def change_sources(call: Call) -> Response:
    """Add, rename or delete a source."""
    change(call, _SOURCES)
    return saved(_ADDRESS)
