"""A deal as a page: its details, its way through the stages, who follows it, and what happened to it."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.pages import api, choices
from service.pages.agenda import activities_of, add_activity, add_note, notes_of
from service.pages.family import pages
from service.pages.live import position_shown
from service.pages.showing import see, show
from service.pages.since import since_of
from service.pages.steps import steps
from service.pages.story import opportunity_of, story_of

_HAPPENINGS = 30
_MISSING = "there is no such deal"


@pages.page("/deals/<id:deal_id>", missing=_MISSING)
def show_deal(call: Call, deal_id: int) -> Response:
    """A deal; one that is a lead again is shown as that."""
    position = position_shown(call)
    opportunity = opportunity_of(call, deal_id=deal_id)
    if opportunity["form"] == "lead":
        return see(f"/leads/{opportunity['lead_id']}")
    found, tag = api.tagged(call, f"/api/v2/deals/{deal_id}")
    whole = api.get(call, f"/v1/deals/{deal_id}")["data"]
    followers = [each["user_id"] for each in api.get(call, f"/api/v2/deals/{deal_id}/followers")["data"]]
    about = {"deal_id": deal_id}
    timeline = {"limit": _HAPPENINGS, "cursor": request.args.get("cursor")}
    return show(
        call,
        "deal.html",
        deal=found["data"],
        tag=tag,
        whole=whole,
        stages=_stages(call, found["data"], whole),
        users={user["id"]: user["name"] for user in api.get(call, "/v1/users")["data"]},
        followers=followers,
        activities=activities_of(call, about),
        activity_types=choices.activity_types(call),
        notes=notes_of(call, about),
        story=story_of(call, opportunity),
        happenings=api.get(call, "/api/ledger/v1/timeline", about | timeline),
        steps=steps(call, about),
        position=position,
        since=since_of(call, "deal", deal_id),
    )


@pages.form("/deals/<id:deal_id>", shown_by=show_deal, missing=_MISSING)
def change_deal(call: Call, deal_id: int) -> Response:
    """Change a deal's details; refused where somebody has changed it since it was shown."""
    form = request.form.copy()
    if "label_ids" in form:
        form.setlist("label_ids", form["label_ids"].replace(",", " ").split())
    api.send(call, "PATCH", f"/api/v2/deals/{deal_id}", form=form, if_match=form.get("seen") or None)
    return see(f"/deals/{deal_id}")


@pages.form("/deals/<id:deal_id>/followers", shown_by=show_deal, missing=_MISSING)
def follow_deal(call: Call, deal_id: int) -> Response:
    """Let whoever asks follow the deal, or follow it no more."""
    followers, user_id = f"/api/v2/deals/{deal_id}/followers", call.user.user_id
    match request.form.get("follow"):
        case "yes":
            api.send(call, "POST", followers, {"user_id": user_id})
        case "no":
            api.send(call, "DELETE", f"{followers}/{user_id}")
        case _:
            raise ValidationError({"follow": ["say yes or no"]})
    return see(f"/deals/{deal_id}")


@pages.form("/deals/<id:deal_id>/notes", shown_by=show_deal, missing=_MISSING)
def add_note_to_deal(call: Call, deal_id: int) -> Response:
    """Write a note about a deal."""
    add_note(call, {"deal_id": deal_id})
    return see(f"/deals/{deal_id}")


@pages.form("/deals/<id:deal_id>/activities", shown_by=show_deal, missing=_MISSING)
def add_activity_to_deal(call: Call, deal_id: int) -> Response:
    """Plan something to be done about a deal."""
    add_activity(call, {"deal_id": deal_id})
    return see(f"/deals/{deal_id}")


@pages.form("/deals/<id:deal_id>/done", shown_by=show_deal, missing=_MISSING)
def note_activity_of_deal_as_done(call: Call, deal_id: int) -> Response:
    """Note that something was done."""
    api.send(call, "PATCH", f"/api/v2/activities/{request.form.get('activity_id', '')}", {"done": True})
    return see(f"/deals/{deal_id}")


def _stages(call: Call, deal: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The stages of the deal's pipeline, each with the ``days`` it stood there, and whether it came so far."""
    asked = {"pipeline_id": deal["pipeline_id"], "sort_by": "order_nr", "limit": 500}
    stages = api.get(call, "/api/v2/stages", asked)["data"]
    stay = whole["stay_in_pipeline_stages"]
    return [
        stage
        | {
            "days": stay["times_in_stages"].get(str(stage["id"]), 0) // 86_400,
            "is_passed": stage["id"] in stay["order_of_stages"],
        }
        for stage in stages
    ]
