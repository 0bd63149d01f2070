"""Asks every route that reads: now, as of past positions, by each of its parameters, and wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from marshmallow import fields, validate

from service.http.route import Route
from tests.service.http.attacks import address, parameters, routes, unknown_ids
from tests.service.http.second_forms import is_second_form
from tests.transcript.exchange import Recorder

LIVE = frozenset({"/events/stream", "/metrics", "/audit/renewal"})
"""Routes whose answer ends only when somebody waits for it, or is another one each time."""

SUBJECTS = ("lead_id", "deal_id", "person_id", "organization_id")
"""The parameters of which some routes want one."""

Ids = Mapping[str, str]


def ask_all(recorder: Recorder, ids: Ids, positions: tuple[int, ...], *, second_forms: bool) -> None:
    """Ask every route that reads; ``ids`` are of things that the company has, ``positions`` are in its past.

    Version 1's forms of what version 2 has are asked by themselves, so that no other answer depends on how many there
    are.
    """
    for family, route in routes():
        if route.method == "GET" and route.path not in LIVE and is_second_form(family, route) == second_forms:
            path = address(family, route, ids)
            for query in _queries(route, ids, positions):
                recorder.ask("GET", f"{path}?{urlencode(query)}" if query else path)
            for nothing in unknown_ids(ids) if parameters(route) else ():
                recorder.ask("GET", address(family, route, nothing))
            if not route.is_public:
                recorder.ask("GET", path, **{"x-api-token": "a-token-that-lets-nobody-in"})


def _queries(route: Route, ids: Ids, positions: tuple[int, ...]) -> Iterator[dict[str, str]]:
    taken = {field.data_key or name: field for name, field in route.query.fields.items()}
    base = _base(taken, ids)
    yield base
    if "as_of" in taken:
        yield from ({**base, "as_of": str(position)} for position in positions)
    for name, field in taken.items():
        if name not in ("as_of", "limit", *base):
            yield from ({**base, name: value} for value in _values(name, field, ids))
    for name in taken:
        yield {**base, name: "no such value"}
    yield {**base, "no_such_parameter": "1"}


def _base(taken: Mapping[str, fields.Field[Any]], ids: Ids) -> dict[str, str]:
    """The shortest query that the route answers, with little in the answer."""
    few = {"limit": "2"} if "limit" in taken else {}
    wanted = {name: _values(name, field, ids)[0] for name, field in taken.items() if field.required}
    subject = {"lead_id": ids["lead_id"]} if all(name in taken for name in ("lead_id", "deal_id")) else {}
    return {**few, **subject, **wanted}


def _values(name: str, field: fields.Field[Any], ids: Ids) -> list[str]:
    """Values of a parameter that some row fits, all of them where it is one of a few words."""
    inner = getattr(field, "inner", field)
    for rule in inner.validators:
        if isinstance(rule, validate.OneOf):
            return list(map(str, rule.choices))
    if isinstance(field, fields.Integer) and name in POSITIONS:
        return [POSITIONS[name]]
    return [ids.get(name) or ids.get(name.removesuffix("s")) or VALUES[name]]


POSITIONS = {"from": "7", "to": "40"}
"""What some routes call by a name that means a time to others."""


VALUES = {
    "after": "590",
    "changes": "true",
    "client": "sample",
    "closes_from": "2026-10-01",
    "closes_until": "2027-01-31",
    "cursor": "bm8gY3Vyc29y",
    "custom_fields": "0123456789abcdef0123456789abcdef01234567",
    "done": "true",
    "end_date": "2026-10-01",
    "exact_match": "true",
    "exclude": "1,2",
    "filter_id": "1",
    "first_char": "b",
    "from": "2026-07-01T00:00:00Z",
    "ids": "1,2,3",
    "include_labels": "true",
    "include_option_labels": "true",
    "only_primary_association": "1",
    "owned_by_you": "1",
    "pinned_to_deal_flag": "1",
    "pinned_to_lead_flag": "1",
    "pinned_to_organization_flag": "1",
    "pinned_to_person_flag": "1",
    "position": "7",
    "search_by_email": "1",
    "since": "2026-07-01T00:00:00Z",
    "size": "100",
    "sort": "add_time DESC",
    "source": "API",
    "start": "1",
    "start_date": "2026-10-01",
    "term": "rør",
    "token_id": "00000000000000000000000000000000",
    "type": "call",
    "to": "2026-11-01T00:00:00Z",
    "unchecked": "true",
    "until": "2026-07-01T00:00:00Z",
    "updated_since": "2026-10-01T00:00:00Z",
    "updated_until": "2026-10-01T00:00:00Z",
    "wait": "0",
    "was_seen": "true",
}
"""A value of each parameter that is neither an id nor one of a few words."""


def known_ids(client: FlaskClient) -> dict[str, str]:
    """Ids of things that the sample company has, under the names that paths and queries give them."""

    def first(path: str, key: str = "id") -> str:
        return str(client.get(path).get_json()["data"][0][key])

    note = client.get("/v1/notes?limit=1").get_json()["data"][0]
    return {
        "activity_id": first("/api/v2/activities?limit=1"),
        "activity_type_id": first("/v1/activityTypes"),
        "conversion_id": "00000000-0000-4000-8000-000000000000",
        "deal_id": "1",
        "event_position": "1",
        "label_id": first("/v1/leadLabels"),
        "lead_id": first("/v1/leads?limit=1"),
        "lead_label_id": first("/v1/leadLabels"),
        "note_id": str(note["id"]),
        "org_id": "1",
        "organization_id": "1",
        "owner_id": "2",
        "person_id": "1",
        "pipeline_id": "1",
        "request_id": "request-1",
        "stage_id": "2",
        "user_id": "2",
    }
