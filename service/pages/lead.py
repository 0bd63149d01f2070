"""A lead as a page, and as the view that opens beside the inbox: its details, what is planned, said and known of it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from service.http.call import Call
from service.pages import api, choices
from service.pages.agenda import activities_of, add_activity, add_note, contact, notes_of
from service.pages.family import pages
from service.pages.forms import with_amounts
from service.pages.live import position_shown
from service.pages.showing import see, show
from service.pages.since import since_of
from service.pages.steps import steps
from service.pages.story import opportunity_of, story_of

_HAPPENINGS = 20
_MISSING = "there is no such lead"


@pages.page("/leads/<uuid:lead_id>", missing=_MISSING)
def show_lead(call: Call, lead_id: UUID) -> Response:
    """A lead; one that has become a deal is shown as that."""
    position = position_shown(call)
    opportunity = opportunity_of(call, lead_id=lead_id)
    if opportunity["form"] == "deal":
        return see(f"/deals/{opportunity['deal_id']}")
    found, tag = api.tagged(call, f"/v1/leads/{lead_id}")
    lead, about = found["data"], {"lead_id": lead_id}
    timeline = {"limit": _HAPPENINGS, "cursor": request.args.get("cursor")}
    return show(
        call,
        "lead.html",
        lead=lead,
        tag=tag,
        person=contact(call, "persons", lead["person_id"]),
        organization=contact(call, "organizations", lead["organization_id"]),
        owners=choices.owners(call),
        labels=choices.lead_labels(call),
        readiness=api.get(call, f"/api/ledger/v1/leads/{lead_id}/readiness"),
        activities=activities_of(call, about),
        activity_types=choices.activity_types(call),
        notes=notes_of(call, about),
        story=story_of(call, opportunity),
        happenings=api.get(call, "/api/ledger/v1/timeline", about | timeline),
        steps=steps(call, about),
        position=position,
        since=since_of(call, "lead", lead_id),
    )


@pages.page("/leads/<uuid:lead_id>/readiness", missing=_MISSING)
def show_readiness(call: Call, lead_id: UUID) -> Response:
    """Whether a lead should become a deal, and why."""
    readiness = api.get(call, f"/api/ledger/v1/leads/{lead_id}/readiness")
    lead = api.get(call, f"/v1/leads/{lead_id}")["data"]
    return show(call, "reasons.html", lead=lead, readiness=readiness)


@pages.form("/leads/<uuid:lead_id>", shown_by=show_lead, missing=_MISSING)
def change_lead(call: Call, lead_id: UUID) -> Response:
    """Change a lead's details; refused where somebody has changed it since it was shown."""
    seen = request.form.get("seen") or None
    api.send(call, "PATCH", f"/v1/leads/{lead_id}", form=with_amounts(request.form), if_match=seen)
    return see(f"/leads/{lead_id}")


@pages.form("/leads/<uuid:lead_id>/notes", shown_by=show_lead, missing=_MISSING)
def add_note_to_lead(call: Call, lead_id: UUID) -> Response:
    """Write a note about a lead."""
    add_note(call, {"lead_id": str(lead_id)})
    return see(f"/leads/{lead_id}")


@pages.form("/leads/<uuid:lead_id>/activities", shown_by=show_lead, missing=_MISSING)
def add_activity_to_lead(call: Call, lead_id: UUID) -> Response:
    """Plan something to be done about a lead."""
    add_activity(call, {"lead_id": str(lead_id)})
    return see(f"/leads/{lead_id}")


@pages.form("/leads/<uuid:lead_id>/done", shown_by=show_lead, missing=_MISSING)
def note_activity_as_done(call: Call, lead_id: UUID) -> Response:
    """Note that something was done."""
    api.send(call, "PATCH", f"/api/v2/activities/{request.form.get('activity_id', '')}", {"done": True})
    return see(f"/leads/{lead_id}")
