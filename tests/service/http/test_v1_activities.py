"""Activities in version 1's form, what is linked to deals and contacts, and a client that was installed long ago."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.commands import users
from service.ledger.ledger import Origin
from tests.service.http.first_version import CLASSIC, done, refused
from tests.service.serving import client_of, issued, ledger_of

OLA = {
    "name": "Ola",
    "email": "ola@example.org",
    "is_admin": False,
    "is_auditor": False,
    "default_currency": "NOK",
    "locale": "nb_NO",
    "timezone_name": "Europe/Oslo",
}


@pytest.fixture
def ola(app: Flask) -> FlaskClient:
    """The client of another user, whose id is 2."""
    ledger, here = ledger_of(app), Origin(None, "request", "test")
    user = ledger.execute(here, lambda tx: users.add(tx, OLA))
    return client_of(app, issued(ledger, user["user_id"]))


@pytest.fixture
def company(client: FlaskClient) -> None:
    """An organization, two persons of it, and deals of one of them and of the organization."""
    done(client.post("/v1/organizations", json={"name": "Rør AS"}), 201)
    for name in ("Kari", "Ola"):
        done(client.post("/v1/persons", json={"name": name, "org_id": 1}), 201)
    done(client.post("/v1/deals", json={"title": "Boiler", "person_id": 1}), 201)
    done(client.post("/v1/deals", json={"title": "Pumps", "org_id": 1}), 201)


def planned(client: FlaskClient, **facts: Any) -> Any:
    return done(client.post("/v1/activities", json={"subject": "Visit", **facts}), 201)


def ids(answer: Any) -> list[int]:
    return [each["id"] for each in done(answer)]


@pytest.mark.usefixtures("company")
def test_an_activity_is_shown_with_ids_names_and_empty_text_for_times_unset(client: FlaskClient) -> None:
    made = planned(client, done="0", due_date="2030-01-07", due_time="09:30:00", deal_id="1", person_id="1", org_id="1")
    told = ("user_id", "assigned_to_user_id", "created_by_user_id", "deal_id", "person_id", "org_id")
    assert [made[name] for name in told] == [1] * 6
    names = ("deal_title", "person_name", "org_name", "owner_name", "type", "type_name")
    assert [made[name] for name in names] == ["Boiler", "Kari", "Rør AS", "Administrator", "call", "Call"]
    times = ("due_date", "due_time", "duration", "marked_as_done_time")
    assert [made[name] for name in times] == ["2030-01-07", "09:30", "", ""]
    assert (made["done"], made["active_flag"], made["lead_id"], made["private"]) == (False, True, None, False)
    assert made["participants"] == [{"person_id": 1, "primary_flag": True}]
    assert (made["attendees"], made["location"], made["location_country"]) == (None, None, None)
    related = client.get("/v1/activities/1").json["related_objects"]
    assert (related["deal"]["1"]["title"], related["user"]["1"]["name"]) == ("Boiler", "Administrator")


@pytest.mark.usefixtures("company")
def test_a_put_marks_as_done_moves_and_invites(client: FlaskClient) -> None:
    planned(client, person_id=1)
    people = [{"person_id": "1"}, {"person_id": 2, "primary_flag": "true"}]
    invited = [{"email_address": "kari@example.org", "name": "Kari", "is_organizer": 1}]
    facts = {"done": 1, "busy_flag": True, "location": "Torget 1", "participants": people, "attendees": invited}
    after = done(client.put("/v1/activities/1", json=facts))
    assert (after["done"], after["busy_flag"], after["location"], after["person_id"]) == (True, True, "Torget 1", 2)
    assert CLASSIC.fullmatch(after["marked_as_done_time"])
    unknown = {"status": None, "person_id": None, "user_id": None}
    assert after["attendees"] == [{**invited[0], **unknown}]
    again = done(client.put("/v1/activities/1", json={"done": "0", "person_id": None}))
    assert (again["done"], again["marked_as_done_time"], again["participants"]) == (False, "", None)
    assert client.get("/api/v2/activities/1").json["data"]["location"] == {"value": "Torget 1"}


def test_the_caller_s_own_activities_are_listed_unless_it_says_whose(client: FlaskClient, ola: FlaskClient) -> None:
    planned(client, due_date="2030-01-07", type="meeting")
    planned(client, due_date="2030-01-09", done=1)
    planned(ola, due_date="2030-01-09")
    assert (ids(client.get("/v1/activities")), ids(ola.get("/v1/activities"))) == ([1, 2], [3])
    assert ids(client.get("/v1/activities?user_id=0")) == [1, 2, 3]
    assert ids(client.get("/v1/activities?user_id=2")) == [3]
    assert ids(client.get("/v1/activities?type=meeting,lunch")) == [1]
    assert ids(client.get("/v1/activities?done=1")) == [2]
    assert ids(client.get("/v1/activities?user_id=0&start_date=2030-01-08T10:00:00Z&end_date=2030-01-09")) == [2, 3]
    assert ids(client.get("/v1/activities?user_id=0&end_date=2030-01-08")) == [1]
    assert ids(client.get("/v1/activities?sort=due_date desc")) == [2, 1]


@pytest.mark.parametrize("name", ["start_date", "end_date"])
def test_what_follows_a_day_must_be_a_time(client: FlaskClient, name: str) -> None:
    for time in ("2030-01-08", "2030-01-08 10:00:00", "2030-01-08T10:00:00.000Z", "2030-01-08T10:00:00%2B01:00"):
        assert client.get(f"/v1/activities?{name}={time}").status_code == 200
    for wrong in ("2030-01-08 Kari", "2030-01-08TKari", "2030-01-08 10", "2030-01-08T25:00:00Z", "2030-01-08 "):
        refused(
            client.get(f"/v1/activities?{name}={wrong}"),
            f"{name}: it must be a date, or a time such as 2026-12-31T10:00:00Z",
        )
    refused(client.get(f"/v1/activities?{name}=2030-02-30T10:00:00Z"), f"{name}: it must be a date such as 2026-12-31")


def test_activities_are_deleted_one_by_one_and_many_at_once(client: FlaskClient) -> None:
    for _ in range(3):
        planned(client)
    assert done(client.delete("/v1/activities/1")) == {"id": 1}
    assert done(client.delete("/v1/activities?ids=1,2,3")) == {"id": [2, 3]}
    assert done(client.get("/v1/activities/1"))["active_flag"] is False
    refused(client.get("/v1/activities/9"), "Activity not found", 404)
    refused(client.post("/v1/activities", json={"owner_id": 1}), "Invalid field(s) in the payload: owner_id")


@pytest.mark.usefixtures("company")
def test_what_is_linked_to_a_thing_is_listed_under_it(client: FlaskClient) -> None:
    planned(client, deal_id=1, person_id=2)
    planned(client, deal_id=1, org_id=1, done=1)
    assert ids(client.get("/v1/deals/1/activities")) == [1, 2]
    assert ids(client.get("/v1/deals/1/activities?exclude=1,9")) == [2]
    assert ids(client.get("/v1/deals/1/activities?done=0&start=0&limit=1")) == [1]
    assert (ids(client.get("/v1/persons/2/activities")), ids(client.get("/v1/organizations/1/activities"))) == (
        [1],
        [2],
    )
    assert (ids(client.get("/v1/deals/1/persons")), ids(client.get("/v1/deals/2/persons"))) == ([1], [])
    assert ids(client.get("/v1/organizations/1/persons?sort=name DESC")) == [2, 1]
    assert (ids(client.get("/v1/persons/1/deals")), ids(client.get("/v1/persons/2/deals"))) == ([1], [])
    assert ids(client.get("/v1/organizations/1/deals")) == [1, 2]
    assert ids(client.get("/v1/organizations/1/deals?only_primary_association=1")) == [2]
    client.delete("/v1/deals/1")
    assert ids(client.get("/v1/persons/1/deals")) == []
    assert ids(client.get("/v1/organizations/1/deals?status=deleted")) == [1]
    refused(client.get("/v1/persons/9/deals"), "Person not found", 404)
    refused(client.get("/v1/deals/9/activities"), "Deal not found", 404)


@pytest.mark.usefixtures("company")
def test_forms_can_be_asked_as_of_a_moment(client: FlaskClient, app: Flask) -> None:
    before = ledger_of(app).event_log.max_notification_id()
    paths = [
        "/v1/deals",
        "/v1/deals/1",
        "/v1/persons",
        "/v1/organizations/1",
        "/v1/organizations/1/deals",
        "/v1/stages",
    ]
    seen = {path: client.get(path).json for path in paths}
    client.put("/v1/deals/1", json={"stage_id": 2, "person_id": 2})
    client.put("/v1/persons/1", json={"name": "Kari Berg"})
    client.put("/v1/organizations/1", json={"name": "Varme AS"})
    client.put("/v1/stages/1", json={"name": "Asked"})
    client.delete("/v1/persons/2")
    for path in paths:
        assert client.get(path).json != seen[path]
        assert client.get(f"{path}?as_of={before}").json == seen[path], path


def test_a_client_that_was_installed_long_ago_goes_on_working(client: FlaskClient) -> None:
    """As integrations do that know nothing of version 2: look around, move a deal, note and plan what comes next."""
    stages = {each["name"]: each for each in done(client.get("/v1/stages?pipeline_id=1"))}
    first, second, *_ = sorted(stages.values(), key=lambda stage: stage["order_nr"])
    person = done(client.post("/v1/persons", json={"name": "Kari Berg", "email": "kari@example.org"}), 201)
    facts = {"title": "Boiler", "value": "1500", "currency": "NOK", "person_id": str(person["id"])}
    done(client.post("/v1/deals", json={**facts, "stage_id": first["id"]}), 201)
    listed = client.get("/v1/deals?start=0&limit=100&status=open").json
    assert listed["additional_data"]["pagination"]["more_items_in_collection"] is False
    [deal] = listed["data"]
    assert (deal["person_id"]["name"], deal["person_id"]["email"][0]["value"]) == ("Kari Berg", "kari@example.org")
    moved = done(client.put(f"/v1/deals/{deal['id']}", json={"stage_id": second["id"]}))
    assert (moved["stage_id"], moved["stage_order_nr"]) == (second["id"], second["order_nr"])
    done(client.post("/v1/notes", json={"content": "They want two", "deal_id": deal["id"]}))
    activity = {"subject": "Visit", "done": "0", "type": "meeting", "due_date": "2030-01-07", "due_time": "10:00"}
    done(client.post("/v1/activities", json={**activity, "deal_id": str(deal["id"])}), 201)
    [planned_one] = done(client.get(f"/v1/deals/{deal['id']}/activities?done=0"))
    assert (planned_one["deal_title"], planned_one["due_time"]) == ("Boiler", "10:00")
    after = done(client.get(f"/v1/deals/{deal['id']}"))
    assert (after["notes_count"], after["next_activity_subject"]) == (1, "Visit")
    happened = client.get(f"/api/ledger/v1/timeline?deal_id={deal['id']}&order=oldest").json["items"]
    assert [each["event"] for each in happened] == ["DealCreated", "DealMovedToStage", "NoteAdded", "ActivityAdded"]
