"""Makes the record that is kept of an audited request: who asked what, through what."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import request
from marshmallow import ValidationError, fields, validate

from projections.users import Caller
from service.evidence.access import Access
from service.http.call import client
from service.http.fields import Listed
from service.http.route import Route

LONGEST = 1000
_NOT_KEPT = "..."


def access_of(route: Route, user: Caller, request_id: str) -> Access:
    """What the record of this request to a route says.

    It is kept for ever, in the clear, and sealed, so it has no words that somebody chose: neither a token nor what was
    searched for, whatever it is called, no value that the route does not take, no name of a request but an id, and of
    what the client calls itself only the program that this begins with.
    """
    taken = {field.data_key or name: field for name, field in route.query.fields.items()}
    told = [
        (name, value if _tells_nothing(taken[name], value) else _NOT_KEPT) if name in taken else (_NOT_KEPT, _NOT_KEPT)
        for name, value in request.args.items(multi=True)
        if name != "api_token"
    ]
    known = request_id if _is_uuid(request_id) else _NOT_KEPT
    program = client(request).partition(" ")[0]
    return Access(user.user_id, known, program, _path()[:LONGEST], urlencode(told)[:LONGEST])


def _path() -> str:
    """The path that was asked for; where it ends in what somebody named a request, that is left out."""
    path = request.path.encode("utf-8", "replace").decode()
    if all(_is_uuid(value) for value in (request.view_args or {}).values() if isinstance(value, str)):
        return path
    return f"{path.rpartition('/')[0]}/{_NOT_KEPT}"


def _tells_nothing(field: fields.Field[object], value: str) -> bool:
    """Whether a value is a number, a moment, an id or one of some words of ours."""
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    kind = field.inner if isinstance(field, Listed) else field
    is_chosen = isinstance(kind, fields.String) and not isinstance(kind, fields.UUID)
    return not is_chosen or any(isinstance(each, validate.OneOf) for each in kind.validators)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
