"""Lets a browser choose the language and the theme of its pages, which its cookies keep for a year."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, request
from marshmallow import ValidationError

from service.http.call import PublicCall
from service.pages import languages, themes
from service.pages.family import pages
from service.pages.sessions import check_form
from service.pages.showing import see, within

_YEAR = 366 * 24 * 3600


@pages.route("POST", "/language", is_public=True, is_command=False, formats=("text/html",))
def choose_language(call: PublicCall) -> Response:
    """Let the browser ask for pages in a language from now on."""
    return _kept("language", languages.COOKIE, languages.LANGUAGES)


@pages.route("POST", "/theme", is_public=True, is_command=False, formats=("text/html",))
def choose_theme(call: PublicCall) -> Response:
    """Let the browser ask for pages in a theme from now on."""
    return _kept("theme", themes.COOKIE, themes.THEMES)


def _kept(field: str, cookie: str, possible: Collection[str]) -> Response:
    """Back to where the form was, with what it chose in a cookie."""
    check_form(request)
    chosen, response = request.form.get(field, ""), see(within(request.form.get("to", "/")))
    if chosen not in possible:
        raise ValidationError({field: [f"it must be one of {', '.join(possible)}"]})
    response.set_cookie(cookie, chosen, max_age=_YEAR, samesite="Lax", secure=request.is_secure)
    return response
