"""Administrators lay out ways of selling over HTTP, stage by stage, and none is given up under open deals."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.clock import wall_clock
from service.commands import users
from service.ledger.ledger import Origin
from tests.databases import Databases
from tests.service.serving import client_of, founded, issued, ledger_of, serving

PIPELINES = "/api/v2/pipelines"
STAGES = "/api/v2/stages"


def made(client: FlaskClient, address: str, **facts: Any) -> dict[str, Any]:
    answer = client.post(address, json=facts)
    assert answer.status_code == 200, answer.json
    shown: dict[str, Any] = answer.json["data"]
    return shown


def names(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.json
    return [item["name"] for item in answer.json["data"]]


def refused(answer: Any, reason: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json["success"]) == (status, False)
    assert reason in answer.json["error"]


def positions(app: Flask) -> int | None:
    return ledger_of(app).event_log.max_notification_id()


def test_a_pipeline_is_laid_out_behind_the_others_renamed_and_given_up(client: FlaskClient) -> None:
    first = made(client, PIPELINES, name="Service")
    second = made(client, PIPELINES, name="Wholesale", is_deal_probability_enabled=True)
    assert first | {"add_time": "", "update_time": ""} == {
        "id": 2,
        "name": "Service",
        "order_nr": 2,
        "is_deleted": False,
        "is_deal_probability_enabled": False,
        "add_time": "",
        "update_time": "",
    }
    assert len(first["add_time"]) == len("2024-01-01T00:00:00Z")
    assert (second["order_nr"], second["is_deal_probability_enabled"]) == (3, True)

    changed = client.patch(f"{PIPELINES}/2", json={"name": "After-sales"}).json["data"]
    assert changed == {**first, "name": "After-sales", "update_time": changed["update_time"]}
    assert client.get(f"{PIPELINES}/2").json["data"] == changed

    assert client.delete(f"{PIPELINES}/2").json["data"] == {"id": 2}
    assert names(client, PIPELINES) == ["Sales", "Wholesale"]
    assert client.get(f"{PIPELINES}/2").json["data"]["is_deleted"] is True
    refused(client.delete(f"{PIPELINES}/2"), "Pipeline not found", 404)
    refused(client.patch(f"{PIPELINES}/2", json={"name": "Again"}), "Pipeline not found", 404)
    refused(client.get(f"{PIPELINES}/9"), "Pipeline not found", 404)


def test_a_stage_is_added_behind_the_others_of_its_pipeline(client: FlaskClient) -> None:
    other = made(client, PIPELINES, name="Service")["id"]
    assert made(client, STAGES, name="Call", pipeline_id=other)["order_nr"] == 1
    stage = made(client, STAGES, name="Signed", pipeline_id=1, is_deal_rot_enabled=True, days_to_rotten=14)
    assert stage | {"add_time": "", "update_time": ""} == {
        "id": 7,
        "order_nr": 6,
        "name": "Signed",
        "is_deleted": False,
        "deal_probability": 100,
        "pipeline_id": 1,
        "is_deal_rot_enabled": True,
        "days_to_rotten": 14,
        "add_time": "",
        "update_time": "",
    }
    assert client.get(f"{STAGES}/7").json["data"] == stage
    assert names(client, f"{STAGES}?pipeline_id={other}") == ["Call"]
    assert len(names(client, STAGES)) == 7


def test_a_stage_is_corrected_and_given_up(client: FlaskClient) -> None:
    before = client.get(f"{STAGES}/5").json["data"]
    after = client.patch(f"{STAGES}/5", json={"name": "Haggling", "deal_probability": 0}).json["data"]
    assert after == {**before, "name": "Haggling", "deal_probability": 0, "update_time": after["update_time"]}
    refused(client.patch(f"{STAGES}/5", json={"is_deal_rot_enabled": True}), "days_to_rotten")

    assert client.delete(f"{STAGES}/5").json["data"] == {"id": 5}
    assert names(client, STAGES) == ["First email sent", "Reply received", "Meeting", "Offer made"]
    assert client.get(f"{STAGES}/5").json["data"]["is_deleted"] is True
    refused(client.delete(f"{STAGES}/5"), "Stage not found", 404)
    refused(client.patch(f"{STAGES}/5", json={"name": "Again"}), "Stage not found", 404)
    refused(client.get(f"{STAGES}/9"), "Stage not found", 404)


@pytest.mark.parametrize("address", [f"{PIPELINES}?", f"{STAGES}?pipeline_id=1&"])
@pytest.mark.parametrize("sort_by", ["id", "add_time", "update_time"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_lists_go_on_page_by_page_in_any_order(client: FlaskClient, address: str, sort_by: str, direction: str) -> None:
    for name in ("Service", "Wholesale", "Projects", "Spare parts"):
        made(client, PIPELINES, name=name)
    client.patch(f"{PIPELINES}/2", json={"name": "After-sales"})
    client.patch(f"{STAGES}/2", json={"name": "They replied"})
    ids: list[int] = []
    cursor = ""
    while True:
        order = f"sort_by={sort_by}&sort_direction={direction}"
        page = client.get(f"{address}{order}&limit=2{cursor}").json
        ids += [item["id"] for item in page["data"]]
        if page["additional_data"]["next_cursor"] is None:
            break
        cursor = f"&cursor={page['additional_data']['next_cursor']}"
    expected = [1, 3, 4, 5, 2] if sort_by == "update_time" else [1, 2, 3, 4, 5]
    assert ids == (expected if direction == "asc" else expected[::-1])


def test_stages_are_sorted_by_their_place_too(client: FlaskClient) -> None:
    made(client, PIPELINES, name="Service")
    client.patch(f"{STAGES}/1", json={"pipeline_id": 2})
    client.patch(f"{STAGES}/1", json={"pipeline_id": 1})
    first = client.get(f"{STAGES}?pipeline_id=1&sort_by=order_nr&limit=3").json
    cursor = first["additional_data"]["next_cursor"]
    second = client.get(f"{STAGES}?pipeline_id=1&sort_by=order_nr&limit=3&cursor={cursor}").json
    assert [item["id"] for item in (*first["data"], *second["data"])] == [2, 3, 4, 5, 1]
    refused(client.get(f"{PIPELINES}?sort_by=order_nr"), "sort_by")


def test_a_stage_moves_to_another_pipeline_as_its_last_but_not_with_deals_in_it(client: FlaskClient) -> None:
    other = made(client, PIPELINES, name="Service")["id"]
    made(client, STAGES, name="Call", pipeline_id=other)
    deal = made(client, "/api/v2/deals", title="Pumps", stage_id=3)["id"]
    client.patch(f"/api/v2/deals/{deal}", json={"status": "won"})
    refused(client.patch(f"{STAGES}/3", json={"pipeline_id": other}), "move them to other stages first")
    client.patch(f"/api/v2/deals/{deal}", json={"stage_id": 2})
    moved = client.patch(f"{STAGES}/3", json={"pipeline_id": other, "name": "Visit"}).json["data"]
    assert (moved["pipeline_id"], moved["order_nr"], moved["name"]) == (other, 2, "Visit")
    refused(client.patch(f"{STAGES}/2", json={"pipeline_id": 99}), "there is no pipeline 99")


def test_a_stage_is_not_given_up_while_open_deals_stand_in_it(client: FlaskClient) -> None:
    deals = [made(client, "/api/v2/deals", title=title, stage_id=2)["id"] for title in ("Pumps", "Pipes")]
    refused(client.delete(f"{STAGES}/2"), "move them to other stages first")
    client.patch(f"/api/v2/deals/{deals[0]}", json={"status": "lost"})
    refused(client.delete(f"{STAGES}/2"), "move them to other stages first")
    client.patch(f"/api/v2/deals/{deals[1]}", json={"stage_id": 3})
    assert client.delete(f"{STAGES}/2").status_code == 200


def test_a_pipeline_is_given_up_with_its_stages_once_no_open_deals_stand_in_it(app: Flask, client: FlaskClient) -> None:
    made(client, PIPELINES, name="Service")
    stages = [made(client, STAGES, name=name, pipeline_id=2)["id"] for name in ("Call", "Visit")]
    deal = made(client, "/api/v2/deals", title="Pumps", stage_id=stages[1])["id"]
    before = positions(app)
    refused(client.delete(f"{PIPELINES}/2"), "move them to other stages first")
    assert positions(app) == before
    assert names(client, f"{STAGES}?pipeline_id=2") == ["Call", "Visit"]

    client.patch(f"/api/v2/deals/{deal}", json={"is_archived": True})
    assert client.delete(f"{PIPELINES}/2").status_code == 200
    assert names(client, f"{STAGES}?pipeline_id=2") == []
    assert all(client.get(f"{STAGES}/{stage}").json["data"]["is_deleted"] for stage in stages)
    refused(client.post(STAGES, json={"name": "Late", "pipeline_id": 2}), "there is no pipeline 2")


def test_the_last_pipeline_is_never_given_up(client: FlaskClient) -> None:
    refused(client.delete(f"{PIPELINES}/1"), "make another one first")
    made(client, PIPELINES, name="Service")
    assert client.delete(f"{PIPELINES}/1").status_code == 200
    refused(client.delete(f"{PIPELINES}/2"), "make another one first")


def test_only_administrators_change_pipelines_and_stages(app: Flask, client: FlaskClient) -> None:
    console = Origin(user_id=None, request_id="tests", client="tests")
    facts = {"name": "Åse", "email": "ase@example.no", "is_admin": False, "default_currency": "NOK"}
    facts |= {"locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    ledger_of(app).execute(console, partial(users.add, facts=facts))
    seller = client_of(app, issued(ledger_of(app), 2))
    before = positions(app)
    for address, body in ((PIPELINES, {"name": "Mine"}), (STAGES, {"name": "Mine", "pipeline_id": 1})):
        refused(seller.post(address, json=body), "only an administrator may do this", 403)
        refused(seller.patch(f"{address}/1", json={"name": "Mine"}), "only an administrator may do this", 403)
        refused(seller.delete(f"{address}/1"), "only an administrator may do this", 403)
        assert names(seller, address) == names(client, address)
    assert positions(app) == before


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (PIPELINES, {}),
        (PIPELINES, {"name": " "}),
        (PIPELINES, {"name": "A", "order_nr": 1}),
        (PIPELINES, {"name": "A", "is_deal_probability_enabled": 1}),
        (STAGES, {"name": "A"}),
        (STAGES, {"pipeline_id": 1}),
        (STAGES, {"name": "A", "pipeline_id": "1"}),
        (STAGES, {"name": "A", "pipeline_id": 9}),
        (STAGES, {"name": "A", "pipeline_id": 1, "order_nr": 1}),
        (STAGES, {"name": "A", "pipeline_id": 1, "deal_probability": 101}),
        (STAGES, {"name": "A", "pipeline_id": 1, "days_to_rotten": 0}),
        (STAGES, {"name": "A", "pipeline_id": 1, "is_deal_rot_enabled": True}),
        (STAGES, {"name": "A", "pipeline_id": 1, "color": "red"}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_happens(
    app: Flask, client: FlaskClient, address: str, body: dict[str, Any]
) -> None:
    before = positions(app)
    answer = client.post(address, json=body)
    assert (answer.status_code, answer.json["success"]) == (400, False)
    assert positions(app) == before


def test_what_was_given_up_is_gone_for_good_after_a_month(databases: Databases) -> None:
    now = wall_clock()
    with databases.fresh(founded) as url, serving(url, lambda: now) as app:
        client = client_of(app)
        client.delete(f"{STAGES}/5")
        now += timedelta(days=29)
        assert client.get(f"{STAGES}/5").status_code == 200
        now += timedelta(days=2)
        refused(client.get(f"{STAGES}/5"), "Stage not found", 404)
        assert client.get(f"{STAGES}/4").status_code == 200
