"""Persons over HTTP, as clients of version 2 know them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clock import wall_clock
from tests.databases import Databases
from tests.service.serving import client_of, founded, serving

PERSONS = "/api/v2/persons"
KARI: dict[str, Any] = {
    "name": "Kari Ødegård",
    "emails": [{"value": "kari@ror.example"}, {"value": "kari@home.example", "label": "home", "primary": True}],
    "phones": [{"value": "22 33 44 55", "label": "mobile"}],
}


def add(client: FlaskClient, path: str = PERSONS, **facts: Any) -> dict[str, Any]:
    return added(client, path, {"name": "Ola Nordmann", **facts})


def add_deal(client: FlaskClient, **facts: Any) -> dict[str, Any]:
    return added(client, "/api/v2/deals", {"title": "Pipes", **facts})


def added(client: FlaskClient, path: str, facts: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=facts)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json["data"]
    return data


def ids(client: FlaskClient, query: str = "", **parameters: Any) -> list[int]:
    answer = client.get(PERSONS + query, query_string=parameters)
    assert answer.status_code == 200, answer.text
    return [person["id"] for person in answer.json["data"]]


def test_a_person_is_added_and_got_with_name_in_parts_and_one_primary_email(client: FlaskClient) -> None:
    organization = add(client, "/api/v2/organizations", name="Rør AS")
    kari = add(client, **KARI, org_id=organization["id"], visible_to=7, label_ids=[2, 2, 1])
    assert kari == client.get(f"{PERSONS}/{kari['id']}").json["data"]
    assert kari.pop("add_time") == kari.pop("update_time")
    assert kari == {
        "id": 1,
        "name": "Kari Ødegård",
        "first_name": "Kari",
        "last_name": "Ødegård",
        "owner_id": 1,
        "org_id": 1,
        "emails": [
            {"value": "kari@ror.example", "primary": False, "label": "work"},
            {"value": "kari@home.example", "primary": True, "label": "home"},
        ],
        "phones": [{"value": "22 33 44 55", "primary": True, "label": "mobile"}],
        "is_deleted": False,
        "visible_to": 7,
        "label_ids": [2, 1],
        "picture_id": None,
        "custom_fields": {},
    }


def test_a_person_may_be_known_for_longer_than_the_record(client: FlaskClient) -> None:
    assert add(client, add_time="2020-02-03T04:05:06Z")["add_time"] == "2020-02-03T04:05:06Z"


def test_a_person_is_corrected_and_nothing_else_is(client: FlaskClient) -> None:
    kari, ola = add(client, **KARI, marketing_status="subscribed"), add(client)
    changed = client.patch(f"{PERSONS}/{kari['id']}", json={"name": "Kari Åsen", "emails": []}).json["data"]
    assert (changed["name"], changed["last_name"], changed["emails"]) == ("Kari Åsen", "Åsen", [])
    assert changed["phones"] == kari["phones"]
    assert client.get(f"{PERSONS}/{kari['id']}").json["data"] == changed
    assert client.get(f"{PERSONS}/{ola['id']}").json["data"] == ola


def test_a_person_leaves_an_organization(client: FlaskClient) -> None:
    organization = add(client, "/api/v2/organizations")
    person = add(client, org_id=organization["id"])
    assert client.patch(f"{PERSONS}/{person['id']}", json={"org_id": None}).json["data"]["org_id"] is None


def test_a_deleted_person_can_be_read_for_thirty_days_and_is_gone_from_everything_else(databases: Databases) -> None:
    now = wall_clock()

    def clock() -> datetime:
        return now

    with databases.fresh(founded) as url, serving(url, clock) as app:
        client = client_of(app)
        kari, ola = add(client, **KARI), add(client)
        path = f"{PERSONS}/{kari['id']}"
        assert client.delete(path).json["data"] == {"id": kari["id"]}
        assert ids(client) == [ola["id"]]
        assert client.get(path).json["data"]["is_deleted"] is True
        assert client.patch(path, json={"name": "Nobody"}).status_code == 404
        assert client.delete(path).status_code == 404
        now += timedelta(days=29)
        assert client.get(path).status_code == 200
        now += timedelta(days=2)
        assert client.get(path).status_code == 404
        assert client.get(f"{PERSONS}/{ola['id']}").status_code == 200


def test_persons_are_listed_by_ids_owner_organization_and_deal(client: FlaskClient) -> None:
    organization = add(client, "/api/v2/organizations")
    kari, ola = add(client, **KARI, org_id=organization["id"]), add(client)
    deal = add_deal(client, person_id=ola["id"])
    assert ids(client) == [kari["id"], ola["id"]]
    assert ids(client, ids=f"{ola['id']},999") == [ola["id"]]
    assert ids(client, owner_id=1) == [kari["id"], ola["id"]]
    assert ids(client, owner_id=2) == []
    assert ids(client, org_id=organization["id"]) == [kari["id"]]
    assert ids(client, deal_id=deal["id"]) == [ola["id"]]
    assert ids(client, deal_id=deal["id"], ids=kari["id"]) == []
    assert ids(client, deal_id=999) == []


def test_persons_are_listed_by_when_they_changed(client: FlaskClient) -> None:
    add(client), add(client)
    assert ids(client, updated_since="2020-01-01T00:00:00Z") == [1, 2]
    assert ids(client, updated_since="2999-01-01T00:00:00Z") == []
    assert ids(client, updated_until="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize("sort_by", ["id", "add_time", "update_time"])
def test_pages_hold_everybody_once_in_either_direction(client: FlaskClient, sort_by: str) -> None:
    everybody = [add(client)["id"] for _ in range(7)]
    for direction, expected in (("asc", everybody), ("desc", everybody[::-1])):
        seen, cursor = [], ""
        while cursor is not None:
            query = {
                "sort_by": sort_by,
                "sort_direction": direction,
                "limit": 3,
                **({"cursor": cursor} if cursor else {}),
            }
            answer = client.get(PERSONS, query_string=query).json
            seen.append([person["id"] for person in answer["data"]])
            cursor = answer["additional_data"]["next_cursor"]
        assert seen == [expected[:3], expected[3:6], expected[6:]]


def test_a_cursor_continues_only_the_list_that_gave_it_out(client: FlaskClient) -> None:
    add(client), add(client)
    cursor = client.get(PERSONS, query_string={"limit": 1}).json["additional_data"]["next_cursor"]
    assert ids(client, limit=1, cursor=cursor) == [2]
    for query in (
        {"cursor": "nonsense"},
        {"cursor": cursor, "sort_direction": "desc"},
        {"cursor": cursor, "sort_by": "add_time"},
    ):
        assert client.get(PERSONS, query_string=query).status_code == 400
    assert client.get("/api/v2/organizations", query_string={"cursor": cursor}).status_code == 400


def test_what_is_asked_for_beyond_the_ordinary_is_included(client: FlaskClient) -> None:
    kari, _ = add(client, **KARI, marketing_status="subscribed"), add(client)
    for status in ("open", "open", "won"):
        add_deal(client, person_id=kari["id"], status=status)
    names = ("open_deals_count", "closed_deals_count", "won_deals_count", "lost_deals_count")
    query = {"include_fields": ",".join((*names, "marketing_status", "notes_count", "next_activity_id"))}
    first, second = client.get(PERSONS, query_string={**query, "include_labels": "true"}).json["data"]
    assert [first[name] for name in names] == [2, 1, 1, 0]
    assert [second[name] for name in names] == [0, 0, 0, 0]
    assert (first["marketing_status"], first["notes_count"], first["next_activity_id"]) == ("subscribed", 0, None)
    assert (second["marketing_status"], second["labels"]) == ("no_consent", [])
    one = client.get(f"{PERSONS}/{kari['id']}", query_string=query).json["data"]
    assert [one[name] for name in names] == [2, 1, 1, 0]


def test_persons_are_found_in_norwegian_letters_of_any_case(client: FlaskClient) -> None:
    organization = add(client, "/api/v2/organizations", name="Æra Rør")
    add(client, **KARI, org_id=organization["id"]), add(client, name="Ola Sæther")
    answer = client.get(f"{PERSONS}/search", query_string={"term": "ØDEGÅ", "include_fields": "person.picture"}).json
    assert answer["data"]["items"] == [
        {
            "result_score": 0.3,
            "item": {
                "id": 1,
                "type": "person",
                "name": "Kari Ødegård",
                "phones": ["22 33 44 55"],
                "emails": ["kari@ror.example", "kari@home.example"],
                "visible_to": 3,
                "owner": {"id": 1},
                "organization": {"id": 1, "name": "Æra Rør"},
                "custom_fields": [],
                "notes": [],
                "picture": None,
            },
        }
    ]
    assert answer["additional_data"] == {"next_cursor": None}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"term": "SÆTHER"}, [2]),
        ({"term": "home.EXAMPLE"}, [1]),
        ({"term": "home.example", "fields": "name,phone"}, []),
        ({"term": "22 33"}, [1]),
        ({"term": "ola sæther", "exact_match": "true"}, [2]),
        ({"term": "ola", "exact_match": "true"}, []),
        ({"term": "ar", "organization_id": "1"}, [1]),
        ({"term": "ola", "organization_id": "1"}, []),
        ({"term": "%%"}, []),
    ],
)
def test_a_search_finds_persons(client: FlaskClient, query: dict[str, str], expected: list[int]) -> None:
    organization = add(client, "/api/v2/organizations")
    add(client, **KARI, org_id=organization["id"]), add(client, name="Ola Sæther")
    found = client.get(f"{PERSONS}/search", query_string=query).json["data"]["items"]
    assert [entry["item"]["id"] for entry in found] == expected


def test_a_search_goes_on_page_by_page(client: FlaskClient) -> None:
    add(client), add(client), add(client)
    query = {"term": "nord", "limit": 2}
    first = client.get(f"{PERSONS}/search", query_string=query).json
    query["cursor"] = first["additional_data"]["next_cursor"]
    second = client.get(f"{PERSONS}/search", query_string=query).json
    found = [[entry["item"]["id"] for entry in page["data"]["items"]] for page in (first, second)]
    assert found == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({}, 400, "name"),
        ({"name": "   "}, 400, "name"),
        ({"name": 7}, 400, "name"),
        ({"name": "Per", "owner_id": 99}, 400, "there is no user 99"),
        ({"name": "Per", "org_id": 99}, 400, "there is no organization 99"),
        ({"name": "Per", "organization_id": 1}, 400, "organization_id"),
        ({"name": "Per", "org_id": "1"}, 400, "org_id"),
        ({"name": "Per", "emails": ["per@example.no"]}, 400, "emails"),
        ({"name": "Per", "emails": [{"primary": True}]}, 400, "emails"),
        ({"name": "Per", "phones": [{"value": "1", "_type_": "x"}]}, 400, "phones"),
        ({"name": "Per", "visible_to": 2}, 400, "visible_to"),
        ({"name": "Per", "visible_to": "3"}, 400, "visible_to"),
        ({"name": "Per", "label_ids": [0]}, 400, "label_ids"),
        ({"name": "Per", "marketing_status": "perhaps"}, 400, "marketing_status"),
        ({"name": "Per", "add_time": "yesterday"}, 400, "add_time"),
        ({"name": "Per", "custom_fields": {"a" * 40: 1}}, 400, "custom_fields"),
        ({"name": "Per", "a" * 40: 1}, 400, "aaaa"),
        ({"name": "Per", "id": 7}, 400, "id"),
        ({"name": "Per", "birthday": "1990-01-01"}, 403, "birthday"),
        ({"name": "Per", "notes": "tall", "job_title": None}, 403, "job_title, notes"),
    ],
)
def test_a_person_that_cannot_be_is_refused_with_the_reason(
    client: FlaskClient, body: dict[str, Any], status: int, reason: str
) -> None:
    kari = add(client, **KARI)
    answers = [client.post(PERSONS, json=body)]
    if body:
        answers.append(client.patch(f"{PERSONS}/{kari['id']}", json=body))
    for answer in answers:
        assert (answer.status_code, answer.json["success"]) == (status, False)
        assert reason in answer.json["error"]
    assert client.get(PERSONS).json["data"] == [kari]


def test_nothing_points_at_a_person_or_an_organization_that_is_not_there(client: FlaskClient) -> None:
    organization = add(client, "/api/v2/organizations")
    kari, ola = add(client, org_id=organization["id"]), add(client)
    lead = client.post("/v1/leads", json={"title": "Pipes", "person_id": kari["id"]}).json["data"]
    deal = add_deal(client, person_id=kari["id"])
    client.delete(f"{PERSONS}/{kari['id']}"), client.delete(f"/api/v2/organizations/{organization['id']}")
    for link in ({"person_id": 99}, {"person_id": kari["id"]}, {"organization_id": organization["id"]}):
        assert client.post("/v1/leads", json={"title": "Pipes", **link}).status_code == 400
    assert client.post("/api/v2/deals", json={"title": "Pipes", "person_id": kari["id"]}).status_code == 400
    for path in (f"/v1/leads/{lead['id']}", f"/api/v2/deals/{deal['id']}"):
        assert client.patch(path, json={"person_id": kari["id"], "title": "More pipes"}).status_code == 200
        assert client.patch(path, json={"person_id": ola["id"]}).status_code == 200
        assert client.patch(path, json={"person_id": kari["id"]}).status_code == 400
    assert client.patch(f"{PERSONS}/{ola['id']}", json={"org_id": organization["id"]}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"filter_id": "1"},
        {"ids": ",".join(["1"] * 101)},
        {"ids": "one"},
        {"owner_id": "-1"},
        {"limit": "0"},
        {"limit": "501"},
        {"sort_by": "name"},
        {"sort_direction": "up"},
        {"updated_since": "today"},
        {"include_fields": "shoe_size"},
        {"custom_fields": ",".join("abcdefghijklmnop")},
        {"organization_id": "1"},
    ],
)
def test_a_list_that_cannot_be_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    answer = client.get(PERSONS, query_string=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json["error"]


@pytest.mark.parametrize(
    "query", [{}, {"term": "a"}, {"term": "kari", "fields": "title"}, {"term": "kari", "limit": "501"}]
)
def test_a_search_that_cannot_be_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get(f"{PERSONS}/search", query_string=query).status_code == 400


def test_a_person_whom_nobody_knows_is_not_found(client: FlaskClient) -> None:
    add(client)
    for answer in (
        client.get(f"{PERSONS}/2"),
        client.patch(f"{PERSONS}/2", json={"name": "Per"}),
        client.delete(f"{PERSONS}/2"),
    ):
        assert (answer.status_code, answer.json["error"]) == (404, "Person not found")
