"""Shows a page: a template, given what the API answered, in the language of the reader, as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response, current_app, g, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from projections.engine.rows import find
from projections.users import USERS
from service.clock import timestamp
from service.http.auth import Unauthorized, authenticate
from service.http.call import Call, PublicCall
from service.http.family import operations_of
from service.http.route import AS_OF
from service.http.this_request import this_request
from service.log.history import time_of
from service.pages import api, writing
from service.pages.assets import assets
from service.pages.languages import LANGUAGES, language_of, words
from service.pages.moment import COMPARED, NOW, carried, local, zone_in
from service.pages.refusals import said, told
from service.pages.refused import refused_form
from service.pages.sessions import FIELD, proof_of, token_in
from service.pages.themes import theme_of

POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
)
"""Lets a browser load what this service serves and nothing else, and run no script or style that stands in a page."""

UTC = "UTC"

_OF_NO_MOMENT: dict[str, Any] = {"moment": None, "may_write": False, "has_past": False}
"""What a page says of itself that is the same at all times, and changes nothing."""


def show(call: Call, template: str, *, status: int = 200, **shown: Any) -> Response:
    """A page for a user: the template, which is given ``shown`` and what every page needs."""
    zone = zone_of(call)
    may_write = call.then is None and not call.user.is_auditor and not call.ledger.settings.is_read_only
    told = {"user": call.user, "moment": _moment(call, zone), "may_write": may_write, "has_past": _has_past()}
    return _page(template, status, shown | told, zone)


def show_anybody(template: str, *, status: int = 200, **shown: Any) -> Response:
    """A page for somebody who has not signed in."""
    return _page(template, status, shown | {"user": None, **_OF_NO_MOMENT}, UTC)


def show_whoever(call: PublicCall, template: str, **shown: Any) -> Response:
    """A page that anybody may see, with the bar of whoever has signed in."""
    user, token = None, token_in(request)
    if token is not None:
        with call.ledger.reading() as reading, suppress(Unauthorized):
            user = authenticate(reading, token, call.ledger).caller
    return _page(template, 200, shown | {"user": user, **_OF_NO_MOMENT}, UTC)


def _has_past() -> bool:
    """Whether the page that is asked for has a past; that which a form is on has, as far as anybody knows here."""
    route = operations_of(current_app)[request.endpoint or ""][1]
    return route.is_command or route.no_past is None


def see(path: str, /, **query: Any) -> Response:
    """Sends a browser to another page, once a form has done what it is for (303)."""
    return Response(status=303, headers={"Location": _link(path, **query)}, mimetype="text/plain")


def see_again(address: str, /, **query: Any) -> Response:
    """As `see`, where a form bears the address of the page that it leads back to; ``query`` is told it beside."""
    parts = urlsplit(within(address))
    return see(parts.path, **{**dict(parse_qsl(parts.query)), **query})


def within(address: str) -> str:
    """An address, where it is one of this service: no page of ours leads a browser anywhere else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and not parts.scheme and not parts.netloc else "/"


def _moment(call: Call, zone: str) -> dict[str, Any] | None:
    """The moment of the past that a page is of; ``begins`` is when the log does, where that was only later."""
    if (then := call.then) is None:
        return None
    with call.reading() as reading:
        begins = None if then.position else time_of(reading.connection, 1)
    return {
        "position": then.position,
        "time": timestamp(then.now),
        "local": local(then.now, zone),
        "asked": request.args.get(AS_OF, ""),
        "begins": begins,
        "compared": _same_page(**{COMPARED: NOW}),
        "alone": _same_page(**{COMPARED: None}),
    }


def _page(template: str, status: int, shown: Mapping[str, Any], zone: str) -> Response:
    language = language_of(request)
    told = {
        "language": language,
        "languages": LANGUAGES,
        "theme": theme_of(request),
        "zone": zone,
        "path": g.get("page_address", request.path),  # that of a form may show nothing by itself
        "query": request.args,
        "carried": carried(request.args),
        "proof": proof_of(token_in(request)),
        "proof_field": FIELD,
        "request_id": this_request().request_id,
    }
    text = _environment(language).get_template(template).render({**told, **shown})
    headers = {"Content-Security-Policy": POLICY, "Content-Language": language, "Vary": "Accept-Language, Cookie"}
    return Response(text, status, mimetype="text/html", headers=headers)


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    spoken = words(language)
    environment.install_gettext_callables(spoken.one, spoken.some, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= writing.filters(language)
    environment.filters |= {"told": partial(told, language=language), "said": partial(said, language=language)}
    environment.globals |= {"assets": assets(), "link": _link, "refused_form": refused_form}
    return environment


def _link(path: str, /, **query: Any) -> str:
    """An address in this service, as of the moment of this page; a parameter that is None is left out."""
    kept = {name: request.args.get(name) for name in (AS_OF, COMPARED)} if request.method == "GET" else {}
    given = kept | query
    if not given.get(AS_OF):
        given[COMPARED] = None
    told = urlencode([(name, value) for name, value in given.items() if value not in (None, "")])
    return f"{path}?{told}" if told else path


def _same_page(**query: str | None) -> str:
    """The address of the page at hand with other parameters; one that is None is left out."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name not in query]
    return f"{request.path}?{urlencode([*others, *((name, value) for name, value in query.items() if value)])}"


def zone_of(call: Call) -> str:
    """The time zone in which the user reads times: that of the browser, else the user's own; the same at any moment."""
    if (zone := zone_in(request)) is not None:
        return zone
    if call.user.user_id == 0:
        return UTC
    with api.now(call).reading() as reading:
        row = find(reading, USERS, call.user.user_id)
    return row["timezone_name"] if row else UTC
