"""The first page of settings: one's own password and browsers and, for administrators, who works here."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.settings.register import saved
from service.pages.showing import show

_ADDRESS = "/settings"
_USERS = "/api/ledger/v1/users"
_ROLES = {"": {}, "admin": {"is_admin": True}, "auditor": {"is_auditor": True}}


@pages.page(_ADDRESS)
def show_people(call: Call) -> Response:
    """The caller's own settings, and everybody who works here."""
    return show(call, "settings/people.html", users=api.get(call, "/v1/users")["data"])


@pages.form("/settings/password", shown_by=show_people)
def change_password(call: Call) -> Response:
    """Let the caller, or the user that the form names, sign in with another password."""
    api.send(call, "PUT", f"{_user_named(str(call.user.user_id))}/password", form=request.form)
    return saved(_ADDRESS)


@pages.form("/settings/users", shown_by=show_people)
def let_somebody_in(call: Call) -> Response:
    """Let somebody work here."""
    role = request.form.get("role", "")
    if role not in _ROLES:
        raise ValidationError({"role": ["choose one"]})
    api.send(call, "POST", _USERS, _ROLES[role], form=request.form)
    return saved(_ADDRESS)


@pages.form("/settings/users/deactivate", shown_by=show_people)
def let_somebody_go(call: Call) -> Response:
    """Let the user in no longer whom the form names."""
    api.send(call, "POST", f"{_user_named('')}/deactivate")
    return saved(_ADDRESS)


def _user_named(otherwise: str) -> str:
    """Where the API has the user whom the form names."""
    return f"{_USERS}/{quote(request.form.get('user_id', otherwise), safe='')}"
