"""Asks the API in the same process, in the name of whoever looks at a page: a page knows nothing that it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound as WerkzeugNotFound

from projections.engine.reading import Reading
from service.clock import Span, timestamp
from service.http.admitting import admit
from service.http.answer_time import AnswerTime
from service.http.asked import Asked
from service.http.call import Call
from service.http.entries import operation
from service.http.errors import NotFound
from service.http.family import Family
from service.http.json import render
from service.http.moments import blamed_on
from service.http.route import Route
from service.http.tags import OneThing, Tag, build_for, precondition_of
from service.log.history import position_at
from service.log.moments import Then
from service.pages.forms import body_of


def get(call: Call, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """What the API answers at a path: JSON as Python has it, numbers with a point as `Decimal`.

    It is asked as of the moment that the page is of. Raises what the API refuses with, and `ValidationError` where the
    page is of the past and the path has none.
    """
    return tagged(call, path, parameters)[0]


def tagged(call: Call, path: str, parameters: Mapping[str, Any] | None = None) -> tuple[Any, str | None]:
    """As `get`, and the entity tag of the one thing that is shown; a form that bears it is refused once that is old."""
    family, route, arguments = _operation("GET", path)
    if call.then is not None and route.no_past is not None:
        raise ValidationError({"as_of": [route.no_past]})
    return _answer(call, family, route, arguments, Asked(_multiple(parameters or {}), dict), None)


def text(call: Call, path: str) -> str:
    """What the API answers at a path in plain text. Raises as `get` does."""
    family, route, arguments = operation("GET", path)
    return _told(call, family, route, arguments, Asked(MultiDict(), dict), None)[0]


def tag(call: Call, edited: int) -> str:
    """The entity tag, for ``if_match``, of a thing that was edited last by the event at a position."""
    return str(Tag(edited, edited, build_for(call.user)))


def edited_at(tag: str | None) -> int:
    """The position of the event that last edited the thing that has an entity tag, as `tagged` answers it; else 0."""
    return int(tag.strip('"').partition(".")[0]) if tag else 0


def now(call: Call) -> Call:
    """The call of a page as if it were of now, also where it is of the past."""
    if call.then is None:
        return call
    with call.reading() as reading:
        latest = replace(reading, position=None, time=None)
        return replace(call, then=None, time=AnswerTime(call.ledger.now), open_reading=latest)


def just_before(call: Call, position: int, when: str) -> Call:
    """The call of a page that is shown, but as of just before the event at a position, which happened then."""
    with call.reading() as reading:
        return _at(call, reading, Then(position - 1, datetime.fromisoformat(when)))


def as_of(call: Call, parameter: str, moment: int | Span) -> Call:
    """The call of a page that is shown, but as of a moment that the page's ``parameter`` names.

    Raises `ValidationError` where that has not come yet.
    """
    with call.reading() as reading, blamed_on(parameter):
        return _at(call, reading, call.ledger.moments.find(reading.connection, moment, call.time.now))


def send(
    call: Call,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    form: MultiDict[str, str] | None = None,
    if_match: str | None = None,
) -> Any:
    """Give the API a command, with a body or with what a ``form`` says, whose fields are named as the body's.

    Raises what the command is refused with; then nothing was done.
    """
    family, route, arguments = _operation(method, path)
    told = body_of(form, route.body) if form is not None and route.body is not None else {}
    asked = Asked(MultiDict(), lambda: {**told, **(body or {})})
    return _answer(call, family, route, arguments, asked, if_match)[0]


def body(method: str, path: str, form: MultiDict[str, str]) -> dict[str, Any]:
    """The body that `send` would give the API for a form; nothing is checked."""
    _, route, _ = _operation(method, path)
    return {} if route.body is None else body_of(form, route.body)


def _operation(method: str, path: str) -> tuple[Family, Route, Mapping[str, Any]]:
    """As `operation`, but a path that leads nowhere, since a form named a thing that it cannot be, is `NotFound`."""
    try:
        return operation(method, path)
    except WerkzeugNotFound:
        raise NotFound("there is no such thing") from None


def _answer(
    call: Call, family: Family, route: Route, arguments: Mapping[str, Any], asked: Asked, if_match: str | None
) -> tuple[Any, str | None]:
    told, tag = _told(call, family, route, arguments, asked, if_match)
    return json.loads(told, parse_float=Decimal), tag


def _told(
    call: Call, family: Family, route: Route, arguments: Mapping[str, Any], asked: Asked, if_match: str | None
) -> tuple[str, str | None]:
    admit(route, call.ledger, call.user, is_first=False)
    query, body = route.check(asked)
    thing = None
    if route.is_about_one:
        precondition = precondition_of(if_match, has_tag=True)
        end = 0 if call.open_reading is None else position_at(call.open_reading.connection)
        thing = OneThing(route.edited, arguments, call.user, precondition, end)
    asking = replace(call, query=query, body=body, status=route.status, keyed=None, thing=thing)
    answer = route.view(asking, **arguments)
    told = answer.get_data() if isinstance(answer, Response) else render(family.envelope(answer))
    return told.decode(), None if thing is None else thing.shown


def _at(call: Call, reading: Reading, then: Then) -> Call:
    past = reading.at(then.position, timestamp(then.now))
    return replace(call, then=then, time=AnswerTime.at(then.now), open_reading=past)


def _multiple(parameters: Mapping[str, Any]) -> MultiDict[str, str]:
    """Parameters as a query has them; those that are None are left out."""
    return MultiDict({name: str(value) for name, value in parameters.items() if value is not None})
