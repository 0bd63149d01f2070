"""A deal's life over HTTP: entering, moving on, won, lost, put aside, thrown away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from service.clock import wall_clock
from tests.databases import Databases
from tests.service.http.deals import DEALS, added, make_second_pipeline
from tests.service.serving import client_of, founded, ledger_of, serving

SHOWN = {
    "id": 1,
    "title": "Pumps",
    "creator_user_id": 1,
    "owner_id": 1,
    "person_id": None,
    "org_id": None,
    "pipeline_id": 1,
    "stage_id": 1,
    "value": 0,
    "currency": "NOK",
    "status": "open",
    "probability": None,
    "lost_reason": None,
    "won_time": None,
    "lost_time": None,
    "close_time": None,
    "expected_close_date": None,
    "is_deleted": False,
    "is_archived": False,
    "archive_time": None,
    "label_ids": [],
    "visible_to": 3,
    "origin": "API",
    "origin_id": None,
    "channel": None,
    "channel_id": None,
    "acv": None,
    "arr": None,
    "mrr": None,
    "custom_fields": {},
}


def changed(client: FlaskClient, **facts: Any) -> dict[str, Any]:
    """The first deal as it is shown when it has just been changed."""
    answer = client.patch(f"{DEALS}/1", json=facts)
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()["data"]
    assert client.get(f"{DEALS}/1").get_json()["data"] == shown
    return shown


def test_a_deal_needs_a_title_only(client: FlaskClient) -> None:
    shown = added(client)
    times = {name: shown.pop(name) for name in ("add_time", "update_time", "stage_change_time")}
    assert shown == SHOWN
    assert {len(time) for time in times.values()} == {len("2026-01-01T00:00:00Z")}
    second = added(client, title="Boilers")
    assert (second["id"], second["title"]) == (2, "Boilers")


def test_a_deal_is_added_with_all_it_says(app: Flask, client: FlaskClient) -> None:
    make_second_pipeline(app)
    facts = {
        "stage_id": 7,
        "pipeline_id": 2,
        "value": 1234.5,
        "currency": "EUR",
        "status": "won",
        "won_time": "2026-03-04T05:06:07Z",
        "probability": 90,
        "expected_close_date": "2026-12-31",
        "is_archived": True,
        "archive_time": "2026-04-05 06:07:08",
        "label_ids": [3, 2, 3],
        "visible_to": 7,
        "channel": 4,
        "channel_id": "Fair",
    }
    shown = added(client, **facts)
    told = {**facts, "label_ids": [3, 2], "archive_time": "2026-04-05T06:07:08Z", "close_time": facts["won_time"]}
    assert {name: shown[name] for name in told} == told


def test_a_value_without_a_currency_is_in_the_deals_own_or_else_the_callers(client: FlaskClient) -> None:
    assert added(client)["currency"] == "NOK"
    assert changed(client, value=100)["currency"] == "NOK"
    assert changed(client, currency="EUR")["value"] == 100
    shown = changed(client, value=0.25)
    assert (shown["value"], shown["currency"]) == (0.25, "EUR")


def test_a_stage_decides_the_pipeline_and_a_pipeline_alone_means_its_first_stage(
    app: Flask, client: FlaskClient
) -> None:
    make_second_pipeline(app)
    added(client, stage_id=3)
    assert changed(client, pipeline_id=1)["stage_id"] == 3
    assert changed(client, pipeline_id=2)["stage_id"] == 6
    shown = changed(client, stage_id=4)
    assert (shown["pipeline_id"], shown["stage_id"]) == (1, 4)


def test_winning_stamps_the_time_and_the_first_time_stays(client: FlaskClient) -> None:
    added(client)
    won = changed(client, status="won", close_time="2026-01-02T03:04:05Z")
    assert (won["won_time"], won["close_time"], won["lost_time"]) == (*["2026-01-02T03:04:05Z"] * 2, None)
    reopened = changed(client, status="open")
    assert (reopened["won_time"], reopened["close_time"]) == (None, None)
    again = changed(client, status="won")
    assert again["won_time"] == again["close_time"] == again["update_time"]
    answer = client.get(f"{DEALS}/1?include_fields=first_won_time").get_json()
    assert answer["data"]["first_won_time"] == "2026-01-02T03:04:05Z"


def test_correcting_why_a_deal_was_lost_leaves_when(client: FlaskClient) -> None:
    added(client)
    lost = changed(client, status="lost", lost_reason="Price", lost_time="2026-01-02T03:04:05Z")
    assert (lost["lost_reason"], lost["close_time"], lost["won_time"]) == ("Price", "2026-01-02T03:04:05Z", None)
    corrected = changed(client, lost_reason="Delivery")
    assert (corrected["lost_reason"], corrected["lost_time"]) == ("Delivery", "2026-01-02T03:04:05Z")
    moved = changed(client, lost_time="2026-02-02T03:04:05Z")
    assert (moved["lost_reason"], moved["lost_time"]) == ("Delivery", "2026-02-02T03:04:05Z")
    assert changed(client, status="open")["lost_reason"] is None


def test_an_archived_deal_is_fetched_back(client: FlaskClient) -> None:
    added(client)
    archived = changed(client, is_archived=True)
    assert archived["archive_time"] == archived["update_time"]
    fetched = changed(client, is_archived=False)
    assert (fetched["is_archived"], fetched["archive_time"]) == (False, None)


def test_an_edit_changes_what_it_names_and_one_that_changes_nothing_is_not_told(
    app: Flask, client: FlaskClient
) -> None:
    before = added(client, title="Boilers", value=5, label_ids=[1])
    after = changed(client, title="Pumps", expected_close_date="2026-12-31", visible_to=1, probability=10)
    told = {"title": "Pumps", "expected_close_date": "2026-12-31", "visible_to": 1, "probability": 10}
    assert after == {**before, **told, "update_time": after["update_time"]}
    position = ledger_of(app).event_log.max_notification_id()
    assert changed(client, **told) == after
    assert changed(client, custom_fields={}) == after
    assert ledger_of(app).event_log.max_notification_id() == position
    assert changed(client, probability=None, expected_close_date=None)["probability"] is None


def test_fields_are_included_on_request(client: FlaskClient) -> None:
    added(client)
    answer = client.get(f"{DEALS}/1?include_fields=notes_count,next_activity_id,source_lead_id").get_json()["data"]
    assert (answer["notes_count"], answer["next_activity_id"], answer["source_lead_id"]) == (0, None, None)
    assert client.get(f"{DEALS}/1?include_fields=mood").status_code == 400
    accepted = "include_option_labels=true&include_labels=True&custom_fields=" + "a" * 40
    assert client.get(f"{DEALS}/1?{accepted}").status_code == 200


def test_what_is_gone_can_be_read_for_thirty_days(databases: Databases) -> None:
    now = [wall_clock()]
    with databases.fresh(founded) as url, serving(url, lambda: now[0]) as app:
        client = client_of(app)
        person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
        added(client)
        added(client, person_id=person)
        assert client.delete(f"{DEALS}/1").get_json() == {"success": True, "data": {"id": 1}}
        client.post(f"{DEALS}/2/convert/lead")
        assert client.delete(f"{DEALS}/1").status_code == client.patch(f"{DEALS}/2", json={}).status_code == 404
        listed = f"{DEALS}?status=deleted"
        now[0] += timedelta(days=30)
        for deal_id in (1, 2):
            answer = client.get(f"{DEALS}/{deal_id}?include_fields=source_lead_id")
            assert (answer.status_code, answer.get_json()["data"]["is_deleted"]) == (200, True)
            assert answer.get_json()["data"]["source_lead_id"] is None
        assert [deal["id"] for deal in client.get(listed).get_json()["data"]] == [1, 2]
        now[0] += timedelta(seconds=1)
        assert client.get(f"{DEALS}/1").status_code == client.get(f"{DEALS}/2").status_code == 404
        assert client.get(listed).get_json()["data"] == []


def test_a_deal_tells_the_lead_it_came_from(client: FlaskClient) -> None:
    person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    leads = [
        client.post("/v1/leads", json={"title": "Pumps", "person_id": person}).get_json()["data"]["id"] for _ in "ab"
    ]
    for lead_id in leads:
        client.post(f"/api/v2/leads/{lead_id}/convert/deal")
    deals = client.get(f"{DEALS}?include_fields=source_lead_id").get_json()["data"]
    assert [deal["source_lead_id"] for deal in deals] == leads


def test_a_closed_deal_is_reopened_in_a_stage_that_is_still_there_only(client: FlaskClient) -> None:
    stage_id = client.post("/api/v2/stages", json={"name": "Trial", "pipeline_id": 1}).get_json()["data"]["id"]
    won, lost = (added(client, stage_id=stage_id, status=status)["id"] for status in ("won", "lost"))
    assert client.delete(f"/api/v2/stages/{stage_id}").status_code == 200

    refused = client.patch(f"{DEALS}/{won}", json={"status": "open"})
    moved = client.patch(f"{DEALS}/{lost}", json={"status": "open", "stage_id": 1})

    assert (refused.status_code, refused.get_json()["error"]) == (400, f"there is no stage {stage_id}")
    assert (moved.status_code, moved.get_json()["data"]["stage_id"]) == (200, 1)
