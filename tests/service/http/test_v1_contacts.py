"""Persons and organizations in version 1's form: what clients give in many spellings, and what they read unguarded."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.http.first_version import CLASSIC, done, refused

NO_WAY = [{"value": "", "primary": True}]


def added(client: FlaskClient, kind: str, **facts: Any) -> Any:
    return done(client.post(f"/v1/{kind}", json=facts), 201)


def ids(answer: Any) -> list[int]:
    return [each["id"] for each in done(answer)]


def test_a_person_is_shown_with_objects_for_its_owner_and_organization(client: FlaskClient) -> None:
    added(client, "organizations", name="Rør AS")
    person = added(client, "persons", name="Kari Berg", org_id="1", label_ids=["2", 1], visible_to="1")
    assert (person["owner_id"]["value"], person["owner_id"]["name"]) == (1, "Administrator")
    assert (person["org_id"]["value"], person["org_id"]["people_count"]) == (1, 1)
    told = ("company_id", "first_name", "last_name", "first_char", "active_flag", "visible_to", "label", "label_ids")
    assert [person[name] for name in told] == [1, "Kari", "Berg", "k", True, "1", 2, [2, 1]]
    assert (person["org_name"], person["owner_name"]) == ("Rør AS", "Administrator")
    assert CLASSIC.fullmatch(person["add_time"])
    assert (person["picture_id"], person["delete_time"], person["next_activity_id"]) == (None, None, None)
    assert client.get("/v1/persons/1").json["related_objects"]["organization"]["1"]["name"] == "Rør AS"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("kari@x.no", [("kari@x.no", True)]),
        (["kari@x.no", "k@x.no"], [("kari@x.no", True), ("k@x.no", False)]),
        ([{"value": "k@x.no", "primary": "true", "label": ""}], [("k@x.no", True)]),
        (["a@x.no", {"value": "b@x.no", "primary": 1}], [("a@x.no", False), ("b@x.no", True)]),
    ],
)
def test_ways_to_reach_a_person_are_taken_in_every_spelling(client: FlaskClient, given: Any, shown: Any) -> None:
    person = added(client, "persons", name="Kari", email=given)
    assert [(way["value"], way["primary"]) for way in person["email"]] == shown
    assert person["primary_email"] == next(value for value, is_primary in shown if is_primary)
    assert client.get("/api/v2/persons/1").json["data"]["emails"] == person["email"]


@pytest.mark.parametrize("none", ["", [], NO_WAY, [""]])
def test_whom_nothing_reaches_has_one_empty_way_that_can_be_sent_back(client: FlaskClient, none: Any) -> None:
    assert added(client, "persons", name="Kari")["phone"] == NO_WAY
    client.put("/v1/persons/1", json={"phone": "+47 1"})
    assert done(client.put("/v1/persons/1", json={"phone": none}))["phone"] == NO_WAY


def test_a_person_is_counted_with_the_deals_and_the_agenda(client: FlaskClient) -> None:
    added(client, "persons", name="Kari")
    for status in ("open", "won"):
        client.post("/v1/deals", json={"title": "Boiler", "person_id": 1, "status": status})
    client.post("/api/v2/activities", json={"participants": [{"person_id": 1}], "due_date": "2030-01-07"})
    person = done(client.get("/v1/persons/1"))
    counts = ("open_deals_count", "won_deals_count", "closed_deals_count", "activities_count", "files_count")
    assert [person[name] for name in counts] == [1, 1, 1, 1, 0]
    assert (person["next_activity_id"], person["next_activity_date"]) == (1, "2030-01-07")


def test_an_address_is_text_with_its_parts_beside_it(client: FlaskClient) -> None:
    one = added(client, "organizations", name="Rør", address="Torget 1, Bergen", address_locality="Bergen")
    assert (one["address"], one["address_formatted_address"]) == ("Torget 1, Bergen", "Torget 1, Bergen")
    assert (one["address_locality"], one["address_country"]) == ("Bergen", "")
    two = added(client, "organizations", name="Varme", address={"value": "Oslo", "country": "Norge"})
    assert (two["address"], two["address_country"]) == ("Oslo", "Norge")
    three = added(client, "organizations", name="Luft", address_route="Bryggen", address_street_number="1")
    assert three["address"] == "Bryggen, 1"
    none = done(client.put("/v1/organizations/1", json={"address": None}))
    assert (none["address"], none["address_locality"]) == (None, None)
    assert client.get("/api/v2/organizations/2").json["data"]["address"] == {"value": "Oslo", "country": "Norge"}


@pytest.mark.parametrize("kind", ["persons", "organizations"])
def test_a_put_changes_what_it_names_and_a_label_replaces_all(client: FlaskClient, kind: str) -> None:
    before = added(client, kind, name="Kari", label_ids=[1, 2])
    after = done(client.put(f"/v1/{kind}/1", json={"label": "7"}))
    assert {**before, "label": 7, "label_ids": [7], "update_time": after["update_time"]} == after
    assert done(client.put(f"/v1/{kind}/1", json={"label": None}))["label_ids"] == []


@pytest.mark.parametrize("kind", ["persons", "organizations"])
def test_lists_are_filtered_by_owner_and_first_letter_and_sorted(client: FlaskClient, kind: str) -> None:
    for name in ("Berg", "åsen", "bø"):
        added(client, kind, name=name)
    assert ids(client.get(f"/v1/{kind}")) == [1, 2, 3]
    assert ids(client.get(f"/v1/{kind}?first_char=B")) == [1, 3]
    assert ids(client.get(f"/v1/{kind}?first_char=Å")) == [2]
    assert ids(client.get(f"/v1/{kind}?first_char=b&sort=name desc")) == [3, 1]
    assert (ids(client.get(f"/v1/{kind}?user_id=1&start=2")), ids(client.get(f"/v1/{kind}?user_id=2"))) == ([3], [])
    assert client.get(f"/v1/{kind}?limit=1").json["additional_data"]["pagination"]["next_start"] == 1


@pytest.mark.parametrize(("kind", "noun"), [("persons", "Person"), ("organizations", "Organization")])
def test_the_deleted_ones_are_still_shown_by_their_id(client: FlaskClient, kind: str, noun: str) -> None:
    for name in "abc":
        added(client, kind, name=name)
    assert done(client.delete(f"/v1/{kind}/1")) == {"id": 1}
    assert done(client.delete(f"/v1/{kind}?ids=1,2")) == {"id": [2]}
    gone = done(client.get(f"/v1/{kind}/1"))
    assert (gone["active_flag"], gone["delete_time"]) == (False, gone["update_time"])
    assert ids(client.get(f"/v1/{kind}")) == [3]
    refused(client.get(f"/v1/{kind}/9"), f"{noun} not found", 404)
    refused(client.post(f"/v1/{kind}", json={}), "Name must be given.")
    refused(client.post(f"/v1/{kind}", json={"name": "x", "y": 1}), "Invalid field(s) in the payload: y")


@pytest.mark.parametrize("kind", ["persons", "organizations"])
def test_searches_find_what_version_2_finds(client: FlaskClient, kind: str) -> None:
    for name in ("Kari Berg", "Ola Berg"):
        added(client, kind, name=name)
    items = done(client.get(f"/v1/{kind}/search?term=berg&limit=1&start=1"))["items"]
    assert items == client.get(f"/api/v2/{kind}/search?term=berg").json["data"]["items"][1:]
    assert done(client.get(f"/v1/{kind}/search?term=nobody")) == {"items": []}
    assert client.get(f"/v1/{kind}/search").json["error"]["failed_fields"] == ["term"]
