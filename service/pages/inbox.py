"""The inbox as a page: leads that nobody has confirmed yet, and what can be done with several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from service.http.call import Call
from service.http.errors import CommandRefused, NotFound
from service.pages import api, choices
from service.pages.family import pages
from service.pages.forms import Form
from service.pages.live import position_shown
from service.pages.showing import see, show
from service.pages.since import since, with_new

PAGE = 50
FILTERS = ("term", "owner_id", "label_id", "source", "readiness")


class ChosenRefused(CommandRefused):
    """Of the chosen leads one was refused, so nothing was done; the message says which one, and why."""

    def __init__(self, refused: CommandRefused, title: str) -> None:
        super().__init__(refused.index, refused.result)
        body = refused.result["body"]
        why = body.get("detail") or body.get("error") or ""
        self.args = (f"nothing was done, since of “{title}” was said: {why}",)


@pages.page("/inbox")
def show_inbox(call: Call) -> Response:
    """Leads waiting in the inbox, filtered and sorted as the address says."""
    asked, position = _asked(), position_shown(call)
    found = _waiting(call, asked | {"limit": PAGE})
    leads, filters = found["items"], {name: asked[name] for name in FILTERS if name in asked}
    changes = since(
        call,
        "lead",
        leads,
        lambda now, most: _waiting(now, filters | {"sort": "-updated", "limit": most})["items"],
        is_all="cursor" not in asked and found["next_cursor"] is None,
    )
    return show(
        call,
        "inbox.html",
        leads=with_new(leads, changes),
        since=changes,
        position=position,
        next_cursor=found["next_cursor"],
        asked=asked,
        sort=asked.get("sort", "-added"),
        owners=choices.owners(call),
        labels=choices.lead_labels(call),
        sources=choices.sources(call),
    )


@pages.form("/inbox", shown_by=show_inbox)
def change_chosen(call: Call) -> Response:
    """Label, assign, archive or convert the leads that are chosen: all of them, or none where one is refused."""
    form, lead_ids = request.form, request.form.getlist("lead")
    wanted = form.get("do", "")
    if wanted not in _COMMANDS or not lead_ids:
        raise ValidationError({"lead": ["choose leads, and what is to be done with them"]})
    commands = [_COMMANDS[wanted](call, quote(lead_id, safe=""), form) for lead_id in lead_ids]
    try:
        api.send(call, "POST", "/api/ledger/v1/batch", {"mode": "all_or_nothing", "commands": commands})
    except CommandRefused as refused:
        if errors := refused.result["body"].get("errors"):
            raise ValidationError({error["field"]: [error["reason"]] for error in errors}) from refused
        raise ChosenRefused(refused, _title(call, lead_ids[refused.index])) from refused
    return see("/inbox", **_asked(), done=wanted, number=len(lead_ids))


def _asked() -> dict[str, str]:
    """Which leads the address asks for, in which order, and which page of them."""
    return {name: request.args[name] for name in (*FILTERS, "sort", "cursor") if request.args.get(name)}


def _waiting(call: Call, wanted: Mapping[str, Any]) -> Any:
    return api.get(call, "/api/ledger/v1/inbox", {**wanted, "include_fields": "next_activity"})


def _edit(lead_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {"method": "PATCH", "path": f"/v1/leads/{lead_id}", "body": changes}


def _label(call: Call, lead_id: str, form: Form) -> dict[str, Any]:
    """A lead keeps the labels that it has; if somebody changes it meanwhile, the command is refused."""
    lead, tag = api.tagged(call, f"/v1/leads/{lead_id}")
    labels = [*lead["data"]["label_ids"], _needed(form, "label_id")]
    return _edit(lead_id, {"label_ids": labels}) | {"if_match": tag}


def _assign(_call: Call, lead_id: str, form: Form) -> dict[str, Any]:
    owner_id = _needed(form, "owner_id")
    return _edit(lead_id, {"owner_id": int(owner_id) if owner_id.isdecimal() else owner_id})


def _archive(_call: Call, lead_id: str, _form: Form) -> dict[str, Any]:
    return _edit(lead_id, {"is_archived": True})


def _convert(_call: Call, lead_id: str, form: Form) -> dict[str, Any]:
    body = {"reason": form.get("reason", "").strip() or None}
    return {"method": "POST", "path": f"/api/ledger/v1/leads/{lead_id}/convert", "body": body}


def _needed(form: Form, name: str) -> str:
    if not (given := form.get(name, "")):
        raise ValidationError({name: ["choose one"]})
    return given


def _title(call: Call, lead_id: str) -> str:
    try:
        title: str = api.get(call, f"/v1/leads/{quote(lead_id, safe='')}")["data"]["title"]
    except (NotFound, HTTPException):
        return lead_id
    return title


_COMMANDS: dict[str, Callable[[Call, str, Form], dict[str, Any]]] = {
    "label": _label,
    "assign": _assign,
    "archive": _archive,
    "convert": _convert,
}
"""What can be done with the chosen leads: the command for one of them, as a batch has it."""
