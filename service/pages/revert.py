"""The form that converts a deal to a lead, with the reason."""

from __future__ import annotations

from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.showing import see, show

_MISSING = "there is no such deal"


@pages.page("/deals/<id:deal_id>/convert-to-lead", missing=_MISSING, no_past="it is a form, and one converts now")
def show_reversal(call: Call, deal_id: int) -> Response:
    """Asks why a deal shall be a lead again."""
    return show(call, "revert.html", deal=api.get(call, f"/api/v2/deals/{deal_id}")["data"])


@pages.form("/deals/<id:deal_id>/convert-to-lead", shown_by=show_reversal, missing=_MISSING)
def revert_deal(call: Call, deal_id: int) -> Response:
    """Take the deal back to the inbox, and lead on to the lead."""
    conversion = api.send(call, "POST", f"/api/ledger/v1/deals/{deal_id}/revert", form=request.form)
    return see(f"/leads/{conversion['lead_id']}")
