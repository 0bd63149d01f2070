"""Searches of leads over HTTP: what they find in both versions of the wire, and how they page."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

V1, V2 = "/v1/leads/search", "/api/v2/leads/search"


def add(client: FlaskClient, **facts: Any) -> str:
    """Add a lead; answers its id."""
    answer = client.post("/v1/leads", json=facts)
    assert answer.status_code == 201, answer.get_json()
    lead_id: str = answer.get_json()["data"]["id"]
    return lead_id


def found(client: FlaskClient, query: str, path: str) -> list[str]:
    """The titles that a search finds, the best match first."""
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.get_json()
    return [found["item"]["title"] for found in answer.get_json()["data"]["items"]]


@pytest.fixture
def kari(client: FlaskClient) -> int:
    """A person, who works at a company."""
    acme = client.post("/api/v2/organizations", json={"name": "Acme"}).get_json()["data"]["id"]
    ways = {"emails": [{"value": "Kari@acme.example"}], "phones": [{"value": "+47 22 33 44 55"}]}
    person = client.post("/api/v2/persons", json={"name": "Kari", "org_id": acme, **ways})
    person_id: int = person.get_json()["data"]["id"]
    return person_id


@pytest.mark.parametrize("path", [V1, V2])
def test_leads_are_found_by_title_whatever_its_case_the_best_match_first(
    client: FlaskClient, kari: int, path: str
) -> None:
    for title in ("Old PUMPS", "pumps for Åse", "Pumps", "Boilers, 100%"):
        add(client, title=title, person_id=kari)
    assert found(client, "term=pumps", path) == ["Pumps", "pumps for Åse", "Old PUMPS"]
    assert found(client, "term=pumps&exact_match=True", path) == ["Pumps"]
    assert found(client, "term=%25&exact_match=true", path) == []
    assert found(client, "term=0%25", path) == ["Boilers, 100%"]
    assert found(client, "term=%C3%A5se&fields=title", path) == ["pumps for Åse"]
    assert found(client, "term=pumps&fields=notes", path) == []
    assert found(client, f"term=pumps&person_id={kari + 1}", path) == []
    assert len(found(client, f"term=pumps&person_id={kari}", path)) == 3


@pytest.mark.parametrize("path", [V1, V2])
def test_a_found_lead_is_shown_with_its_contacts_and_a_plain_value(client: FlaskClient, kari: int, path: str) -> None:
    value = {"amount": 99.5, "currency": "EUR"}
    lead_id = add(client, title="Pumps", person_id=kari, value=value, visible_to="7")
    archived = add(client, title="Pumps too", organization_id=1)
    client.patch(f"/v1/leads/{archived}", json={"is_archived": True})
    first, second = client.get(f"{path}?term=pumps&include_fields=lead.was_seen").get_json()["data"]["items"]
    assert first["item"] == {
        "id": lead_id,
        "type": "lead",
        "title": "Pumps",
        "owner": {"id": 1},
        "person": {"id": kari, "name": "Kari"},
        "organization": None,
        "phones": ["+47 22 33 44 55"],
        "emails": ["Kari@acme.example"],
        "custom_fields": [],
        "notes": [],
        "value": 99.5,
        "currency": "EUR",
        "visible_to": 7,
        "is_archived": False,
        "was_seen": False,
    }
    assert first["result_score"] > second["result_score"]
    assert second["item"]["organization"] == {"id": 1, "name": "Acme"}
    assert (second["item"]["is_archived"], second["item"]["person"], second["item"]["emails"]) == (True, None, [])
    assert "was_seen" not in client.get(f"{path}?term=pumps").get_json()["data"]["items"][0]["item"]


def test_leads_that_are_gone_are_not_found(client: FlaskClient, kari: int) -> None:
    deleted, converted = (add(client, title="Pumps", person_id=kari) for _ in range(2))
    client.delete(f"/v1/leads/{deleted}")
    client.post(f"/api/v2/leads/{converted}/convert/deal")
    assert found(client, "term=pumps", V1) == found(client, "term=pumps", V2) == []


def test_version_1_pages_by_offset_and_version_2_by_cursor(client: FlaskClient, kari: int) -> None:
    for title in ("Pumps", "More pumps", "Many pumps"):
        add(client, title=title, person_id=kari)
    first = client.get(f"{V1}?term=pumps&limit=2").get_json()["additional_data"]["pagination"]
    assert first == {"start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2}
    assert found(client, "term=pumps&limit=2&start=2", V1) == ["Many pumps"]
    assert found(client, "term=pumps&limit=2", V2) == ["Pumps", "More pumps"]
    cursor = client.get(f"{V2}?term=pumps&limit=2").get_json()["additional_data"]["next_cursor"]
    rest = client.get(f"{V2}?term=pumps&limit=2&cursor={cursor}").get_json()
    assert [item["item"]["title"] for item in rest["data"]["items"]] == ["Many pumps"]
    assert rest["additional_data"]["next_cursor"] is None


def test_a_search_refuses_what_it_cannot_look_for(client: FlaskClient) -> None:
    for query in ("", "term=p", "term=pumps&fields=name", "term=pumps&limit=-1", "term=pumps&include_fields=mood"):
        for path in (V1, V2):
            answer = client.get(f"{path}?{query}")
            assert (answer.status_code, answer.get_json()["success"]) == (400, False), query
    assert client.get(f"{V2}?term=pumps&cursor=broken").status_code == 400
    assert client.get(f"{V2}?term=pumps&mood=good").status_code == 400
    assert client.get(f"{V1}?term=pumps&mood=good").status_code == 200
