"""Finds the route of each command in a batch, and checks it as a request that gives it by itself is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from flask import current_app
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from service.commands.batches import Part
from service.http.admitting import admit
from service.http.asked import Asked
from service.http.auth import ManyTokens
from service.http.call import Call
from service.http.errors import REFUSALS, NotInBatch, in_words
from service.http.family import Family, operations_of
from service.http.route import Route
from service.http.tags import OneThing, precondition_of
from service.http.this_request import this_request
from service.ledger.ledger import Transaction
from service.log.foresight import Foresight

T = TypeVar("T")

Result = dict[str, Any]
"""The ``status`` and the ``body`` of an answer, and the ``etag`` of the one thing that it shows, if it has one."""

_MALFORMED: tuple[type[Exception], ...] = (HTTPException, *REFUSALS)


@dataclass(frozen=True)
class Given:
    """A well-formed command: how it is carried out, and how its answer is shown from what it tells."""

    family: Family
    call: Call
    part: Part
    shown: Callable[[Call, Any], Any]

    def result(self, left: Call, told: Any, end: int) -> Result:
        """The answer, given what the command told, a call that reads what it left, and where the log ended then."""
        seeing = self.call.after(end, open_reading=left.open_reading, then=left.then, rows=left.rows)
        answer = self.shown(seeing, told)
        thing = seeing.thing
        tag = {} if thing is None or thing.shown is None else {"etag": thing.shown}
        return {"status": self.call.status, "body": self.family.envelope(answer), **tag}


@dataclass(frozen=True)
class Entry:
    """One command of a batch; ``given`` is the error where it is not well formed."""

    method: str
    path: str
    missing: str | None
    given: Given | Exception

    def refused(self, error: Exception) -> Result:
        """The answer to a command that is refused by an error."""
        asked = this_request()
        outside, asked.missing = asked.missing, self.missing
        status, body = in_words(current_app, error, self.method, self.path)
        asked.missing = outside
        return {"status": status, "body": body}


@dataclass(frozen=True, kw_only=True)
class _EntryCall(Call):
    """What the view of a command is given that is to be carried out later."""

    def execute(
        self,
        command: Callable[[Transaction], T],
        shown: Callable[[Call, T], Any],
        reason: str | None = None,
        *,
        is_large: bool = False,
        foresight: Foresight | None = None,
    ) -> Any:
        """Answer what is to be carried out, and how it is shown."""
        return Part(self.on_what_was_seen(command), reason), shown


def entry_of(call: Call, told: Mapping[str, Any]) -> Entry:
    """The command that a batch names, as `BatchCommand` has it, checked as a request by itself would be."""
    encoded, _, query = told["path"].partition("?")
    path, missing = "/" + unquote(encoded, errors="replace").lstrip("/"), None
    parameters = MultiDict(parse_qsl(query, keep_blank_values=True))
    given: Given | Exception
    try:
        family, route, arguments = operation(told["method"], path)
        missing = route.missing
        asked = Asked(parameters, lambda: told["body"])
        given = _given(call, family, route, arguments, asked, told["if_match"])
    except _MALFORMED as error:
        given = error
    return Entry(told["method"], path, missing, given)


def operation(method: str, path: str) -> tuple[Family, Route, Mapping[str, Any]]:
    """The family and the route that answer at a path, and what the path names. Raises `HTTPException`."""
    endpoint, arguments = current_app.url_map.bind("").match(path, method)
    family, route = operations_of(current_app)[endpoint]
    return family, route, arguments


def _given(
    call: Call, family: Family, route: Route, arguments: Mapping[str, Any], asked: Asked, if_match: str | None
) -> Given:
    if not route.fits_batch:
        why = "it is asked for by itself" if route.is_command else "it changes nothing"
        raise NotInBatch(f"a batch does not take {route.method} {route.path}: {why}")
    if any(token not in ("", call.token) for token in asked.parameters.getlist("api_token")):
        raise ManyTokens("the request bears different tokens: give one")
    admit(route, call.ledger, call.user, is_first=False)
    precondition = precondition_of(if_match, has_tag=route.is_about_one)
    query, body = route.check(asked)
    thing = OneThing(route.edited, arguments, call.user, precondition) if route.is_about_one else None
    asking = replace(call, query=query, body=body, status=route.status, keyed=None, thing=thing)
    part, shown = route.view(_EntryCall(**vars(asking)), **arguments)
    return Given(family, asking, part, shown)
