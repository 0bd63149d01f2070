"""Deals in version 1's form: references as objects, times and labels as text, and version 2's rules."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.databases import Databases
from tests.service.http.first_version import CLASSIC, done, refused
from tests.service.http.ledger.conftest import Company
from tests.service.serving import client_of, founded, serving

ADMINISTRATOR = {
    "id": 1,
    "name": "Administrator",
    "email": "administrator@leadledger.invalid",
    "has_pic": 0,
    "pic_hash": None,
    "active_flag": True,
}


@pytest.fixture
def contacts(client: FlaskClient) -> None:
    """A person who works for an organization."""
    address = {"value": "Torget 1", "locality": "Bergen"}
    done(client.post("/api/v2/organizations", json={"name": "Rør AS", "address": address, "label_ids": [4]}))
    phones = [{"value": "+47 1", "label": "work"}]
    done(client.post("/api/v2/persons", json={"name": "Kari Berg", "org_id": 1, "phones": phones}))


def added(client: FlaskClient, **facts: Any) -> Any:
    return done(client.post("/v1/deals", json={"title": "Pumps", **facts}), 201)


def ids(answer: Any) -> list[int]:
    return [each["id"] for each in done(answer)]


@pytest.mark.usefixtures("contacts")
def test_a_deal_is_shown_with_objects_in_place_of_ids(client: FlaskClient) -> None:
    made = added(client, person_id="1", org_id="1", value="1500.5", currency="EUR", label="3,4", visible_to="3")
    assert made["user_id"] == made["creator_user_id"] == {**ADMINISTRATOR, "value": 1}
    assert made["person_id"] == {
        "active_flag": True,
        "name": "Kari Berg",
        "email": [{"value": "", "primary": True}],
        "phone": [{"value": "+47 1", "primary": True, "label": "work"}],
        "owner_id": 1,
        "company_id": 1,
        "value": 1,
    }
    assert made["org_id"] == {
        "name": "Rør AS",
        "people_count": 1,
        "owner_id": 1,
        "owner_name": "Administrator",
        "address": "Torget 1",
        "active_flag": True,
        "cc_email": "organization+1@leadledger.invalid",
        "label_ids": [4],
        "value": 1,
    }
    names = {name: made[name] for name in ("person_name", "org_name", "owner_name")}
    assert names == {"person_name": "Kari Berg", "org_name": "Rør AS", "owner_name": "Administrator"}
    told = {name: made[name] for name in ("value", "currency", "label", "visible_to", "formatted_value")}
    assert told == {
        "value": 1500.5,
        "currency": "EUR",
        "label": "3,4",
        "visible_to": "3",
        "formatted_value": "€1,500.50",
    }
    assert CLASSIC.fullmatch(made["add_time"])
    assert (made["stage_change_time"], made["won_time"]) == (None, None)
    assert (made["active"], made["deleted"], made["status"]) == (True, False, "open")


@pytest.mark.usefixtures("contacts")
def test_what_deals_refer_to_stands_beside_them_by_kind_and_id(client: FlaskClient) -> None:
    added(client, person_id=1)
    answer = client.get("/v1/deals").json
    related = answer["related_objects"]
    assert related["user"] == {"1": ADMINISTRATOR}
    assert related["person"]["1"]["name"] == "Kari Berg"
    assert "value" not in related["person"]["1"]
    assert "organization" not in related
    assert answer["data"][0]["org_id"] is None
    assert client.get("/v1/deals/1").json["related_objects"] == related


def test_a_put_changes_what_it_names_and_nothing_else(client: FlaskClient) -> None:
    before = added(client, value=100, currency="NOK", label=7)
    after = done(client.put("/v1/deals/1", json={"stage_id": "3", "pipeline_id": 99, "probability": "60"}))
    assert (after["stage_id"], after["stage_order_nr"], after["probability"]) == (3, 3, 60)
    assert CLASSIC.fullmatch(after["stage_change_time"])
    moved = {"stage_id", "stage_order_nr", "probability", "stage_change_time", "update_time"}
    assert {**before, **{name: after[name] for name in moved}} == after
    assert done(client.put("/v1/deals/1", json={"label": None}))["label"] is None
    assert client.get("/api/v2/deals/1").json["data"]["stage_id"] == 3


@pytest.mark.parametrize(
    ("given", "shown"), [(7, "7"), ("7", "7"), ([7, "8", 7], "7,8"), ("7,8", "7,8"), ("", None), (None, None)]
)
def test_labels_are_taken_in_every_spelling_that_clients_have(client: FlaskClient, given: Any, shown: Any) -> None:
    assert added(client, label=given)["label"] == shown


def test_values_are_weighted_by_probability_where_the_pipeline_has_any(client: FlaskClient) -> None:
    added(client, value=1000, currency="USD", probability=25)
    assert done(client.get("/v1/deals/1"))["weighted_value"] == 1000
    client.put("/v1/pipelines/1", json={"deal_probability": 1})
    deal = done(client.get("/v1/deals/1"))
    assert (deal["weighted_value"], deal["formatted_weighted_value"]) == (250, "$250")
    client.put("/v1/deals/1", json={"probability": None})
    client.put("/v1/stages/1", json={"deal_probability": 10})
    assert done(client.get("/v1/deals/1"))["weighted_value"] == 100


def test_a_deal_tells_when_it_will_have_been_left_alone_for_too_long(client: FlaskClient) -> None:
    added(client)
    assert done(client.get("/v1/deals/1"))["rotten_time"] is None
    client.put("/v1/stages/1", json={"rotten_flag": 1, "rotten_days": 3})
    deal = done(client.get("/v1/deals/1"))
    assert CLASSIC.fullmatch(deal["rotten_time"])
    assert deal["rotten_time"] > deal["update_time"]


def test_a_deal_tells_what_is_planned_and_written_about_it(client: FlaskClient) -> None:
    added(client)
    activity = {"subject": "Visit", "type": "meeting", "deal_id": 1, "due_date": "2030-01-07", "due_time": "09:30"}
    client.post("/api/v2/activities", json=activity)
    client.post("/v1/notes", json={"content": "They called", "deal_id": 1})
    deal = done(client.get("/v1/deals/1"))
    planned = {name.removeprefix("next_activity_"): deal[name] for name in deal if name.startswith("next_activity_")}
    assert planned == {
        "id": 1,
        "subject": "Visit",
        "type": "meeting",
        "date": "2030-01-07",
        "time": "09:30:00",
        "duration": None,
        "note": None,
    }
    counts = ("activities_count", "undone_activities_count", "done_activities_count", "notes_count", "files_count")
    assert [deal[name] for name in counts] == [1, 1, 0, 1, 0]


def test_lists_are_filtered_sorted_and_paged(client: FlaskClient) -> None:
    for title, value, stage in (("b", 10, 1), ("a", 30, 2), ("c", 20, 1)):
        added(client, title=title, value=value, currency="NOK", stage_id=stage)
    client.put("/v1/deals/3", json={"status": "won"})
    assert ids(client.get("/v1/deals")) == [1, 2, 3]
    assert ids(client.get("/v1/deals?sort=value DESC")) == [2, 3, 1]
    assert ids(client.get("/v1/deals?sort=stage_id desc, title")) == [2, 1, 3]
    assert ids(client.get("/v1/deals?sort=won_time")) == [3, 1, 2]
    assert ids(client.get("/v1/deals?status=open")) == [1, 2]
    assert ids(client.get("/v1/deals?stage_id=1&user_id=1")) == [1, 3]
    assert ids(client.get("/v1/deals?user_id=2")) == []
    assert ids(client.get("/v1/deals?user_id=2&owned_by_you=1")) == [1, 2, 3]
    assert ids(client.get("/v1/deals?start=1&limit=1")) == [2]
    assert client.get("/v1/deals?limit=2").json["additional_data"]["pagination"]["next_start"] == 2
    assert client.get("/v1/deals?sort=nothing").status_code == 400


def test_a_deleted_deal_is_in_no_list_but_that_of_the_deleted_ones(client: FlaskClient) -> None:
    for _ in range(4):
        added(client)
    assert done(client.delete("/v1/deals/1")) == {"id": 1}
    assert done(client.put("/v1/deals/2", json={"status": "deleted"}))["status"] == "deleted"
    assert done(client.delete("/v1/deals", json={"ids": [2, 3]})) == {"id": [3]}
    assert ids(client.get("/v1/deals")) == [4]
    assert ids(client.get("/v1/deals?status=deleted")) == [1, 2, 3]
    gone = done(client.get("/v1/deals/1"))
    assert (gone["deleted"], gone["active"], gone["status"]) == (True, False, "deleted")
    refused(client.delete("/v1/deals?ids=1,2"), "Please provide at least one item to delete")


def test_a_search_is_paged_by_offset_and_shows_what_version_2_shows(client: FlaskClient) -> None:
    for title in ("Boiler", "Two boilers"):
        added(client, title=title)
    found = client.get("/v1/deals/search?term=boiler&limit=1").json
    assert found["data"]["items"][0] == client.get("/api/v2/deals/search?term=boiler").json["data"]["items"][0]
    assert found["additional_data"]["pagination"]["next_start"] == 1
    assert done(client.get("/v1/deals/search?term=boiler&start=1"))["items"][0]["item"]["id"] == 2
    nothing = client.get("/v1/deals/search?term=nothing").json
    assert nothing["data"] == {"items": []}
    assert nothing["additional_data"]["pagination"]["more_items_in_collection"] is False


@pytest.mark.parametrize(("query", "reason"), [("", "is required"), ("?term=", "is not allowed to be empty")])
def test_a_search_without_a_term_is_refused_by_an_object(client: FlaskClient, query: str, reason: str) -> None:
    answer = client.get(f"/v1/deals/search{query}")
    message = f'ServerError [ERR_INVALID_INPUT]: Invalid input: "term" {reason}'
    assert answer.status_code == 400
    assert answer.json == {
        "success": False,
        "error": {"message": message, "code": 400, "failed_fields": ["term"]},
    }


def test_refusals_are_worded_as_version_1_does(client: FlaskClient) -> None:
    refused(client.get("/v1/deals/9"), "Deal not found", 404)
    refused(client.put("/v1/deals/9", json={"title": "x"}), "Deal not found", 404)
    refused(client.delete("/v1/deals/9"), "Deal not found", 404)
    refused(client.post("/v1/deals", json={"value": 1}), "Deal title must be given.")
    refused(client.post("/v1/deals", json={"title": "x", "owner_id": 1}), "Invalid field(s) in the payload: owner_id")
    refused(client.post("/v1/deals", json={"title": "x", "person_id": "9"}), "there is no person 9")


def test_whoever_gets_one_deal_sees_its_last_and_its_next_activity(client: FlaskClient) -> None:
    deal = added(client)["id"]
    assert (one(client, deal)["last_activity"], one(client, deal)["next_activity"]) == (None, None)
    for is_done in (1, 0):
        done(client.post("/v1/activities", json={"subject": "Call", "deal_id": deal, "done": is_done}), 201)
    shown = one(client, deal)
    assert shown["last_activity"] == done(client.get("/v1/activities/1"))
    assert shown["next_activity"] == done(client.get("/v1/activities/2"))


def test_a_deal_stays_in_its_stages_while_it_is_open(databases: Databases) -> None:
    company = Company()
    with databases.fresh(founded) as url, serving(url, company.clock) as app:
        client = client_of(app)
        done(client.post("/api/v2/persons", json={"name": "Kari Berg"}))
        deal = added(client, person_id=1)["id"]
        for seconds, facts in ((60, {"stage_id": 3}), (5, {"title": "Pump"}), (5, {"status": "won"}), (900, {})):
            company.wait(seconds=seconds)
            done(client.put(f"/v1/deals/{deal}", json=facts))
        won = one(client, deal)["stay_in_pipeline_stages"]
        assert won == {"times_in_stages": {"1": 60, "2": 0, "3": 10}, "order_of_stages": [1, 2, 3]}
        done(client.put(f"/v1/deals/{deal}", json={"status": "open", "stage_id": 2}))
        company.wait(seconds=7)
        again = one(client, deal)["stay_in_pipeline_stages"]
        assert again == {"times_in_stages": {"1": 60, "2": 7, "3": 10}, "order_of_stages": [1, 2]}
        asked = client.post(f"/api/ledger/v1/deals/{deal}/revert", json={"reason": "Only gathering prices"})
        assert asked.status_code == 200
        company.wait(days=1)
        assert one(client, deal)["stay_in_pipeline_stages"] == again, "a lead stands in no stage"


def test_a_new_deal_may_say_what_it_is_called_where_it_comes_from(client: FlaskClient) -> None:
    assert added(client, origin_id="form-7")["origin_id"] == "form-7"
    refused(client.put("/v1/deals/1", json={"origin_id": "x"}), "Invalid field(s) in the payload: origin_id")


def one(client: FlaskClient, deal_id: int) -> Any:
    return done(client.get(f"/v1/deals/{deal_id}"))
