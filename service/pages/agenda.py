"""What pages show and do of activities and notes, and of the contacts that a lead or a deal is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from markupsafe import escape

from service.http.call import Call
from service.http.errors import NotFound
from service.pages import api

MOST = 100
"""Activities and notes that a page shows at most."""


def activities_of(call: Call, about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Activities about something: first those to be done, by when they are due, then those that are done."""
    found = api.get(call, "/api/v2/activities", {**about, "limit": MOST})["data"]
    return sorted(found, key=lambda each: (each["done"], each["due_date"] or "9999", each["id"]))


def notes_of(call: Call, about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Notes about something, the newest first."""
    found: list[dict[str, Any]] = api.get(call, "/v1/notes", {**about, "limit": MOST, "sort": "add_time DESC"})["data"]
    return found or []


def contact(call: Call, kind: str, number: int | None) -> dict[str, Any] | None:
    """A person or an organization; None where there is none, or the user may not see it."""
    if number is None:
        return None
    try:
        found: dict[str, Any] = api.get(call, f"/api/v2/{kind}/{number}")["data"]
    except NotFound:
        return None
    return found


def add_activity(call: Call, about: Mapping[str, Any]) -> None:
    """Plan what the form says."""
    api.send(call, "POST", "/api/v2/activities", about, form=request.form)


def add_note(call: Call, about: Mapping[str, Any]) -> None:
    """Write the note that the form has: plain text, of which the API's HTML shows every line as it is."""
    content = str(escape(request.form.get("content", ""))).replace("\r\n", "<br>").replace("\n", "<br>")
    api.send(call, "POST", "/v1/notes", {**about, "content": content})
