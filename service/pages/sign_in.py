"""Pages on which one signs in and out: the browser then holds the token that was given."""

from __future__ import annotations

from flask import Response, current_app, g, request
from marshmallow import Schema, fields

from service.http.auth import Unauthorized
from service.http.call import Call, PublicCall
from service.http.errors import problem_of
from service.http.limits import Limits
from service.pages.family import SIGN_IN, pages
from service.pages.languages import COOKIE, LANGUAGES
from service.pages.refused import Refused
from service.pages.sessions import check_form, forget, keep, token_in
from service.pages.showing import see, show_anybody, within

_YEAR = 366 * 24 * 3600
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
    """Let the browser hold a token, once that is found to let somebody in."""
    check_form(request, None)
    token, to = request.form.get("token", "").strip(), within(call.query["to"])
    limits: Limits = current_app.extensions["limits"]
    try:
        with call.ledger.reading() as reading:
            limits.let_in(reading, request, token, is_first=True)
    except Unauthorized as error:
        problem = problem_of(error, "POST")
        g.refused = Refused(problem, request.form)
        return show_anybody("sign_in.html", status=problem.status, to=to)
    return keep(see(to), token, request)


@pages.route("POST", "/sign-out", is_command=False, formats=("text/html",))
def sign_out(call: Call) -> Response:
    """Let the browser forget its token."""
    return forget(see(SIGN_IN))


@pages.route("POST", "/language", is_public=True, is_command=False, formats=("text/html",))
def choose_language(call: PublicCall) -> Response:
    """Let the browser ask for pages in a language from now on."""
    check_form(request, token_in(request))
    language, response = request.form.get("language", ""), see(within(request.form.get("to", "/")))
    if language in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=_YEAR, samesite="Lax", secure=request.is_secure)
    return response
