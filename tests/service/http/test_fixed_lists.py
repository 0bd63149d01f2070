"""What is the same in every company is there to choose from: the sources of leads, and currencies."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


def data(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.json["data"]


def test_the_sources_of_leads_are_listed_by_name(client: FlaskClient) -> None:
    sources = data(client, "/v1/leadSources")
    assert len(sources) == 11
    assert sources[0] == {"name": "Manually created"}
    assert sources[-1] == {"name": "API"}


def test_a_lead_made_through_the_api_names_a_source_that_is_listed(client: FlaskClient) -> None:
    person_id = client.post("/api/v2/persons", json={"name": "Kari"}).json["data"]["id"]
    lead = client.post("/v1/leads", json={"title": "Pumps", "person_id": person_id}).json["data"]
    assert {"name": lead["source_name"]} in data(client, "/v1/leadSources")


def test_every_currency_is_listed_once_with_its_decimals(client: FlaskClient) -> None:
    currencies = data(client, "/v1/currencies")
    by_code = {currency["code"]: currency for currency in currencies}
    assert len({currency["id"] for currency in currencies}) == len(by_code) == len(currencies)
    assert by_code["NOK"] == {
        "id": by_code["NOK"]["id"],
        "code": "NOK",
        "name": "Norwegian Krone",
        "decimal_points": 2,
        "symbol": "kr",
        "active_flag": True,
        "is_custom_flag": False,
    }
    assert [by_code[code]["decimal_points"] for code in ("JPY", "KWD")] == [0, 3]


def test_currencies_are_found_by_code_and_by_name_whatever_the_case(client: FlaskClient) -> None:
    assert [currency["code"] for currency in data(client, "/v1/currencies?term=nok")] == ["NOK"]
    assert [currency["code"] for currency in data(client, "/v1/currencies?term=krone")] == ["DKK", "NOK"]
    assert data(client, "/v1/currencies?term=doubloon") == []
