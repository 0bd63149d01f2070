"""Pipelines and stages are put in another order, as a whole or not at all."""

from __future__ import annotations

import pytest

from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague


def _stages(company: Company) -> list[int]:
    return [stage["id"] for stage in company.get("/pipelines/1/board")["stages"]]


def test_stages_stand_as_the_order_says_and_events_tell_only_what_moved(company: Company) -> None:
    first, second, *others = _stages(company)
    wanted = [second, first, *others]
    answer = company.client.put(f"{OURS}/pipelines/1/stages/order", json={"stage_ids": wanted})
    assert (answer.status_code, answer.get_json()) == (200, {"stage_ids": wanted})
    assert _stages(company) == wanted
    moved = company.get("/events", types="StageEdited")["items"]
    assert {event["data"]["stage_id"] for event in moved} == {first, second}


def test_the_first_pipeline_is_the_default_one(company: Company) -> None:
    company.client.post("/api/v2/pipelines", json={"name": "Service"})
    answer = company.client.put(f"{OURS}/pipelines/order", json={"pipeline_ids": [2, 1]})
    assert answer.status_code == 200
    listed = company.client.get("/v1/pipelines").get_json()["data"]
    assert {pipeline["id"]: pipeline["selected"] for pipeline in listed} == {1: False, 2: True}


@pytest.mark.parametrize("ids", [[], [1], [1, 1], [1, 2, 3, 4, 99], ["1"], None, [2**60]])
def test_an_order_that_does_not_name_each_stage_once_changes_nothing(company: Company, ids: object) -> None:
    before = _stages(company)
    answer = company.client.put(f"{OURS}/pipelines/1/stages/order", json={"stage_ids": ids})
    assert answer.status_code in (400, 409)
    assert _stages(company) == before
    assert company.client.put(f"{OURS}/pipelines/9/stages/order", json={"stage_ids": [1]}).status_code == 404


def test_who_is_no_administrator_puts_nothing_in_order(company: Company) -> None:
    _, colleague = a_colleague(company.client.application)
    assert colleague.put(f"{OURS}/pipelines/order", json={"pipeline_ids": [1]}).status_code == 403
