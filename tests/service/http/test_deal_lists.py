"""Lists and searches of deals over HTTP: which deals they hold, in which order, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.databases import Databases
from tests.service.http.deals import DEALS, added
from tests.service.serving import client_of, founded, serving

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(databases: Databases) -> Iterator[FlaskClient]:
    """The first administrator's client; a second passes between any two times the clock is asked."""
    seconds = iter(range(10**6))
    with databases.fresh(founded) as url, serving(url, lambda: START + timedelta(seconds=next(seconds))) as app:
        yield client_of(app)


def listed(client: FlaskClient, query: str, path: str = DEALS) -> list[int]:
    """The ids of the deals that a query lists."""
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.get_json()
    return [deal["id"] for deal in answer.get_json()["data"]]


def pages(client: FlaskClient, query: str, path: str = DEALS) -> list[list[int]]:
    """The ids page by page, following the cursors to the end."""
    found, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"{path}?{query}{cursor and '&cursor=' + cursor}").get_json()
        items = answer["data"]["items"] if isinstance(answer["data"], dict) else answer["data"]
        found.append([item.get("item", item)["id"] for item in items])
        cursor = answer["additional_data"]["next_cursor"]
    return found


def test_every_filter_picks_the_deals_it_names(client: FlaskClient) -> None:
    kari = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    acme = client.post("/api/v2/organizations", json={"name": "Acme"}).get_json()["data"]["id"]
    added(client)
    added(client, person_id=kari, stage_id=2)
    added(client, org_id=acme, status="won")
    added(client, status="lost", stage_id=2)
    client.delete(f"{DEALS}/{added(client)['id']}")
    added(client, is_archived=True, status="won")
    for query, ids in {
        "": [1, 2, 3, 4],
        "owner_id=1": [1, 2, 3, 4],
        "owner_id=2": [],
        f"person_id={kari}": [2],
        f"org_id={acme}": [3],
        "pipeline_id=1": [1, 2, 3, 4],
        "pipeline_id=2": [],
        "stage_id=2": [2, 4],
        "stage_id=2&status=lost": [4],
        "status=open": [1, 2],
        "status=won,lost": [3, 4],
        "status=open%2Cdeleted": [1, 2, 5],
        "status=deleted": [5],
        "ids=4,2,77,5": [2, 4],
        "ids=4,5&status=deleted": [5],
    }.items():
        assert listed(client, query) == ids, query
    assert listed(client, "", f"{DEALS}/archived") == listed(client, "status=won", f"{DEALS}/archived") == [6]
    assert listed(client, "status=open", f"{DEALS}/archived") == []
    client.delete(f"{DEALS}/6")
    assert listed(client, "status=deleted", f"{DEALS}/archived") == [6]
    assert listed(client, "status=deleted") == [5]


def test_updated_since_is_inclusive_and_updated_until_is_not(client: FlaskClient) -> None:
    first, second, third = (added(client)["update_time"] for _ in range(3))
    assert len({first, second, third}) == 3
    assert listed(client, f"updated_since={second}") == [2, 3]
    assert listed(client, f"updated_until={second}") == [1]
    assert listed(client, f"updated_since={second}&updated_until={third}") == [2]


def test_deals_are_sorted_and_paged_in_either_direction(client: FlaskClient) -> None:
    for _ in range(5):
        added(client)
    client.patch(f"{DEALS}/2", json={"probability": 7})
    orders = {"id": [1, 2, 3, 4, 5], "add_time": [1, 2, 3, 4, 5], "update_time": [1, 3, 4, 5, 2]}
    for sort_by, ids in orders.items():
        assert listed(client, f"sort_by={sort_by}") == ids
        assert pages(client, f"sort_by={sort_by}&limit=2") == [ids[:2], ids[2:4], ids[4:]]
        back = ids[::-1]
        assert pages(client, f"sort_by={sort_by}&sort_direction=desc&limit=2") == [back[:2], back[2:4], back[4:]]
    assert pages(client, "limit=5") == [[1, 2, 3, 4, 5]]


REFUSED = [
    "filter_id=1",
    "status=gone",
    "sort_by=title",
    "sort_direction=up",
    "limit=0",
    "limit=501",
    "limit=-1",
    "cursor=broken",
    "ids=a",
    "ids=" + ",".join(["1"] * 101),
    "owner_id=me",
    "updated_since=yesterday",
    "include_fields=mood",
    "mood=good",
]


def test_a_list_refuses_what_it_does_not_know(client: FlaskClient) -> None:
    added(client)
    for path in (DEALS, f"{DEALS}/archived"):
        for query in REFUSED:
            answer = client.get(f"{path}?{query}")
            assert (answer.status_code, answer.get_json()["success"]) == (400, False), query
    assert client.get(f"{DEALS}?include_labels=true").status_code == 200
    assert client.get(f"{DEALS}/archived?include_labels=true").status_code == 400


def test_a_search_finds_a_term_wherever_it_stands_and_whatever_its_case(client: FlaskClient) -> None:
    for title in ("Old pumps", "PUMPS for Ålesund", "pumps", "Boilers, 100%", "Boilers, 100 pcs", "a_b", "aXb"):
        added(client, title=title)
    assert pages(client, "term=pumps", f"{DEALS}/search") == [[3, 2, 1]]
    assert pages(client, "term=pumps&limit=2", f"{DEALS}/search") == [[3, 2], [1]]
    assert pages(client, "term=pUMPs&exact_match=true", f"{DEALS}/search") == [[3]]
    assert pages(client, "term=%C3%A5LESUND", f"{DEALS}/search") == [[2]]
    assert pages(client, "term=100%25", f"{DEALS}/search") == [[4]]
    assert pages(client, "term=a_b", f"{DEALS}/search") == [[6]]
    assert pages(client, "term=pumps&fields=notes", f"{DEALS}/search") == [[]]
    scores = [item["result_score"] for item in client.get(f"{DEALS}/search?term=pumps").get_json()["data"]["items"]]
    assert scores == sorted(scores, reverse=True)


def test_a_found_deal_is_shown_with_the_names_around_it(client: FlaskClient) -> None:
    kari = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    acme = client.post("/api/v2/organizations", json={"name": "Acme"}).get_json()["data"]["id"]
    added(client, value=12.5, person_id=kari, stage_id=2)
    added(client, org_id=acme, is_archived=True, status="lost")
    first, second = client.get(f"{DEALS}/search?term=pumps&include_fields=deal.cc_email").get_json()["data"]["items"]
    assert first["item"] == {
        "id": 1,
        "type": "deal",
        "title": "Pumps",
        "value": 12.5,
        "currency": "NOK",
        "status": "open",
        "visible_to": 3,
        "owner": {"id": 1},
        "stage": {"id": 2, "name": "Reply received"},
        "person": {"id": kari, "name": "Kari"},
        "organization": None,
        "custom_fields": [],
        "notes": [],
        "is_archived": False,
        "cc_email": "deal+1@leadledger.invalid",
    }
    assert second["item"]["organization"] == {"id": acme, "name": "Acme"}
    assert (second["item"]["value"], second["item"]["is_archived"]) == (0, True)
    for query, ids in {f"person_id={kari}": [1], f"organization_id={acme}": [2], "status=lost": [2]}.items():
        assert pages(client, f"term=pumps&{query}", f"{DEALS}/search") == [ids]
    client.delete(f"{DEALS}/1")
    assert pages(client, "term=pumps", f"{DEALS}/search") == [[2]]


@pytest.mark.parametrize(
    "query",
    ["", "term=p", "term=%20p%20", "term=", "term=pumps&fields=name", "term=pumps&status=deleted", "term=pumps&x=1"],
)
def test_a_search_refuses_what_it_cannot_look_for(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{DEALS}/search?{query}")
    assert (answer.status_code, answer.get_json()["success"]) == (400, False)
