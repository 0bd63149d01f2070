"""Does what the forms of a list in settings say: add a thing, change it, move it up or down, or delete it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.http.errors import NotFound
from service.pages import api
from service.pages.showing import see

NEW = "new"
"""What a form bears instead of a thing's id that is about a new one."""


def change(call: Call, things: str, body: dict[str, Any] | None = None) -> None:
    """Do what a form's button says (``do``) to one of the ``things`` at a path of the API, or add one.

    The form bears its id as ``form``, and as ``seen`` the tag of what was shown, where it has one. ``body`` is what the
    API is told beside the form. Raises what the API refuses.
    """
    form = request.form
    thing, seen = f"{things}/{quote(form.get('form', ''), safe='')}", form.get("seen") or None
    match form.get("do"), form.get("form") == NEW:
        case "add", True:
            api.send(call, "POST", things, body, form=form)
        case "save", False:
            api.send(call, "PATCH", thing, body, form=form, if_match=seen)
        case "delete", False:
            api.send(call, "DELETE", thing, if_match=seen)
        case _:
            raise ValidationError({"do": ["choose what is to be done"]})


def with_tags(call: Call, things: str, listed: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str | None]]:
    """Listed things, each with the tag of what is shown: a form that bears it is refused once somebody changed that.

    Only for who has forms: it costs a question for each thing.
    """
    if call.then is not None or not call.user.is_admin or call.ledger.settings.is_read_only:
        return [(thing, None) for thing in listed]
    return [(thing, api.tagged(call, f"{things}/{thing['id']}")[1]) for thing in listed]


def moved(ids: Sequence[int], thing_id: str, way: str) -> list[int]:
    """The ids in the order in which one went ``up`` or ``down`` by a place, where it can. Raises `NotFound`."""
    order, texts = list(ids), [str(each) for each in ids]
    if thing_id not in texts:
        raise NotFound("there is no such thing")
    here = texts.index(thing_id)
    there = min(max(here + (1 if way == "down" else -1), 0), len(order) - 1)
    order[here], order[there] = order[there], order[here]
    return order


def saved(address: str) -> Response:
    """Back to the page that has the form, which says that it was saved."""
    return see(address, done="saved")
