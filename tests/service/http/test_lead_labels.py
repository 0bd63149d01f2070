"""Labels are made, renamed and given up by any client of version 1, and leads bear only those that are there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient


def labels_of(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/v1/leadLabels")
    assert answer.status_code == 200
    return {label["name"]: label for label in answer.json["data"]}


def test_a_new_company_has_the_usual_three_labels(client: FlaskClient) -> None:
    assert [(name, label["color"]) for name, label in labels_of(client).items()] == [
        ("Hot", "red"),
        ("Warm", "yellow"),
        ("Cold", "blue"),
    ]


def test_a_label_is_added_renamed_painted_anew_and_given_up(client: FlaskClient) -> None:
    added = client.post("/v1/leadLabels", json={"name": "Trade fair", "color": "dark-gray"})
    assert added.status_code == 200
    label = added.json["data"]
    assert set(label) == {"id", "name", "color", "add_time", "update_time"}
    assert len(label["add_time"]) == len("2020-10-14T11:30:36.551Z")
    assert list(labels_of(client)) == ["Hot", "Warm", "Cold", "Trade fair"]

    changed = client.patch(f"/api/v1/leadLabels/{label['id']}", json={"name": "Fair", "color": "pink"})
    assert changed.status_code == 200
    assert changed.json["data"] == {
        **label,
        "name": "Fair",
        "color": "pink",
        "update_time": changed.json["data"]["update_time"],
    }

    deleted = client.delete(f"/v1/leadLabels/{label['id']}")
    assert (deleted.status_code, deleted.json["data"]) == (200, {"id": label["id"]})
    assert list(labels_of(client)) == ["Hot", "Warm", "Cold"]


def test_an_unknown_or_deleted_label_is_not_found(client: FlaskClient) -> None:
    hot = labels_of(client)["Hot"]["id"]
    client.delete(f"/v1/leadLabels/{hot}")
    for label_id in (hot, uuid4()):
        for answer in (
            client.patch(f"/v1/leadLabels/{label_id}", json={"name": "New"}),
            client.delete(f"/v1/leadLabels/{label_id}"),
        ):
            assert answer.status_code == 404
            assert (answer.json["success"], answer.json["error_info"]) == (False, "Object was not found.")


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "A"}, {"name": "", "color": "red"}, {"name": "A", "color": "teal"}, {"name": 1, "color": "red"}],
)
def test_a_label_needs_a_name_and_a_colour_of_the_wire(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post("/v1/leadLabels", json=body)
    assert answer.status_code == 400
    assert answer.json["success"] is False
    assert len(labels_of(client)) == 3


def test_leads_bear_labels_that_are_there_and_no_others(client: FlaskClient) -> None:
    person_id = client.post("/api/v2/persons", json={"name": "Kari"}).json["data"]["id"]
    labels = labels_of(client)
    hot, cold = labels["Hot"]["id"], labels["Cold"]["id"]
    lead = client.post("/v1/leads", json={"title": "Pumps", "person_id": person_id, "label_ids": [hot, cold]})
    assert lead.json["data"]["label_ids"] == [hot, cold]
    address = f"/v1/leads/{lead.json['data']['id']}"

    unknown = str(uuid4())
    for answer in (
        client.post("/v1/leads", json={"title": "Pipes", "person_id": person_id, "label_ids": [unknown]}),
        client.patch(address, json={"label_ids": [hot, unknown]}),
    ):
        assert (answer.status_code, answer.json["error"]) == (400, f"there is no lead label {unknown}")

    client.delete(f"/v1/leadLabels/{cold}")
    kept = client.patch(address, json={"label_ids": [cold], "title": "Pumps and pipes"})
    assert (kept.status_code, kept.json["data"]["label_ids"]) == (200, [])
    refused = client.post("/v1/leads", json={"title": "Pipes", "person_id": person_id, "label_ids": [cold]})
    assert refused.status_code == 400


def test_a_label_that_was_given_up_is_shown_nowhere_but_in_the_past(client: FlaskClient) -> None:
    person_id = client.post("/api/v2/persons", json={"name": "Kari"}).json["data"]["id"]
    labels = labels_of(client)
    hot, cold = labels["Hot"]["id"], labels["Cold"]["id"]
    lead = {"title": "Pumps", "person_id": person_id, "label_ids": [hot, cold]}
    one, archived = (client.post("/v1/leads", json=lead).json["data"]["id"] for _ in range(2))
    client.patch(f"/v1/leads/{archived}", json={"is_archived": True})
    before = client.get("/api/ledger/v1/events?limit=500").json["next"]
    client.delete(f"/v1/leadLabels/{cold}")

    def shown(moment: str) -> list[list[str]]:
        leads = [client.get(f"/v1/leads/{lead_id}?{moment}").json["data"] for lead_id in (one, archived)]
        leads += client.get(f"/v1/leads?{moment}").json["data"]
        leads += client.get(f"/v1/leads/archived?{moment}").json["data"]
        (in_inbox,) = client.get(f"/api/ledger/v1/inbox?{moment}").json["items"]
        return [lead["label_ids"] for lead in leads] + [[label["id"] for label in in_inbox["labels"]]]

    def sorted_by(label_id: str, moment: str) -> list[str]:
        items = client.get(f"/api/ledger/v1/inbox?label_id={label_id}&{moment}").json["items"]
        return [item["id"] for item in items]

    assert shown("") == [[hot]] * 5
    assert shown(f"as_of={before}") == [[hot, cold]] * 5
    assert (sorted_by(hot, ""), sorted_by(cold, ""), sorted_by(cold, f"as_of={before}")) == ([one], [], [one])
    edited = client.patch(f"/v1/leads/{one}", json={"title": "Pipes"}).json["data"]
    assert edited["label_ids"] == [hot]
