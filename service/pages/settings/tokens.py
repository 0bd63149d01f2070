"""Tokens as a page: who has which, when it was last used; one issues them, puts others in their place, revokes them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, request
from marshmallow import ValidationError

from aggregates.scopes import in_order
from service.http.call import Call
from service.http.scopes import administrates
from service.pages import api, choices
from service.pages.family import pages
from service.pages.settings.register import saved
from service.pages.showing import show

_ADDRESS = "/settings/tokens"
_TOKENS = "/api/ledger/v1/tokens"
_PAGE = 50
_LAST_SECOND = "T23:59:59Z"


@pages.page(_ADDRESS, is_confidential=True)
def show_tokens(call: Call) -> Response:
    """The tokens that the reader may see, the newest first."""
    return _shown(call)


@pages.form(_ADDRESS, shown_by=show_tokens, is_confidential=True)
def change_tokens(call: Call) -> Response:
    """Issue a token, put another in the place of one, or revoke it; one that was made is shown this once."""
    form = request.form
    token = f"{_TOKENS}/{quote(form.get('form', ''), safe='')}"
    match form.get("do"):
        case "issue":
            day = form.get("last_day", "").strip()
            until = {"expires": day + _LAST_SECOND} if day else {}
            return _shown(call, api.send(call, "POST", _TOKENS, until, form=form))
        case "rotate":
            return _shown(call, api.send(call, "POST", f"{token}/rotate", {}))
        case "revoke":
            api.send(call, "POST", f"{token}/revoke")
            return saved(_ADDRESS)
    raise ValidationError({"do": ["choose what is to be done"]})


def _shown(call: Call, issued: dict[str, Any] | None = None) -> Response:
    asked = {name: request.args[name] for name in ("user_id", "cursor") if request.args.get(name)}
    found = api.get(call, _TOKENS, {**asked, "limit": _PAGE})
    return show(
        call,
        "settings/tokens.html",
        status=200 if issued is None else 201,
        tokens=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
        issued=issued,
        scopes=in_order(call.user.scopes),
        sees_all=administrates(call.user),
        users=choices.owners(call),
    )
