"""Persons and organizations as lists: found by a term, or page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from service.http.call import Call
from service.pages import api, choices
from service.pages.family import pages
from service.pages.showing import show

PAGE = 50


@pages.page("/persons")
def show_persons(call: Call) -> Response:
    """Persons."""
    return _contacts(call, "persons")


@pages.page("/organizations")
def show_organizations(call: Call) -> Response:
    """Organizations."""
    return _contacts(call, "organizations")


def _contacts(call: Call, kind: str) -> Response:
    term = request.args.get("term", "").strip()
    part = {"limit": PAGE, "cursor": request.args.get("cursor")}
    if term:
        answer = api.get(call, f"/api/v2/{kind}/search", part | {"term": term})
        found = [each["item"] for each in answer["data"]["items"]]
    else:
        answer = api.get(call, f"/api/v2/{kind}", part)
        found = answer["data"]
    owners = dict(choices.owners(call))
    return show(
        call,
        "contacts.html",
        kind=kind,
        term=term,
        contacts=[_contact(each, owners) for each in found],
        next_cursor=answer["additional_data"]["next_cursor"],
    )


def _contact(told: Mapping[str, Any], owners: Mapping[int, str]) -> dict[str, Any]:
    """A contact as the list shows it, from how the API's lists or its searches tell of it."""
    owner_id = told["owner_id"] if "owner_id" in told else told["owner"]["id"]
    ways = [*told.get("emails", ()), *told.get("phones", ()), told.get("address")]
    reached = [way["value"] if isinstance(way, Mapping) else way for way in ways if way]
    return {"id": told["id"], "name": told["name"], "ways": reached, "owner": owners.get(owner_id, "")}
