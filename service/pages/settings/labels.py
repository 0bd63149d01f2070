"""Labels of leads as a page: each a name and a colour."""

from __future__ import annotations

from flask import Response

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.settings.register import change, saved
from service.pages.showing import show

_ADDRESS = "/settings/labels"
_LABELS = "/v1/leadLabels"


@pages.page(_ADDRESS)
def show_labels(call: Call) -> Response:
    """All labels that leads can have."""
    return show(call, "settings/labels.html", labels=api.get(call, _LABELS)["data"])


@pages.form(_ADDRESS, shown_by=show_labels)
def change_labels(call: Call) -> Response:
    """Add, rename, paint or delete a label."""
    change(call, _LABELS)
    return saved(_ADDRESS)
