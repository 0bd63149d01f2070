"""What deals refuse over HTTP: each time with a reason, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.service.http.deals import DEALS, added, make_second_pipeline
from tests.service.serving import ledger_of

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": " "}, "title: it must not be blank"),
    ({"value": "5"}, "value: it must be a number"),
    ({"value": 0.001}, "NOK has 2 decimals"),
    ({"value": 10**40}, "must be smaller"),
    ({"value": 5, "currency": "XXX"}, "there is no currency"),
    ({"stage_id": 99}, "there is no stage 99"),
    ({"pipeline_id": 99}, "there is no pipeline 99"),
    ({"stage_id": 6, "pipeline_id": 1}, "stage 6 stands in pipeline 2"),
    ({"owner_id": 99}, "there is no user 99"),
    ({"person_id": 99}, "there is no person 99"),
    ({"org_id": 99}, "there is no organization 99"),
    ({"status": "deleted"}, "status"),
    ({"lost_reason": "Price"}, "lost_reason can be set only where the deal is lost"),
    ({"status": "won", "lost_time": "2026-01-01T00:00:00Z"}, "lost_time can be set only"),
    ({"close_time": "2026-01-01T00:00:00Z"}, "close_time can be set only where the deal is won or lost"),
    ({"status": "won", "won_time": "2026-01-01T00:00:00Z", "close_time": "2026-01-02T00:00:00Z"}, "must not differ"),
    ({"archive_time": "2026-01-01T00:00:00Z"}, "archive_time can be set only"),
    ({"is_deleted": True}, "DELETE"),
    ({"custom_fields": {"a" * 40: 1}}, "custom_fields." + "a" * 40),
    ({"probability": 101}, "probability"),
    ({"visible_to": 2}, "visible_to"),
    ({"label_ids": ["1"]}, "label_ids"),
    ({"organization_id": 1}, "organization_id: Parameter 'organization_id' is not allowed for this request"),
    ({"_type_": "x", "_data_": "y"}, "'_data_' is not allowed for this request; _type_: Parameter '_type_' is"),
]


def test_bad_input_is_refused_with_a_reason_and_stores_nothing(app: Flask, client: FlaskClient) -> None:
    make_second_pipeline(app)
    before = added(client)
    position = ledger_of(app).event_log.max_notification_id()
    for body, reason in REFUSED:
        for answer in (
            client.patch(f"{DEALS}/1", json=body),
            client.post(DEALS, json={"title": "Boilers", **body}),
        ):
            assert (answer.status_code, answer.get_json()["success"]) == (400, False), body
            assert reason in answer.get_json()["error"], body
    assert client.post(DEALS, json={"value": 1}).status_code == 400
    assert ledger_of(app).event_log.max_notification_id() == position
    assert client.get(f"{DEALS}/1").get_json()["data"] == before


UNREADABLE = [
    '{"title": "Pumps", "value": 1e400}',
    '{"title": "Pumps", "value": 1e-400}',
    '{"title": "Pumps", "value": NaN}',
    '{"title": "Pumps\\u0000"}',
    '{"title": "Pumps\\ud800"}',
    '{"title": "Pumps", "custom_fields": ' + "[" * 5000 + "]" * 5000 + "}",
    '{"title": "Pumps", "label_ids": [12345678901234567890]}',
    '{"title": "Pumps"',
    '["Pumps"]',
]


@pytest.mark.parametrize("body", UNREADABLE)
def test_a_body_that_no_deal_can_come_from_is_refused(app: Flask, client: FlaskClient, body: str) -> None:
    position = ledger_of(app).event_log.max_notification_id()
    answer = client.post(DEALS, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["success"]) == (400, False)
    assert ledger_of(app).event_log.max_notification_id() == position


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_deal_that_never_was_is_not_found(client: FlaskClient, method: str) -> None:
    added(client)
    answer = getattr(client, method)(f"{DEALS}/2", **({} if method == "get" else {"json": {}}))
    assert (answer.status_code, answer.get_json()["error"]) == (404, "Deal not found")
