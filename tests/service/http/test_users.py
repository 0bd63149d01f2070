"""Clients of version 1 see who works here, who they are themselves, and who may see a lead."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aggregates.refusals import Refusal
from service.commands import users
from service.http.v1.users import timezone_offset
from service.ledger.ledger import Origin
from tests.service.serving import client_of, issued, ledger_of

CONSOLE = Origin(user_id=None, request_id="tests", client="tests")


@pytest.fixture
def sales_token(app: Flask) -> str:
    """The token of a second user, who is no administrator: number 2."""
    facts = {
        "name": "Åse Sørli",
        "email": "Ase.Sorli@example.no",
        "is_admin": False,
        "default_currency": "EUR",
        "locale": "nn_NO",
        "timezone_name": "Asia/Kolkata",
    }
    added = ledger_of(app).execute(CONSOLE, partial(users.add, facts=facts))
    assert added["user_id"] == 2
    return issued(ledger_of(app), 2)


def data(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.json
    return answer.json["data"]


@pytest.mark.usefixtures("sales_token")
def test_all_users_are_listed_in_the_order_they_came(client: FlaskClient) -> None:
    founder, seller = data(client, "/v1/users")
    assert [founder["name"], seller["name"]] == ["Administrator", "Åse Sørli"]
    assert [founder["is_you"], seller["is_you"]] == [True, False]
    assert [founder["has_created_company"], seller["has_created_company"]] == [True, False]
    assert all(part["admin"] for part in founder["access"])
    assert not any(part["admin"] for part in seller["access"])
    assert seller["timezone_offset"] == "+05:30"
    assert set(seller) == {
        *("id", "name", "default_currency", "locale", "lang", "email", "phone", "activated", "last_login"),
        *("created", "modified", "has_created_company", "access", "active_flag", "timezone_name"),
        *("timezone_offset", "role_id", "icon_url", "is_you", "is_deleted"),
    }
    datetime.strptime(seller["created"], "%Y-%m-%d %H:%M:%S")


def test_a_caller_learns_who_he_is_and_where_he_works(app: Flask, sales_token: str) -> None:
    me = data(client_of(app, sales_token), "/api/v1/users/me")
    assert (me["id"], me["is_you"], me["language"]) == (2, True, {"language_code": "nn", "country_code": "NO"})
    assert {"company_id", "company_name", "company_domain", "company_country", "company_industry"} < set(me)


@pytest.mark.usefixtures("sales_token")
def test_one_user_is_got_by_number_and_an_unknown_one_in_the_words_of_the_wire(client: FlaskClient) -> None:
    assert data(client, "/v1/users/2")["email"] == "Ase.Sorli@example.no"
    answer = client.get("/v1/users/3")
    assert answer.status_code == 404
    assert answer.json == {"success": False, "error": "User not found or not accessible."}


@pytest.mark.usefixtures("sales_token")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("term=SØRLI", [2]),
        ("term=r", [1, 2]),
        ("term=example", []),
        ("term=EXAMPLE&search_by_email=1", [2]),
        ("term=sørli&search_by_email=1", []),
        ("term=%25", []),
        ("term=administrator&search_by_email=0", [1]),
    ],
)
def test_users_are_found_by_name_or_by_email_whatever_the_case(
    client: FlaskClient, query: str, found: list[int]
) -> None:
    assert [user["id"] for user in data(client, f"/v1/users/find?{query}")] == found


@pytest.mark.parametrize("query", ["", "?term=", "?term=a&search_by_email=2"])
def test_a_search_without_a_term_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/v1/users/find{query}")
    assert (answer.status_code, answer.json["success"]) == (400, False)


def test_a_deactivated_user_stays_listed_and_is_let_in_no_more(
    app: Flask, client: FlaskClient, sales_token: str
) -> None:
    ledger_of(app).execute(CONSOLE, partial(users.deactivate, user_id=2))
    assert [user["active_flag"] for user in data(client, "/v1/users")] == [True, False]
    assert client_of(app, sales_token).get("/v1/users/me").status_code == 401


def test_an_owners_lead_is_seen_by_the_owner_and_administrators_and_any_other_by_all(
    app: Flask, client: FlaskClient, sales_token: str
) -> None:
    facts = {"name": "Third", "email": "t@example.no", "is_admin": False, "default_currency": "NOK"}
    facts |= {"locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    ledger_of(app).execute(CONSOLE, partial(users.add, facts=facts))
    person_id = client.post("/api/v2/persons", json={"name": "Kari"}).json["data"]["id"]

    def seen_by(**lead: Any) -> Any:
        added = client.post("/v1/leads", json={"title": "Pumps", "person_id": person_id, **lead})
        return data(client, f"/v1/leads/{added.json['data']['id']}/permittedUsers")

    assert seen_by(owner_id=2, visible_to="1") == [1, 2]
    assert seen_by(owner_id=3, visible_to="1") == [1, 3]
    assert seen_by(owner_id=2, visible_to="3") == [1, 2, 3]
    ledger_of(app).execute(CONSOLE, partial(users.deactivate, user_id=3))
    assert seen_by(owner_id=2, visible_to="7") == [1, 2]
    unknown = client.get("/v1/leads/00000000-0000-4000-8000-000000000000/permittedUsers")
    assert (unknown.status_code, unknown.json["error"]) == (404, "requested lead not found")


@pytest.mark.parametrize(
    ("zone", "month", "offset"),
    [
        ("Europe/Oslo", 1, "+01:00"),
        ("Europe/Oslo", 7, "+02:00"),
        ("America/St_Johns", 1, "-03:30"),
        ("UTC", 1, "+00:00"),
        ("Mars/Olympus_Mons", 1, "+00:00"),
        ("../etc/passwd", 1, "+00:00"),
    ],
)
def test_a_time_zone_is_as_far_from_utc_as_it_is_at_that_time(zone: str, month: int, offset: str) -> None:
    assert timezone_offset(zone, datetime(2026, month, 1, 12, 0, 0, 5, tzinfo=UTC)) == offset


def test_the_last_administrator_stays(app: Flask) -> None:
    with pytest.raises(Refusal, match="last administrator"):
        ledger_of(app).execute(CONSOLE, partial(users.deactivate, user_id=1))
