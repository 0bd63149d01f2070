"""A company in whose every text stands what no browser may run: addresses that are scripts, markup, templates."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate
from marshmallow.fields import Field

from service.http import fields as ours
from service.http.family import Family
from service.http.ledger.arrivals import ByIdOrName, SourceName
from service.http.ledger.policy_fields import PatternText
from service.http.ledger.signals import Evidence, SignalKind
from service.http.ledger.users import Password
from service.http.route import Route
from tests.service.http.attacks import Ids, address, good_body, routes
from tests.service.http.refusals import company
from tests.service.http.test_texts import texts
from tests.service.serving import client_of, founded, serving
from tests.service.whole import length_of_log

BEGINNING = "javascript:ran()//"
FURTHER = (
    '"><img/src=x/onerror=ran()>',
    "<script>ran()</script>",
    "{{7*7}}",
    "שלום",
    "W" * 60,
    " 'and' blanks & more",
)
"""What a text goes on with, as far as it may be so long; addresses have no blanks."""

_NOT_FREE = (SourceName, SignalKind, Password, PatternText)
_NAMES_NOT_FREE = ("type", "sources")
"""Texts that are from a list, are never shown, or follow rules of their own."""

_GONE = re.compile("/([a-z]+)/<[^/]+>/(hold|release|erase)")
"""What is done to things that nothing else is done to: they are gone then, and with a person whatever is of it."""

_TURNS = ("/leads/<uuid:lead_id>/convert", "/deals/<id:deal_id>/revert")
_LINKS = ("person_id", "organization_id", "org_id", "lead_id")


class Planting:
    """Makes the company in an empty database, for `Databases.fresh`; ``things`` are ids of what it has."""

    def __init__(self) -> None:
        self.things: dict[str, str] = {}

    def __call__(self, url: str) -> None:
        founded(url)
        with serving(url) as app:
            self.things |= plant(client_of(app))


def plant(client: FlaskClient) -> Ids:
    """Give every command of the API that takes text, each with all of its texts.

    Answers ids of what there is then, by the names that paths have for them: the lead was a deal once, and the deal
    a lead.
    """
    kept, gone = company(client), company(client)
    for family, route in _routes():
        _send(client, family, route, gone if _GONE.fullmatch(route.path) else kept)
    for path, other in zip(_TURNS, reversed(_TURNS), strict=True):
        turned = _send(client, *_at(path), kept)
        _send(client, *_at(other), {**kept, **{name: str(turned[name]) for name in ("lead_id", "deal_id")}})
    asked = "/api/ledger/v1/pipelines/1/deals?stage_id=1&limit=1"
    cursor = client.get(asked).json["next_cursor"]
    assert cursor, "the stage has several deals"
    events = client.get("/api/ledger/v1/events?types=LeadCreated&limit=500").json["items"]
    position, told = length_of_log(client.application), events[-1]["position"]
    return {**kept, "cursor": cursor, "position": str(position), "event_position": str(told)}


def _send(client: FlaskClient, family: Family, route: Route, ids: Ids) -> Any:
    assert route.body is not None
    body = _body(route.body, ids)
    if "lost_reason" in body:
        body |= {"status": "lost"} if route.method == "POST" else {"lost_reason": None}
    answer = client.open(address(family, route, ids), method=route.method, json=body)
    assert answer.status_code in (200, 201), f"{route.method} {route.path}: {answer.text} {body}"
    return answer.json


def _routes() -> list[tuple[Family, Route]]:
    """The commands that take text, what is least of all gone before what takes others along."""
    found = [(family, route) for family, route in routes() if _takes_text(route) and route.path not in _TURNS]
    gone = {match[1]: None for _, route in reversed(found) if (match := _GONE.fullmatch(route.path))}
    order = {kind: place for place, kind in enumerate(gone)}

    def place(each: tuple[Family, Route]) -> int:
        match = _GONE.fullmatch(each[1].path)
        return order[match[1]] if match else -1

    return sorted(found, key=place)


def _takes_text(route: Route) -> bool:
    if route.body is None or not route.is_command or route.is_alone:
        return False
    return any(isinstance(field, ours.Text) for _, field in texts(route.body))


def _at(path: str) -> tuple[Family, Route]:
    return next((family, route) for family, route in routes() if route.path == path)


def _body(schema: Schema, ids: Ids) -> dict[str, Any]:
    """What a schema needs, with a text in every field that takes one, and linked to what there is."""
    found = {} if isinstance(schema, ByIdOrName) else good_body(schema)
    for attribute, field in schema.load_fields.items():
        name = field.data_key or attribute
        if name in _LINKS and not isinstance(field, ours.Refused | fields.Nested):
            thing = ids[name.replace("org_", "organization_")]
            found[name] = int(thing) if thing.isdigit() else thing
        elif (value := _value(name, field, ids)) is not None:
            found[name] = value
    return found


def _value(name: str, field: Field[Any], ids: Ids) -> Any:
    match field:
        case fields.List():
            inner = _value(name, field.inner, ids)
            return None if inner is None else [inner]
        case fields.Nested():
            body = _body(field.schema, ids)
            return ([body] if field.many else body) if body else None
        case Evidence():
            return {"text": planted(name, 255)}
        case ours.Text() if not isinstance(field, _NOT_FREE) and name not in _NAMES_NOT_FREE:
            return _text(name, field)
    return None


_numbers = count(1)


def _text(name: str, field: ours.Text) -> str | None:
    most = 10**6
    for rule in field.validators:
        if isinstance(rule, validate.OneOf | validate.Regexp) or (isinstance(rule, validate.Length) and rule.equal):
            return None
        if isinstance(rule, validate.Length) and rule.max is not None:
            most = min(most, rule.max)
    if most < 50:
        return None  # a code, such as a currency's
    text = planted(name, most)
    return "".join(text.split()) + "@x.no" if isinstance(field, ours.Email) else text


def planted(name: str, most: int) -> str:
    """A text of its own for a field of that name."""
    text = f"{BEGINNING}{name}-{next(_numbers)}"
    for more in FURTHER:
        if len(text) + len(more) > most:
            break
        text += more
    return text
