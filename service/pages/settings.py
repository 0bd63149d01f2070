"""Settings as a page: one's own password and sessions and, for administrators, who works here."""

from __future__ import annotations

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.pages import api
from service.pages.family import pages
from service.pages.showing import see, show

_USERS = "/api/ledger/v1/users"
ROLES = ("", "admin", "auditor")


@pages.page("/settings")
def show_settings(call: Call) -> Response:
    """The caller's own settings, and everybody who works here."""
    return show(call, "settings.html", users=api.get(call, "/v1/users")["data"])


@pages.form("/settings/password", shown_by=show_settings)
def change_password(call: Call) -> Response:
    """Let the caller, or the user that the form names, sign in with another password."""
    user_id = request.form.get("user_id", call.user.user_id)
    api.send(call, "PUT", f"{_USERS}/{user_id}/password", form=request.form)
    return see("/settings")


@pages.form("/settings/users", shown_by=show_settings)
def let_somebody_in(call: Call) -> Response:
    """Let somebody work here."""
    role = request.form.get("role", "")
    if role not in ROLES:
        raise ValidationError({"role": ["choose one"]})
    api.send(call, "POST", _USERS, {"is_admin": role == "admin", "is_auditor": role == "auditor"}, form=request.form)
    return see("/settings")


@pages.form("/settings/users/deactivate", shown_by=show_settings)
def let_somebody_go(call: Call) -> Response:
    """Let the user in no longer whom the form names."""
    api.send(call, "POST", f"{_USERS}/{request.form.get('user_id', '')}/deactivate")
    return see("/settings")
