"""Notes over version 1 of the wire: written on leads, deals and contacts, pinned, listed, made safe, kept for ever."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.service.http.opportunities import (
    NOTES,
    a_colleague,
    a_deal,
    a_lead,
    a_person,
    ask,
    converted,
    refused,
    reverted,
)


def a_note(client: FlaskClient, content: str = "He called", **facts: Any) -> dict[str, Any]:
    note: dict[str, Any] = ask(client, "POST", NOTES, {"content": content, **facts})
    return note


def ids(client: FlaskClient, query: str = "") -> list[int]:
    return [note["id"] for note in ask(client, "GET", f"{NOTES}?{query}")]


def test_a_note_is_shown_with_everything_the_wire_has(client: FlaskClient) -> None:
    lead_id, person_id = a_lead(client), a_person(client, "Ola")
    note = a_note(client, "<b>He</b> called", lead_id=lead_id, person_id=person_id, pinned_to_lead_flag=1)
    times = {"add_time": note["add_time"], "update_time": note["update_time"]}
    assert note == {
        **times,
        "id": 1,
        "active_flag": True,
        "content": "<b>He</b> called",
        "lead_id": lead_id,
        "deal_id": None,
        "person_id": person_id,
        "org_id": None,
        "project_id": None,
        "task_id": None,
        "user_id": 1,
        "last_update_user_id": None,
        "lead": {"title": "Boiler"},
        "deal": None,
        "person": {"name": "Ola"},
        "organization": None,
        "project": None,
        "task": None,
        "user": {
            "name": "Administrator",
            "email": "administrator@leadledger.invalid",
            "icon_url": None,
            "is_you": True,
        },
        "pinned_to_lead_flag": True,
        "pinned_to_deal_flag": False,
        "pinned_to_person_flag": False,
        "pinned_to_organization_flag": False,
        "pinned_to_project_flag": False,
        "pinned_to_task_flag": False,
    }
    assert len(note["add_time"]) == len("2024-01-01 00:00:00")
    assert ask(client, "GET", f"/api/v1/notes/{note['id']}") == note


def test_a_note_goes_along_with_its_opportunity(client: FlaskClient) -> None:
    lead_id = a_lead(client)
    note = a_note(client, lead_id=lead_id, pinned_to_lead_flag=1)
    other = a_note(client, deal_id=a_deal(client))
    deal_id = converted(client, lead_id)
    shown = ask(client, "GET", f"{NOTES}/{note['id']}")
    assert (shown["lead_id"], shown["deal_id"], shown["deal"]) == (None, deal_id, {"title": "Boiler"})
    assert (shown["pinned_to_lead_flag"], shown["pinned_to_deal_flag"]) == (False, True)
    assert shown["update_time"] == note["update_time"]
    assert ids(client, f"deal_id={deal_id}") == [note["id"]]
    assert ids(client, f"lead_id={lead_id}") == []
    refused(client, "POST", NOTES, {"content": "x", "lead_id": lead_id}, f"there is no lead {lead_id}")

    assert reverted(client, deal_id) == lead_id
    assert ask(client, "GET", f"{NOTES}/{note['id']}") == note
    assert ids(client, f"lead_id={lead_id}") == [note["id"]]
    assert ids(client, f"deal_id={deal_id}") == []
    refused(client, "POST", NOTES, {"content": "x", "deal_id": deal_id}, f"there is no deal {deal_id}")
    assert ids(client) == [note["id"], other["id"]]


def test_a_note_is_written_anew_and_hung_on_something_else(client: FlaskClient) -> None:
    lead_id, deal_id, person_id = a_lead(client), a_deal(client), a_person(client)
    note = a_note(client, lead_id=lead_id, pinned_to_lead_flag=1)
    path = f"{NOTES}/{note['id']}"
    changed = ask(client, "PUT", path, {"content": "He wrote", "deal_id": deal_id, "person_id": person_id})
    assert (changed["content"], changed["deal_id"], changed["lead_id"]) == ("He wrote", deal_id, None)
    assert (changed["pinned_to_deal_flag"], changed["last_update_user_id"]) == (True, 1)
    changed = ask(client, "PUT", path, {"lead_id": None})
    assert changed["deal_id"] == deal_id, "it was on no lead, so that takes nothing away"
    changed = ask(client, "PUT", path, {"deal_id": None, "add_time": "2025-01-31 10:00:00"})
    assert (changed["deal_id"], changed["pinned_to_deal_flag"]) == (None, False)
    assert changed["add_time"] == "2025-01-31 10:00:00"
    refused(client, "PUT", path, {"person_id": None}, "must be linked")


def test_a_note_on_what_was_deleted_since_can_still_be_changed(client: FlaskClient) -> None:
    lead_id = a_lead(client)
    note = a_note(client, lead_id=lead_id)
    ask(client, "DELETE", f"/v1/leads/{lead_id}")
    changed = ask(client, "PUT", f"{NOTES}/{note['id']}", {"content": "He wrote", "lead_id": lead_id})
    assert (changed["content"], changed["lead_id"]) == ("He wrote", lead_id)
    refused(client, "POST", NOTES, {"content": "x", "lead_id": lead_id}, f"there is no lead {lead_id}")


def test_a_pin_needs_the_matching_link(client: FlaskClient) -> None:
    lead_id, person_id = a_lead(client), a_person(client)
    on_lead = {"content": "x", "lead_id": lead_id}
    refused(client, "POST", NOTES, {**on_lead, "pinned_to_deal_flag": 1}, "pinned to a deal only where")
    refused(client, "POST", NOTES, {**on_lead, "pinned_to_person_flag": 1}, "linked to no person")
    refused(client, "POST", NOTES, {**on_lead, "pinned_to_organization_flag": 1}, "linked to no organization")
    assert ids(client) == []
    a_note(client, lead_id=lead_id, person_id=person_id, pinned_to_person_flag=1, pinned_to_deal_flag=0)
    a_note(client, lead_id=lead_id, pinned_to_lead_flag=1)
    a_note(client, deal_id=a_deal(client), pinned_to_deal_flag=1)
    assert ids(client, "pinned_to_person_flag=1") == [1]
    assert ids(client, "pinned_to_person_flag=0") == [2, 3]
    assert ids(client, "pinned_to_lead_flag=1") == [2]
    assert ids(client, "pinned_to_deal_flag=1") == [3]
    assert ids(client, "pinned_to_deal_flag=0") == [1, 2]
    ask(client, "PUT", f"{NOTES}/2", {"pinned_to_lead_flag": 0})
    assert ids(client, "pinned_to_lead_flag=1") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "content"),
        ({"content": "x"}, "must be linked"),
        ({"content": "x", "lead_id": str(uuid4())}, "there is no lead"),
        ({"content": "x", "deal_id": 99}, "there is no deal 99"),
        ({"content": "x", "person_id": 99}, "there is no person 99"),
        ({"content": "x", "org_id": 99}, "there is no organization 99"),
        ({"content": "x", "person_id": 1, "user_id": 99}, "there is no user 99"),
        ({"content": "x", "lead_id": str(uuid4()), "deal_id": 1}, "not both"),
        ({"content": "x" * 100_001, "person_id": 1}, "content"),
        ({"content": " ", "person_id": 1}, "blank"),
        ({"content": "<p>\u200b</p>", "person_id": 1}, "blank"),
        ({"content": "x", "project_id": 1}, "no projects"),
        ({"content": "x", "person_id": 1, "pinned_to_person_flag": 2}, "0 or 1"),
    ],
)
def test_a_note_that_cannot_be_is_refused(client: FlaskClient, body: dict[str, Any], reason: str) -> None:
    a_person(client)
    refused(client, "POST", NOTES, body, reason)
    assert ids(client) == []


def test_content_is_recorded_as_written_and_shown_as_html_that_runs_nothing(client: FlaskClient) -> None:
    nasty = (
        '<p onclick="x()">Pay <b>now</b><script>alert(1)</script>'
        '<img src="x" onerror="y()"><a href="javascript:z">z</a>'
    )
    note = a_note(client, nasty, person_id=a_person(client))
    assert note["content"] == (
        '<p>Pay <b>now</b>&lt;script&gt;alert(1)&lt;/script&gt;<img src="x"><a rel="noopener noreferrer">z</a></p>'
    )
    assert ask(client, "GET", f"{NOTES}/{note['id']}") == note
    (added,) = client.get("/api/ledger/v1/events?types=NoteAdded").get_json()["items"]
    assert added["data"]["content"] == nasty


@pytest.mark.parametrize(
    "written",
    ["Kari <kari@firma.no>", "x<y", "if (a<b) return", "List<String>", "<ring meg>", "R&D\r\n\t a < b", "<!-- x -->"],
)
def test_text_that_is_no_markup_is_kept_and_shown_as_text(client: FlaskClient, written: str) -> None:
    person_id = a_person(client)
    note = a_note(client, written, person_id=person_id)
    activity = ask(client, "POST", "/api/v2/activities", {"subject": "Call", "note": written})
    for shown in (note["content"], activity["note"]):
        assert unescape(shown) == written
        assert not re.search("<[a-z/!]", shown, re.IGNORECASE)
    events = client.get("/api/ledger/v1/events?types=NoteAdded,ActivityAdded").get_json()["items"]
    assert [event["data"].get("content", event["data"].get("note")) for event in events] == [written, written]
    rewritten = ask(client, "PUT", f"{NOTES}/{note['id']}", {"content": f"{written}!"})
    assert unescape(rewritten["content"]) == f"{written}!"


def test_notes_are_listed_by_what_they_hang_on_by_whom_and_when(app: Flask, client: FlaskClient) -> None:
    lead_id, person_id, (user_id, hers) = a_lead(client), a_person(client), a_colleague(app)
    organization_id = ask(client, "POST", "/api/v2/organizations", {"name": "Rør AS"})["id"]
    a_note(client, "b", lead_id=lead_id, add_time="2025-01-31 23:59:59")
    a_note(client, "a", person_id=person_id, org_id=organization_id, add_time="2025-02-01 00:00:00")
    a_note(hers, "c", lead_id=lead_id, person_id=person_id)
    assert ids(client, f"lead_id={lead_id}") == [1, 3]
    assert ids(client, f"lead_id={lead_id}&person_id={person_id}") == [3]
    assert ids(client, f"org_id={organization_id}") == [2]
    assert ids(client, f"user_id={user_id}") == [3]
    assert ids(client, f"lead_id={uuid4()}") == ids(client, "deal_id=99") == []
    assert ids(client, "end_date=2025-01-31") == [1]
    assert ids(client, "start_date=2025-02-01&end_date=2025-02-01") == [2]
    assert ids(client, "end_date=9999-12-31") == [1, 2, 3]
    assert ids(client, "updated_since=2025-06-01T00:00:00Z") == [1, 2, 3]
    assert ids(client, "sort=content+ASC") == [2, 1, 3]
    assert ids(client, "sort=user_id+DESC,add_time+DESC") == [3, 2, 1]
    assert ids(client, "sort=org_id") == ids(client, "sort=org_id+DESC") == [2, 1, 3], "what has none comes last"
    deal_id = converted(client, lead_id)
    assert ids(client, "sort=deal_id") == [1, 3, 2]
    assert ids(client, f"deal_id={deal_id}&sort=id+DESC") == [3, 1]
    page = client.get(f"{NOTES}?start=1&limit=1").get_json()
    assert [note["id"] for note in page["data"]] == [2]
    assert page["additional_data"]["pagination"]["next_start"] == 2


def test_only_an_administrator_writes_in_the_name_of_another(app: Flask, client: FlaskClient) -> None:
    person_id, (user_id, hers) = a_person(client), a_colleague(app)
    note = a_note(client, person_id=person_id, user_id=user_id)
    assert (note["user_id"], note["user"]["name"], note["user"]["is_you"]) == (user_id, "Åse", False)
    body = {"content": "x", "person_id": person_id, "user_id": 1}
    refused(hers, "POST", NOTES, body, "only an administrator", 403)
    refused(hers, "PUT", f"{NOTES}/{note['id']}", {"user_id": 1}, "only an administrator", 403)
    assert ask(hers, "PUT", f"{NOTES}/{note['id']}", {"user_id": user_id})["user"]["is_you"]


def test_a_deleted_note_can_be_read_but_not_found_or_changed(client: FlaskClient) -> None:
    person_id = a_person(client)
    a_note(client, person_id=person_id)
    a_note(client, person_id=person_id)
    answer = client.delete(f"{NOTES}/1")
    assert answer.get_json() == {"success": True, "data": True}
    assert ask(client, "GET", f"{NOTES}/1")["active_flag"] is False
    assert ids(client) == [2]
    for method in ("PUT", "DELETE"):
        refused(client, method, f"{NOTES}/1", {"content": "x"}, "Note not found", 404)
    refused(client, "GET", f"{NOTES}/99", None, "Note not found", 404)
