"""Pipelines and stages in version 1's form: what version 2 knows of them, in other names and shapes."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.http.first_version import CLASSIC, done, refused


def test_a_pipeline_is_added_with_text_for_numbers_and_shown_in_version_1_s_words(client: FlaskClient) -> None:
    made = done(client.post("/v1/pipelines", json={"name": "After sales care", "deal_probability": "1"}))
    assert CLASSIC.fullmatch(made.pop("add_time"))
    assert CLASSIC.fullmatch(made.pop("update_time"))
    assert made == {
        "id": 2,
        "name": "After sales care",
        "url_title": "After-sales-care",
        "order_nr": 2,
        "active": True,
        "deal_probability": True,
        "selected": False,
    }
    assert client.get("/api/v2/pipelines/2").json["data"]["is_deal_probability_enabled"] is True


def test_all_pipelines_are_listed_with_the_pagination_that_clients_read(client: FlaskClient) -> None:
    answer = client.get("/api/v1/pipelines").json
    assert [(each["id"], each["selected"]) for each in answer["data"]] == [(1, True)]
    pagination = {"start": 0, "limit": 100, "more_items_in_collection": False}
    assert answer["additional_data"]["pagination"] == pagination


def test_a_put_changes_what_it_names_and_nothing_else(client: FlaskClient) -> None:
    before = done(client.get("/v1/stages/1"))
    after = done(client.put("/v1/stages/1", json={"rotten_flag": 1, "rotten_days": "9"}))
    assert (after["rotten_flag"], after["rotten_days"]) == (True, 9)
    same = before.keys() - {"rotten_flag", "rotten_days", "update_time"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert done(client.put("/v1/pipelines/1", json={"name": "Sales", "deal_probability": 0}))["name"] == "Sales"


def test_stages_tell_what_their_pipeline_is_called_and_are_filtered_and_paged(client: FlaskClient) -> None:
    client.post("/v1/pipelines", json={"name": "Service"})
    for name in ("Asked", "Agreed"):
        client.post("/v1/stages", json={"name": name, "pipeline_id": "2"})
    first = client.get("/v1/stages?pipeline_id=2&limit=1&unknown=1").json
    assert [(each["name"], each["pipeline_name"], each["order_nr"]) for each in first["data"]] == [
        ("Asked", "Service", 1)
    ]
    assert first["data"][0]["pipeline_deal_probability"] is False
    pagination = first["additional_data"]["pagination"]
    assert (pagination["more_items_in_collection"], pagination["next_start"]) == (True, 1)
    last = client.get("/v1/stages?pipeline_id=2&limit=1&start=1").json
    assert [each["name"] for each in last["data"]] == ["Agreed"]
    assert "next_start" not in last["additional_data"]["pagination"]
    ordered = done(client.get("/v1/stages?sort=order_nr+desc,name ASC"))
    assert [each["order_nr"] for each in ordered] == sorted((each["order_nr"] for each in ordered), reverse=True)


def test_a_deleted_stage_is_still_shown_by_its_id_as_no_longer_active(client: FlaskClient) -> None:
    stage = done(client.post("/v1/stages", json={"name": "Offer", "pipeline_id": 1}))["id"]
    assert done(client.delete(f"/v1/stages/{stage}")) == {"id": stage}
    assert done(client.get(f"/v1/stages/{stage}"))["active_flag"] is False
    assert stage not in [each["id"] for each in done(client.get("/v1/stages"))]


@pytest.mark.parametrize("in_body", [False, True], ids=["ids in the query", "ids in a body"])
def test_many_stages_are_deleted_at_once_those_that_are_there(client: FlaskClient, in_body: bool) -> None:
    made = [done(client.post("/v1/stages", json={"name": "Offer", "pipeline_id": 1}))["id"] for _ in range(3)]
    client.delete(f"/v1/stages/{made[0]}")
    listed = ",".join(map(str, made))
    answer = client.delete("/v1/stages", json={"ids": made}) if in_body else client.delete(f"/v1/stages?ids={listed}")
    assert done(answer) == {"id": made[1:]}
    assert {*made}.isdisjoint(each["id"] for each in done(client.get("/v1/stages")))
    refused(client.delete(f"/v1/stages?ids={listed}"), "Please provide at least one item to delete")


@pytest.mark.parametrize("body", [None, {}, {"ids": []}, {"ids": [999]}])
def test_where_nothing_is_left_to_delete_that_is_said(client: FlaskClient, body: Any) -> None:
    refused(client.delete("/v1/stages", json=body), "Please provide at least one item to delete")


@pytest.mark.parametrize("body", [{"ids": ["x"]}, {"ids": {}}, {"ids": [True]}, {"ids": None}, {"ids": [[1]]}])
def test_ids_in_a_body_are_checked_as_in_a_query(client: FlaskClient, body: Any) -> None:
    assert client.delete("/v1/stages", json=body).status_code == 400


def test_of_many_stages_none_is_deleted_where_a_rule_forbids_one(client: FlaskClient) -> None:
    stage = done(client.post("/v1/stages", json={"name": "Offer", "pipeline_id": 1}))["id"]
    client.post("/api/v2/deals", json={"title": "Boiler", "stage_id": 1})
    refused(
        client.delete(f"/v1/stages?ids={stage},1"), "there are open deals in stage 1; move them to other stages first"
    )
    assert done(client.get(f"/v1/stages/{stage}"))["active_flag"] is True


def test_refusals_have_version_1_s_envelope_and_words(client: FlaskClient) -> None:
    refused(client.post("/v1/stages", json={"name": "x", "y": 1}), "Invalid field(s) in the payload: y")
    missing = client.get("/v1/stages/99")
    refused(missing, "Stage not found", 404)
    assert (missing.json["data"], missing.json["additional_data"]) == (None, None)
    refused(client.put("/v1/pipelines/99", json={}), "Pipeline not found", 404)
    assert client.put("/v1/stages/1", json={"deal_probability": "101"}).status_code == 400
    assert client.put("/v1/stages/1", json={"rotten_flag": "maybe"}).status_code == 400
