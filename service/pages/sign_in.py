"""Pages on which one signs in and out: the browser then holds the token that was given."""

from __future__ import annotations

from flask import Response, current_app, g, request
from marshmallow import Schema, fields

from service.http.auth import Unauthorized
from service.http.call import Call, PublicCall
from service.http.errors import Forbidden, noted_problem
from service.http.limits import Limits
from service.ledger.ledger import Ledger
from service.pages import api
from service.pages.family import SIGN_IN, pages
from service.pages.passwords import end_session, session_of
from service.pages.refused import Refused
from service.pages.sessions import check_form, forget, keep
from service.pages.showing import see, show_anybody, within

_NO_PAST = "one signs in now"


class SignInQuery(Schema):
    """Where one wants to go."""

    to = fields.String(load_default="/")


@pages.page("/", no_past="it leads on")
def show_start(call: Call) -> Response:
    """From the front door to the inbox."""
    return see("/inbox")


@pages.page(SIGN_IN, query=SignInQuery, is_public=True, no_past=_NO_PAST)
def show_sign_in(call: PublicCall) -> Response:
    """The form with which one signs in."""
    return show_anybody("sign_in.html", to=within(call.query["to"]))


@pages.route("POST", SIGN_IN, query=SignInQuery, is_public=True, is_command=False, formats=("text/html",))
def sign_in(call: PublicCall) -> Response:
    """Let the browser hold a token: the one that is given, or one that is issued for an address and its password."""
    to, email, given = within(call.query["to"]), request.form.get("email", "").strip(), request.form.get("token", "")
    try:
        check_form(request)
        if email:
            token = session_of(call.ledger, email, request.form.get("password", ""))
        else:
            token = _checked(call.ledger, given.strip())
    except (Forbidden, Unauthorized) as error:
        problem = noted_problem(error, "POST")
        g.refused = Refused(problem, request.form)
        return show_anybody("sign_in.html", status=problem.status, to=to)
    return keep(see(to), token, request)


@pages.form("/sign-out/everywhere", shown_by=show_start)
def sign_out_everywhere(call: Call) -> Response:
    """End the user's sessions in all browsers."""
    api.send(call, "POST", f"/api/ledger/v1/users/{call.user.user_id}/sign-out")
    return forget(see(SIGN_IN))


@pages.route("POST", "/sign-out", is_command=False, formats=("text/html",))
def sign_out(call: Call) -> Response:
    """Let the browser forget its token, and one of a session let in no longer."""
    end_session(call)
    return forget(see(SIGN_IN))


def _checked(ledger: Ledger, token: str) -> str:
    """A token that lets somebody in. Raises `Unauthorized` and `TooMany`."""
    limits: Limits = current_app.extensions["limits"]
    with ledger.reading() as reading:
        limits.let_in(reading, request, token, is_first=True)
    return token
