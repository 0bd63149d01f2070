"""Routes of the interface's description: the OpenAPI document for programs, and a page for people."""

from __future__ import annotations

import secrets
from functools import cache

from flask import Response, render_template, request
from marshmallow import Schema, fields, validate

from service.http.call import PublicCall
from service.http.description import Described, describe
from service.http.handbook import operations
from service.http.headers import CONTENT_POLICY
from service.http.json import render
from service.http.pipedrive import v1, v2
from service.http.problem_details import ledger, root

FAMILIES = (ledger, v2, v1, root)
"""In the order in which they are described."""


class HandbookQuery(Schema):
    """Which part of the page to show."""

    family = fields.String(validate=validate.OneOf([family.name for family in FAMILIES]))


@ledger.route(
    "GET", "/openapi.json", answer=fields.Dict, is_public=True, no_past="it describes this version of the service"
)
def get_description(call: PublicCall) -> Response:
    """This description, as OpenAPI 3.1 has it."""
    return Response(_rendered(), mimetype="application/json")


@ledger.route(
    "GET",
    "/docs",
    query=HandbookQuery,
    formats=("text/html",),
    is_public=True,
    no_past="it describes this version of the service",
)
def get_handbook(call: PublicCall) -> Response:
    """This description as a page for people."""
    document, family = _document(), call.query.get("family")
    shown = [
        operation
        for operation in operations(document, request.host_url.rstrip("/"))
        if family in (None, operation.family)
    ]
    nonce = secrets.token_urlsafe()
    page = render_template("handbook.html", tags=document["tags"], family=family, operations=shown, nonce=nonce)
    policy = f"{CONTENT_POLICY}; style-src 'nonce-{nonce}'"
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": policy})


@root.route("GET", "/openapi.json", status=302, is_public=True, no_past="it describes this version of the service")
def find_description(call: PublicCall) -> Response:
    """From where programs look for a description to this one."""
    return _elsewhere("openapi.json")


def _elsewhere(name: str) -> Response:
    return Response(status=302, headers={"Location": f"{ledger.prefixes[0]}/{name}"}, mimetype="text/plain")


@cache
def _document() -> Described:
    return describe(FAMILIES)


@cache
def _rendered() -> bytes:
    return render(_document())
