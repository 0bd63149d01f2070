"""Persons and organizations as lists: found by a term, or page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, request

from service.http.call import Call
from service.pages import api, choices
from service.pages.family import pages
from service.pages.showing import show
from service.pages.since import since, with_new

PAGE = 50
_SHORTEST = 2
"""Characters of a term below which the API looks for whole words only."""


class Contacts(NamedTuple):
    """A page of contacts, each with its ``id``, ``name``, ``owner``, and the ``ways`` to reach it."""

    contacts: list[dict[str, Any]]
    next_cursor: str | None


@pages.page("/persons")
def show_persons(call: Call) -> Response:
    """Persons."""
    return _contacts(call, "persons")


@pages.page("/organizations")
def show_organizations(call: Call) -> Response:
    """Organizations."""
    return _contacts(call, "organizations")


def found_contacts(call: Call, kind: str, term: str, part: Mapping[str, Any]) -> Contacts:
    """The contacts that a term finds, or all of them; ``part`` says how many, from which on and in which order."""
    if term:
        sought = {"term": term, "exact_match": "true" if len(term) < _SHORTEST else None}
        answer = api.get(call, f"/api/v2/{kind}/search", {**part, **sought})
        found = [each["item"] for each in answer["data"]["items"]]
    else:
        answer = api.get(call, f"/api/v2/{kind}", part)
        found = answer["data"]
    owners = dict(choices.owners(call))
    return Contacts([_contact(each, owners) for each in found], answer["additional_data"]["next_cursor"])


def _contacts(call: Call, kind: str) -> Response:
    term, cursor = request.args.get("term", "").strip(), request.args.get("cursor")
    contacts, next_cursor = found_contacts(call, kind, term, {"limit": PAGE, "cursor": cursor})
    latest = {} if term else {"sort_by": "update_time", "sort_direction": "desc"}
    changes = since(
        call,
        kind.removesuffix("s"),
        contacts,
        lambda now, most: found_contacts(now, kind, term, {"limit": most, **latest}).contacts,
        is_all=cursor is None and next_cursor is None,
    )
    return show(
        call,
        "contacts.html",
        kind=kind,
        term=term,
        contacts=with_new(contacts, changes),
        since=changes,
        next_cursor=next_cursor,
    )


def _contact(told: Mapping[str, Any], owners: Mapping[int, str]) -> dict[str, Any]:
    """A contact as the list shows it, from how the API's lists or its searches tell of it."""
    owner_id = told["owner_id"] if "owner_id" in told else told["owner"]["id"]
    ways = [*told.get("emails", ()), *told.get("phones", ()), told.get("address")]
    reached = [way["value"] if isinstance(way, Mapping) else way for way in ways if way]
    return {"id": told["id"], "name": told["name"], "ways": reached, "owner": owners.get(owner_id, "")}
