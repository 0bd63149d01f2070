"""Every list that can be asked as of a moment, in the ways in which it is filtered and sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask.testing import FlaskClient
from marshmallow import fields, validate

from service.http.family import Family
from service.http.fields import Order
from service.http.route import Route
from tests.service.http.attacks import address, good_query, parameters, routes

ONE_OF_EACH = {
    **dict.fromkeys(("person_id", "organization_id", "deal_id", "note_id", "activity_id", "activity_type_id"), "1"),
    **dict.fromkeys(("pipeline_id", "stage_id", "user_id"), "1"),
}
NOBODY = 77
"""Whoever owns nothing."""

FILTERS = (
    *("owner_id=1", "user_id=1", f"owner_id={NOBODY}", f"user_id={NOBODY}", "was_seen=true", "was_seen=false"),
    *("person_id=7", "org_id=7", "organization_id=7", "label_id=1", "term=nobody"),
)
EARLY = "2100-01-04T08:12:00Z"
"""A time early in the logs of `tests.service.past_costs`, and before the end of the shortest of them."""

UNTIL = f"sort_by=update_time&sort_direction=desc&updated_until={EARLY}"
INDEXED = ("add_time", "update_time")
"""What version 1 sorts by that has indexes; it takes almost every field, and goes through everything for most."""

DEARER = {
    **dict.fromkeys(("/inbox?&sort=-value", "/inbox?&sort=-readiness"), "passes over what came later"),
    "/activities?&sort_by=due_date&sort_direction=desc": "passes over what came later",
    "/persons?&sort_by=add_time&sort_direction=desc": "passes over what came later, clients may date it as they like",
    **dict.fromkeys(("/v1/persons?&sort=add_time DESC", "/v1/notes?&sort=add_time DESC"), "the same"),
    **dict.fromkeys(("/deals?&sort=closes", "/deals?&sort=-closes"), "goes through everything: no index has the order"),
    **dict.fromkeys(("/v1/activities?&sort=update_time ASC", "/v1/activities?&sort=update_time DESC"), "the same"),
    "/v1/activities?&sort=add_time ASC": "the same",
    **dict.fromkeys(("/v1/leads?&sort=update_time ASC", "/persons/1/deals?&sort=update_time ASC"), "sorts ids beside"),
}
"""The orders of lists of which a page of an early moment costs more than half more than that of now, and why."""


def lists(client: FlaskClient) -> Iterator[str]:
    """Every list, and its filters and orders that have indexes over the past; more can be added to each query."""
    lead_id = client.get("/v1/leads?limit=1").json["data"][0]["id"]
    ids = {**ONE_OF_EACH, "lead_id": lead_id}
    for family, route in routes():
        if route.no_past is None and "limit" in route.query.fields and ids.keys() >= set(parameters(route)):
            whole = _listed(family, route, ids)
            yield whole
            for query in (*FILTERS, UNTIL, *_orders(route)):
                asked = f"{whole}&{query}"
                if not asked.endswith(tuple(DEARER)) and _is_taken(client, asked, query, route):
                    yield asked


def _orders(route: Route) -> Iterator[str]:
    """Every order that the list offers and has indexes for, up and down."""
    of = route.query.load_fields
    if "sort_by" in of:
        yield from (f"sort_by={name}&sort_direction={to}" for name in _choices(of["sort_by"]) for to in ("asc", "desc"))
    elif isinstance(field := of.get("sort"), Order):
        yield from (f"sort={name} {to}" for name in INDEXED if name in field.columns for to in ("ASC", "DESC"))
    elif field is not None:
        yield from (f"sort={name}" for name in _choices(field))


def _choices(field: fields.Field[Any]) -> Iterator[str]:
    return (choice for rule in field.validators if isinstance(rule, validate.OneOf) for choice in rule.choices)


def _listed(family: Family, route: Route, ids: Mapping[str, str]) -> str:
    """The list with no more in its query than it needs."""
    needed = {name for name, field in route.query.load_fields.items() if field.required}
    words = good_query(route.query, ids) if needed or "/timeline" in route.path else {}
    return f"{address(family, route, ids)}?{'&'.join(f'{name}={value}' for name, value in words.items())}"


def _is_taken(client: FlaskClient, path: str, query: str, route: Route) -> bool:
    named = {word.partition("=")[0] for word in query.split("&")}
    known = {field.data_key or name for name, field in route.query.load_fields.items()}
    return named <= known and client.get(f"{path}&limit=1").status_code == 200
