"""What tests of notes and activities begin with: leads and deals, conversions, a colleague."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from service.commands import users
from service.ledger.ledger import Origin
from tests.service.serving import client_of, issued, ledger_of

NOTES = "/v1/notes"
ACTIVITIES = "/api/v2/activities"
TYPES = "/v1/activityTypes"


def ask(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    """The data of an answer where all is well."""
    answer = client.open(path, method=method, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.get_json()["data"]


def refused(client: FlaskClient, method: str, path: str, body: Any, reason: str, status: int = 400) -> None:
    """The request is refused for that reason."""
    answer = client.open(path, method=method, json=body)
    assert (answer.status_code, answer.get_json()["success"]) == (status, False), answer.text
    assert reason in answer.get_json()["error"]


def a_person(client: FlaskClient, name: str = "Kari") -> int:
    """The id of a new person."""
    return int(ask(client, "POST", "/api/v2/persons", {"name": name})["id"])


def a_lead(client: FlaskClient, title: str = "Boiler") -> str:
    """The id of a new lead."""
    return str(ask(client, "POST", "/v1/leads", {"title": title, "person_id": a_person(client)})["id"])


def a_deal(client: FlaskClient, title: str = "Pumps") -> int:
    """The id of a new deal, which can be taken back."""
    return int(ask(client, "POST", "/api/v2/deals", {"title": title, "person_id": a_person(client)})["id"])


def converted(client: FlaskClient, lead_id: str) -> int:
    """The deal that a lead becomes."""
    path = f"/api/v2/leads/{lead_id}/convert"
    conversion_id = ask(client, "POST", f"{path}/deal")["conversion_id"]
    return int(ask(client, "GET", f"{path}/status/{conversion_id}")["deal_id"])


def reverted(client: FlaskClient, deal_id: int) -> str:
    """The lead that a deal becomes."""
    path = f"/api/v2/deals/{deal_id}/convert"
    conversion_id = ask(client, "POST", f"{path}/lead")["conversion_id"]
    return str(ask(client, "GET", f"{path}/status/{conversion_id}")["lead_id"])


def a_colleague(app: Flask) -> tuple[int, FlaskClient]:
    """Another user, who is no administrator, and the client of hers."""
    origin = Origin(user_id=1, request_id="given", client="given")
    facts = {"name": "Åse", "email": "ase@example.no", "is_admin": False, "default_currency": "NOK"}
    facts |= {"locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    ledger = ledger_of(app)
    user_id = ledger.execute(origin, partial(users.add, facts=facts))["user_id"]
    token = issued(ledger, user_id, name="hers")
    return user_id, client_of(app, token)
