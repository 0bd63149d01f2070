"""Activities over version 2 of the wire: planned, listed, done, and always on the present form of an opportunity."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.service.http.opportunities import (
    ACTIVITIES,
    a_colleague,
    a_deal,
    a_lead,
    a_person,
    ask,
    converted,
    refused,
    reverted,
)


def planned(client: FlaskClient, **facts: Any) -> dict[str, Any]:
    activity: dict[str, Any] = ask(client, "POST", ACTIVITIES, facts)
    return activity


def ids(client: FlaskClient, query: str = "") -> list[int]:
    return [activity["id"] for activity in ask(client, "GET", f"{ACTIVITIES}?{query}")]


def included(client: FlaskClient, path: str) -> dict[str, Any]:
    names = ["next_activity_id", "last_activity_id", "activities_count", "done_activities_count"]
    names += ["undone_activities_count", "notes_count"]
    shown = ask(client, "GET", f"{path}?include_fields={','.join(names)}")
    return {name: shown[name] for name in names}


def test_an_activity_is_shown_with_everything_the_wire_has(client: FlaskClient) -> None:
    lead_id, kari, ola = a_lead(client), a_person(client), a_person(client, "Ola")
    location = {"value": "Bryggen 1, Bergen", "locality": "Bergen"}
    attendees = [{"email": "ola@example.no", "name": "Ola", "person_id": ola}]
    activity = planned(
        client,
        subject="Look at the pipes",
        type="meeting",
        lead_id=lead_id,
        due_date="2030-01-07",
        due_time="09:30",
        duration="01:00:00",
        busy=True,
        location=location,
        participants=[{"person_id": kari}, {"person_id": ola, "primary": True}],
        attendees=attendees,
        public_description="See you",
        priority=2,
        note="<i>Bring</i> a torch<script>x</script>",
    )
    times = {"add_time": activity["add_time"], "update_time": activity["update_time"]}
    assert activity == {
        **times,
        "id": 1,
        "subject": "Look at the pipes",
        "type": "meeting",
        "owner_id": 1,
        "creator_user_id": 1,
        "is_deleted": False,
        "deal_id": None,
        "lead_id": lead_id,
        "person_id": ola,
        "org_id": None,
        "project_id": None,
        "due_date": "2030-01-07",
        "due_time": "09:30:00",
        "duration": "01:00:00",
        "busy": True,
        "done": False,
        "marked_as_done_time": None,
        "location": location,
        "participants": [{"person_id": kari, "primary": False}, {"person_id": ola, "primary": True}],
        "conference_meeting_client": None,
        "conference_meeting_url": None,
        "conference_meeting_id": None,
        "public_description": "See you",
        "priority": 2,
        "note": "<i>Bring</i> a torch&lt;script&gt;x&lt;/script&gt;",
    }
    assert len(activity["add_time"]) == len("2024-01-01T00:00:00Z")
    assert ask(client, "GET", f"{ACTIVITIES}/1") == activity
    assert ask(client, "GET", f"{ACTIVITIES}/1?include_fields=attendees") == {**activity, "attendees": attendees}
    assert ask(client, "GET", f"{ACTIVITIES}?include_fields=attendees")[0]["attendees"] == attendees


def test_an_activity_of_which_nothing_is_told_is_a_call(client: FlaskClient) -> None:
    activity = planned(client)
    assert (activity["type"], activity["subject"]) == ("call", "Call")
    assert (activity["due_date"], activity["location"], activity["participants"]) == (None, None, [])


def test_an_activity_goes_along_with_its_opportunity(client: FlaskClient) -> None:
    lead_id, other = a_lead(client), a_lead(client, "Bathroom")
    activity = planned(client, lead_id=lead_id, due_date="2030-01-07")
    planned(client, lead_id=other)
    deal_id = converted(client, lead_id)
    shown = ask(client, "GET", f"{ACTIVITIES}/{activity['id']}")
    assert (shown["lead_id"], shown["deal_id"]) == (None, deal_id)
    assert (ids(client, f"deal_id={deal_id}"), ids(client, f"lead_id={lead_id}")) == ([activity["id"]], [])
    assert included(client, f"/api/v2/deals/{deal_id}")["next_activity_id"] == activity["id"]
    refused(client, "POST", ACTIVITIES, {"lead_id": lead_id}, f"there is no lead {lead_id}")
    reverted(client, deal_id)
    assert ask(client, "GET", f"{ACTIVITIES}/{activity['id']}") == activity
    assert ask(client, "GET", f"/v1/leads/{lead_id}")["next_activity_id"] == activity["id"]


def test_an_activity_is_planned_otherwise_handed_over_done_and_taken_up_again(app: Flask, client: FlaskClient) -> None:
    lead_id, (user_id, _) = a_lead(client), a_colleague(app)
    planned(client, lead_id=lead_id, due_date="2030-01-07", due_time="10:00")
    path = f"{ACTIVITIES}/1"
    changed = ask(client, "PATCH", path, {"due_date": "2030-01-08", "due_time": None, "owner_id": user_id})
    assert (changed["due_date"], changed["due_time"], changed["owner_id"]) == ("2030-01-08", None, user_id)
    done = ask(client, "PATCH", path, {"done": True})
    assert done["done"]
    assert len(done["marked_as_done_time"]) == len("2024-01-01T00:00:00Z")
    again = ask(client, "PATCH", path, {"done": False, "deal_id": a_deal(client)})
    assert (again["done"], again["marked_as_done_time"], again["lead_id"]) == (False, None, None)
    assert planned(client, done=True)["marked_as_done_time"] is not None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"lead_id": str(uuid4())}, "there is no lead"),
        ({"deal_id": 99}, "there is no deal 99"),
        ({"org_id": 99}, "there is no organization 99"),
        ({"owner_id": 99}, "there is no user 99"),
        ({"type": "dance"}, "there is no activity type dance"),
        ({"participants": [{"person_id": 99}]}, "there is no person 99"),
        ({"attendees": [{"email": "x@example.no", "user_id": 99}]}, "there is no user 99"),
        ({"person_id": 1}, "send participants instead"),
        ({"lead_id": str(uuid4()), "deal_id": 1}, "not both"),
        ({"due_date": "7 January"}, "due_date"),
        ({"due_time": "25:00"}, "due_time"),
        ({"done": 1}, "done"),
        ({"location": "Bergen"}, "location"),
        ({"project_id": 1}, "no projects"),
    ],
)
def test_an_activity_that_cannot_be_is_refused(client: FlaskClient, body: dict[str, Any], reason: str) -> None:
    refused(client, "POST", ACTIVITIES, body, reason)
    planned(client, subject="Call")
    refused(client, "PATCH", f"{ACTIVITIES}/1", body, reason)
    assert ids(client) == [1]


def test_activities_are_listed_by_what_they_hang_on_and_in_any_order(app: Flask, client: FlaskClient) -> None:
    lead_id, deal_id, kari, (user_id, hers) = a_lead(client), a_deal(client), a_person(client), a_colleague(app)
    organization_id = ask(client, "POST", "/api/v2/organizations", {"name": "Rør AS"})["id"]
    planned(client, lead_id=lead_id, due_date="2030-01-08", participants=[{"person_id": kari}])
    planned(client, deal_id=deal_id, due_date="2030-01-07", due_time="10:00", org_id=organization_id)
    planned(hers, deal_id=deal_id, due_date="2030-01-07")
    planned(client, done=True)
    assert ids(client) == [1, 2, 3, 4]
    assert ids(client, "sort_by=due_date") == [3, 2, 1, 4]
    assert ids(client, "sort_by=due_date&sort_direction=desc") == [4, 1, 2, 3]
    assert ids(client, "sort_by=update_time&sort_direction=desc") == [4, 3, 2, 1]
    assert ids(client, f"lead_id={lead_id}") == ids(client, f"person_id={kari}") == [1]
    assert ids(client, f"deal_id={deal_id}") == [2, 3]
    assert ids(client, f"deal_id={deal_id}&owner_id={user_id}") == [3]
    assert ids(client, f"org_id={organization_id}") == [2]
    assert (ids(client, "done=true"), ids(client, "done=false")) == ([4], [1, 2, 3])
    assert ids(client, "deal_id=99") == ids(client, f"lead_id={uuid4()}") == []
    assert ids(client, "ids=4,2,77") == [2, 4]
    assert ids(client, "updated_until=2025-01-01T00:00:00Z") == []
    refused(client, "GET", f"{ACTIVITIES}?type=call", None, "type")
    refused(client, "GET", f"{ACTIVITIES}?filter_id=1", None, "filter")


def test_a_list_by_due_date_goes_on_page_by_page(client: FlaskClient) -> None:
    for due_date in ("2030-01-08", None, "2030-01-07", "2030-01-07", None):
        planned(client, due_date=due_date)
    seen, query = [], "sort_by=due_date&limit=2"
    while query:
        page = client.get(f"{ACTIVITIES}?{query}").get_json()
        seen += [activity["id"] for activity in page["data"]]
        cursor = page["additional_data"]["next_cursor"]
        query = f"sort_by=due_date&limit=2&cursor={cursor}" if cursor else ""
    assert seen == [3, 4, 1, 2, 5]


def test_a_deleted_activity_can_be_read_for_a_while_but_not_found_or_changed(client: FlaskClient) -> None:
    planned(client)
    planned(client)
    assert ask(client, "DELETE", f"{ACTIVITIES}/1") == {"id": 1}
    assert ask(client, "GET", f"{ACTIVITIES}/1")["is_deleted"]
    assert ids(client) == [2]
    for method in ("PATCH", "DELETE"):
        refused(client, method, f"{ACTIVITIES}/1", {"subject": "x"}, "Activity not found", 404)
    refused(client, "GET", f"{ACTIVITIES}/99", None, "Activity not found", 404)


def test_leads_deals_and_contacts_tell_what_is_next_and_how_much_there_is(client: FlaskClient) -> None:
    lead_id, deal_id, kari = a_lead(client), a_deal(client), a_person(client)
    leads = {"sort": "next_activity_id"}
    first = planned(client, deal_id=deal_id, due_date="2030-01-08", participants=[{"person_id": kari}])["id"]
    earlier = planned(client, deal_id=deal_id, due_date="2030-01-07", due_time="12:00")["id"]
    planned(client, deal_id=deal_id)
    ask(client, "POST", "/v1/notes", {"content": "x", "deal_id": deal_id, "person_id": kari})
    path = f"/api/v2/deals/{deal_id}"
    counts = {"activities_count": 3, "done_activities_count": 0, "undone_activities_count": 3, "notes_count": 1}
    assert included(client, path) == {**counts, "next_activity_id": earlier, "last_activity_id": None}
    listed = ask(client, "GET", "/api/v2/deals?include_fields=next_activity_id,notes_count")
    assert [(deal["next_activity_id"], deal["notes_count"]) for deal in listed] == [(earlier, 1)]

    ask(client, "PATCH", f"{ACTIVITIES}/{earlier}", {"done": True})
    counts |= {"done_activities_count": 1, "undone_activities_count": 2}
    assert included(client, path) == {**counts, "next_activity_id": first, "last_activity_id": earlier}
    ask(client, "DELETE", f"{ACTIVITIES}/{earlier}")
    counts |= {"activities_count": 2, "done_activities_count": 0}
    assert included(client, path) == {**counts, "next_activity_id": first, "last_activity_id": None}
    theirs = {"activities_count": 1, "done_activities_count": 0, "undone_activities_count": 1, "notes_count": 1}
    assert included(client, f"/api/v2/persons/{kari}") == {
        **theirs,
        "next_activity_id": first,
        "last_activity_id": None,
    }
    nothing = dict.fromkeys(counts, 0) | {"next_activity_id": None, "last_activity_id": None}
    assert included(client, f"/api/v2/deals/{a_deal(client)}") == nothing

    other = a_lead(client, "Bathroom")
    fourth = planned(client, lead_id=other)["id"]
    for sort in ("next_activity_id", "next_activity_id DESC"):
        listed = client.get("/v1/leads", query_string={**leads, "sort": sort}).get_json()["data"]
        assert [(lead["id"], lead["next_activity_id"]) for lead in listed] == [(other, fourth), (lead_id, None)]
    assert ask(client, "PATCH", f"/v1/leads/{other}", {"was_seen": True})["next_activity_id"] == fourth
