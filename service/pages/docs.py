"""The guides as pages: for who integrates, audits or operates, with examples for the service that shows them."""

from __future__ import annotations

from flask import Response, request
from marshmallow import Schema, fields, validate

from service.http.call import PublicCall
from service.http.errors import NotFound
from service.pages.family import pages
from service.pages.guides import guides, search, with_address
from service.pages.showing import show_whoever

_NO_PAST = "the guides are about this version of the service"


class DocsQuery(Schema):
    """What to look for."""

    term = fields.String(load_default="", validate=validate.Length(max=100))


@pages.page("/docs", query=DocsQuery, is_public=True, no_past=_NO_PAST)
def show_docs(call: PublicCall) -> Response:
    """All guides, or what they say about a term."""
    term = call.query["term"].strip()
    found = search(term) if term else []
    return show_whoever(call, "docs.html", guides=guides().values(), term=term, found=found)


@pages.page("/docs/<name>", is_public=True, no_past=_NO_PAST)
def show_guide(call: PublicCall, name: str) -> Response:
    """One guide."""
    guide = guides().get(name)
    if guide is None:
        raise NotFound("there is no such guide")
    text = with_address(guide, request.host_url.rstrip("/"))
    return show_whoever(call, "guide.html", guide=guide, text=text)
