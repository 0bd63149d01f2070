"""Kinds of activities over version 1 of the wire: administrators add, redraw and give them up, activities name them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.service.http.opportunities import ACTIVITIES, TYPES, a_colleague, ask, refused


def plan(client: FlaskClient, **facts: Any) -> Any:
    return ask(client, "POST", ACTIVITIES, facts)


def test_kinds_of_activities_are_those_a_company_starts_with(client: FlaskClient) -> None:
    kinds = ask(client, "GET", TYPES)
    assert [kind["key_string"] for kind in kinds] == ["call", "meeting", "task", "deadline", "email", "lunch"]
    assert [kind["order_nr"] for kind in kinds] == [1, 2, 3, 4, 5, 6]
    assert not any(kind["is_custom_flag"] for kind in kinds)


def test_a_kind_of_activity_is_added_changed_and_given_up(client: FlaskClient) -> None:
    kind = ask(client, "POST", TYPES, {"name": "Site visit", "icon_key": "truck", "color": "AEB31B"})
    assert kind | {"add_time": "", "update_time": ""} == {
        "id": 7,
        "name": "Site visit",
        "icon_key": "truck",
        "color": "AEB31B",
        "order_nr": 7,
        "key_string": "site_visit",
        "active_flag": True,
        "is_custom_flag": True,
        "add_time": "",
        "update_time": "",
    }
    assert len(kind["add_time"]) == len("2024-01-01 00:00:00")
    second = ask(client, "POST", TYPES, {"name": "Site Visit", "icon_key": "car"})
    assert second["key_string"] == "site_visit_2"
    plan(client, type="site_visit")
    changed = ask(client, "PUT", f"{TYPES}/7", {"name": "Visit", "order_nr": 0})
    assert (changed["name"], changed["key_string"], changed["order_nr"]) == ("Visit", "site_visit", 0)
    assert ask(client, "GET", TYPES)[0]["id"] == 7
    assert plan(client)["subject"] == "Visit", "the first kind is what an activity is that names no other"

    given_up = ask(client, "DELETE", f"{TYPES}/7")
    assert given_up == {**changed, "active_flag": False, "update_time": given_up["update_time"]}
    assert ask(client, "PATCH", f"{ACTIVITIES}/1", {"type": "site_visit", "busy": True})["type"] == "site_visit"
    refused(client, "POST", ACTIVITIES, {"type": "site_visit"}, "there is no activity type site_visit")
    for method in ("PUT", "DELETE"):
        refused(client, method, f"{TYPES}/7", {"name": "x"}, "Activity type not found", 404)


def test_many_kinds_of_activities_are_given_up_at_once_those_that_are_there(client: FlaskClient) -> None:
    assert ask(client, "DELETE", f"{TYPES}?ids=5,99,6,5") == {"id": [5, 6]}
    assert [kind["id"] for kind in ask(client, "GET", TYPES) if kind["active_flag"]] == [1, 2, 3, 4]
    refused(client, "DELETE", f"{TYPES}?ids=5,6", None, "Please provide at least one item to delete")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"icon_key": "car"},
        {"name": "", "icon_key": "car"},
        {"name": "x", "icon_key": "boat"},
        {"name": "x", "icon_key": "car", "color": "red"},
        {"name": "x", "icon_key": "car", "order_nr": 1},
    ],
)
def test_a_kind_of_activity_needs_a_name_and_a_picture(client: FlaskClient, body: dict[str, Any]) -> None:
    refused(client, "POST", TYPES, body, "")
    assert len(ask(client, "GET", TYPES)) == 6


def test_only_administrators_change_kinds_of_activities(app: Flask, client: FlaskClient) -> None:
    _, hers = a_colleague(app)
    for method, path in (
        ("POST", TYPES),
        ("PUT", f"{TYPES}/1"),
        ("DELETE", f"{TYPES}/1"),
        ("DELETE", f"{TYPES}?ids=1"),
    ):
        refused(hers, method, path, {"name": "x", "icon_key": "car"}, "only an administrator", 403)
    assert ask(hers, "GET", TYPES) == ask(client, "GET", TYPES)
