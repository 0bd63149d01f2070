"""The form that converts a lead to a deal, filled in with what the lead has and what the policy suggests."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from service.http.call import Call
from service.pages import api, choices
from service.pages.family import pages
from service.pages.forms import with_amounts
from service.pages.showing import see, show

_MISSING = "there is no such lead"


@pages.page("/leads/<uuid:lead_id>/convert", missing=_MISSING, no_past="it is a form, and one converts now")
def show_conversion(call: Call, lead_id: UUID) -> Response:
    """What the deal shall be; where the policy advises against it, the form asks why."""
    readiness = api.get(call, f"/api/ledger/v1/leads/{lead_id}/readiness")
    return show(
        call,
        "convert.html",
        lead=api.get(call, f"/v1/leads/{lead_id}")["data"],
        readiness=readiness,
        suggested=(readiness["suggestion"] or {}).get("stage_id", ""),
        owners=choices.owners(call),
        stages=choices.stages(call),
    )


@pages.form("/leads/<uuid:lead_id>/convert", shown_by=show_conversion, missing=_MISSING)
def convert_lead(call: Call, lead_id: UUID) -> Response:
    """Convert the lead, and lead on to the deal."""
    form = with_amounts(request.form)
    form.setlist("label_ids", form.get("label_ids", "").replace(",", " ").split())
    conversion = api.send(call, "POST", f"/api/ledger/v1/leads/{lead_id}/convert", form=form)
    return see(f"/deals/{conversion['deal_id']}")
