"""Organizations over HTTP, as clients of version 2 know them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

ORGANIZATIONS = "/api/v2/organizations"
ROR: dict[str, Any] = {
    "name": "Ærlig Rør AS",
    "address": {"value": "Ålegata 3, 5003 Bergen", "locality": "Bergen", "postal_code": "5003"},
    "website": "https://ror.example",
    "industry": 4,
    "annual_revenue": 12_000_000,
    "employee_count": 7,
}


def add(client: FlaskClient, path: str = ORGANIZATIONS, **facts: Any) -> dict[str, Any]:
    return added(client, path, {"name": "Bad og Bøtte", **facts})


def add_deal(client: FlaskClient, **facts: Any) -> dict[str, Any]:
    return added(client, "/api/v2/deals", {"title": "Pipes", **facts})


def added(client: FlaskClient, path: str, facts: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=facts)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json["data"]
    return data


def ids(client: FlaskClient, **parameters: Any) -> list[int]:
    answer = client.get(ORGANIZATIONS, query_string=parameters)
    assert answer.status_code == 200, answer.text
    return [organization["id"] for organization in answer.json["data"]]


def test_an_organization_is_added_and_got(client: FlaskClient) -> None:
    ror = add(client, **ROR, label_ids=[2])
    assert ror == client.get(f"{ORGANIZATIONS}/{ror['id']}").json["data"]
    assert ror.pop("add_time") == ror.pop("update_time")
    told = {"id": 1, "owner_id": 1, "is_deleted": False, "visible_to": 3, "label_ids": [2], "linkedin": None}
    assert ror == {**ROR, **told, "custom_fields": {}}


def test_an_organization_is_corrected_and_nothing_else_is(client: FlaskClient) -> None:
    ror, bad = add(client, **ROR), add(client)
    path = f"{ORGANIZATIONS}/{ror['id']}"
    changed = client.patch(path, json={"name": "Rør Øst", "address": None, "employee_count": 0}).json["data"]
    assert (changed["name"], changed["address"], changed["employee_count"]) == ("Rør Øst", None, 0)
    assert changed["website"] == ror["website"]
    assert client.get(path).json["data"] == changed
    assert client.get(f"{ORGANIZATIONS}/{bad['id']}").json["data"] == bad


def test_a_deleted_organization_can_still_be_read_and_is_gone_from_everything_else(client: FlaskClient) -> None:
    ror, bad = add(client, **ROR), add(client)
    path = f"{ORGANIZATIONS}/{ror['id']}"
    assert client.delete(path).json["data"] == {"id": ror["id"]}
    assert ids(client) == [bad["id"]]
    assert client.get(path).json["data"]["is_deleted"] is True
    assert client.get(f"{ORGANIZATIONS}/search", query_string={"term": "rør"}).json["data"]["items"] == []
    assert client.patch(path, json={"name": "Nothing"}).status_code == 404
    assert client.delete(path).status_code == 404


def test_organizations_are_listed_by_ids_and_owner_and_in_the_order_asked_for(client: FlaskClient) -> None:
    add(client, **ROR), add(client, add_time="2020-01-01T00:00:00Z")
    assert ids(client, ids="2,9") == [2]
    assert ids(client, owner_id=1) == [1, 2]
    assert ids(client, owner_id=2) == []
    assert ids(client, sort_by="add_time") == [2, 1]
    assert ids(client, sort_direction="desc") == [2, 1]
    assert ids(client, updated_since="2999-01-01T00:00:00Z") == []


def test_pages_hold_every_organization_once(client: FlaskClient) -> None:
    everything = [add(client)["id"] for _ in range(5)]
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(ORGANIZATIONS, query_string={"limit": 2, **cursor}).json
        seen += [organization["id"] for organization in answer["data"]]
        if answer["additional_data"]["next_cursor"] is None:
            break
        cursor = {"cursor": answer["additional_data"]["next_cursor"]}
    assert seen == everything


def test_its_people_and_deals_and_the_deals_of_its_people_are_counted(client: FlaskClient) -> None:
    ror, bad = add(client, **ROR), add(client)
    kari, ola = (add(client, "/api/v2/persons", org_id=ror["id"]) for _ in range(2))
    client.delete(f"/api/v2/persons/{ola['id']}")
    add_deal(client, title="Own", org_id=ror["id"], person_id=kari["id"])
    add_deal(client, title="Through Kari", person_id=kari["id"])
    add_deal(client, title="Through Kari to another", org_id=bad["id"], person_id=kari["id"], status="lost")
    names = (
        "people_count",
        "open_deals_count",
        "lost_deals_count",
        "related_open_deals_count",
        "related_lost_deals_count",
    )
    query = {"include_fields": ",".join(names)}
    first, second = client.get(ORGANIZATIONS, query_string=query).json["data"]
    assert [first[name] for name in names] == [1, 1, 0, 1, 1]
    assert [second[name] for name in names] == [0, 0, 1, 0, 0]


def test_organizations_are_found_in_norwegian_letters_of_any_case(client: FlaskClient) -> None:
    add(client, **ROR), add(client)
    answer = client.get(f"{ORGANIZATIONS}/search", query_string={"term": "ÆRLIG"}).json
    assert answer["data"]["items"] == [
        {
            "result_score": 0.6,
            "item": {
                "id": 1,
                "type": "organization",
                "name": "Ærlig Rør AS",
                "address": "Ålegata 3, 5003 Bergen",
                "visible_to": 3,
                "owner": {"id": 1},
                "custom_fields": [],
                "notes": [],
            },
        }
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"term": "BØTTE"}, [2]),
        ({"term": "ålegata"}, [1]),
        ({"term": "ålegata", "fields": "name"}, []),
        ({"term": "bad og bøtte", "exact_match": "True"}, [2]),
        ({"term": "bad", "exact_match": "True"}, []),
        ({"term": "__"}, []),
    ],
)
def test_a_search_finds_organizations(client: FlaskClient, query: dict[str, str], expected: list[int]) -> None:
    add(client, **ROR), add(client)
    found = client.get(f"{ORGANIZATIONS}/search", query_string=query).json["data"]["items"]
    assert [entry["item"]["id"] for entry in found] == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"name": ""}, "name"),
        ({"name": "Rør", "owner_id": 99}, "there is no user 99"),
        ({"name": "Rør", "address": "Ålegata 3"}, "address"),
        ({"name": "Rør", "address": {"locality": "Bergen"}}, "address.value"),
        ({"name": "Rør", "address": {"value": "Ålegata 3", "planet": "Earth"}}, "address.planet"),
        ({"name": "Rør", "annual_revenue": 1.5}, "annual_revenue"),
        ({"name": "Rør", "annual_revenue": 10**30}, "annual_revenue"),
        ({"name": "Rør", "employee_count": -1}, "employee_count"),
        ({"name": "Rør", "employee_count": True}, "employee_count"),
        ({"name": "Rør", "visible_to": 4}, "visible_to"),
        ({"name": "Rør", "custom_fields": {"a": 1}}, "custom_fields"),
        ({"name": "Rør", "phone": "1"}, "phone"),
    ],
)
def test_an_organization_that_cannot_be_is_refused_with_the_reason(
    client: FlaskClient, body: dict[str, Any], reason: str
) -> None:
    ror = add(client, **ROR)
    for answer in (client.post(ORGANIZATIONS, json=body), client.patch(f"{ORGANIZATIONS}/{ror['id']}", json=body)):
        assert (answer.status_code, answer.json["success"]) == (400, False)
        assert reason in answer.json["error"]
    assert client.get(ORGANIZATIONS).json["data"] == [ror]


def test_an_organization_needs_a_name(client: FlaskClient) -> None:
    assert client.post(ORGANIZATIONS, json={}).status_code == 400


@pytest.mark.parametrize(
    "query", [{"filter_id": "1"}, {"org_id": "1"}, {"include_fields": "doi_status"}, {"limit": "0"}]
)
def test_a_list_that_cannot_be_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get(ORGANIZATIONS, query_string=query).status_code == 400


def test_an_organization_that_nobody_knows_is_not_found(client: FlaskClient) -> None:
    add(client)
    for answer in (
        client.get(f"{ORGANIZATIONS}/2"),
        client.patch(f"{ORGANIZATIONS}/2", json={"name": "Rør"}),
        client.delete(f"{ORGANIZATIONS}/2"),
    ):
        assert (answer.status_code, answer.json["error"]) == (404, "Organization not found")
