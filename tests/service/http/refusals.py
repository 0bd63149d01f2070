"""Sends requests that must be refused, and checks the refusal: its family's shape, with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.http.family import Family
from service.http.route import Route
from tests.service.http.attacks import Ids
from tests.service.serving import ledger_of, user_who_left


def send(client: FlaskClient, route: Route, path: str, query: Mapping[str, str] = {}, **options: Any) -> TestResponse:
    """Ask a route; the query is percent-encoded already."""
    words = "&".join(f"{name}={value}" for name, value in query.items())
    options = {"content_type": "application/json", "method": route.method, **options}
    return client.open(f"{path}?{words}" if words else path, **options)


def complaint(family: Family | None, answer: TestResponse, *statuses: int) -> str | None:
    """What is wrong with how a family refused a request; any 4xx will do where none is named. None if all is well."""
    fits = answer.status_code in statuses if statuses else 400 <= answer.status_code < 500
    if not fits:
        return f"{_said(answer)} and not {statuses or '4xx'}"
    if answer.request.method == "HEAD":
        return None
    body = answer.get_json(silent=True) or {}
    if family is not None and family.name in ("v1", "v2"):
        is_worded = answer.mimetype == "application/json" and body.get("success") is False
        reason = body.get("error")
    else:
        is_worded = answer.mimetype == "application/problem+json" and body.get("status") == answer.status_code
        is_worded = is_worded and {"type", "title", "request_id"} <= body.keys()
        reason = body.get("detail")
    if not is_worded or not reason or "Traceback" in answer.text:
        return f"{_said(answer)} and not in the words of its family"
    return None


def _said(answer: TestResponse) -> str:
    request = answer.request
    body = request.environ["wsgi.input"]
    body.seek(0)
    asked = f"{request.method} {request.url[16:140]} {body.read()[:100]!r}"
    return f"{asked} was answered {answer.status_code} {answer.text[:150]!r}"


def _somebody() -> dict[str, str]:
    return {"name": "Vikar", "email": f"{uuid.uuid4()}@roer.no"}


def company(client: FlaskClient) -> Ids:
    """A company with one of everything that a path can name, and its ids by the paths' names."""
    person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    organization = client.post("/api/v2/organizations", json={"name": "Rør og varme AS"}).get_json()["data"]["id"]
    lead, converted = send_a_lead(client, person), send_a_lead(client, person)
    answer = client.post(f"/api/v2/leads/{converted}/convert/deal").get_json()
    conversion = answer["data"]["conversion_id"]
    answer = client.get(f"/api/v2/leads/{converted}/convert/status/{conversion}").get_json()
    label = client.post("/v1/leadLabels", json={"name": "Hot", "color": "red"}).get_json()["data"]["id"]
    note = client.post("/v1/notes", json={"content": "He called", "lead_id": lead}).get_json()["data"]["id"]
    activity = client.post("/api/v2/activities", json={"lead_id": lead}).get_json()["data"]["id"]
    deal = answer["data"]["deal_id"]
    noted = client.get("/api/ledger/v1/events?types=NoteAdded&limit=500").get_json()
    other = client.post("/api/v2/organizations", json={"name": "Varme AS"}).get_json()["data"]["id"]
    follower = client.post(f"/v1/organizations/{other}/followers", json={"user_id": 1}).get_json()["data"]["id"]
    return {
        "person_id": str(person),
        "organization_id": str(organization),
        "lead_id": lead,
        "conversion_id": conversion,
        "deal_id": str(deal),
        "follower_id": str(follower),
        "lead_label_id": label,
        "lead_source_id": str(_source(client)),
        "note_id": str(note),
        "activity_id": str(activity),
        "activity_type_id": "1",
        "pipeline_id": "1",
        "stage_id": "1",
        "active_user_id": str(client.post("/api/ledger/v1/users", json=_somebody()).get_json()["id"]),
        "user_id": str(user_who_left(ledger_of(client.application))),
        "event_position": str(noted["items"][-1]["position"]),
        "token_id": client.post("/api/ledger/v1/tokens", json={"name": "Laptop"}).get_json()["token_id"],
        "request_id": "a-request",
    }


def in_whole(client: FlaskClient, ids: Ids, body: dict[str, Any]) -> dict[str, Any]:
    """A body, which names all there are of what it puts in order."""
    orders = {"pipeline_ids": "/api/v2/pipelines", "stage_ids": f"/api/v2/stages?pipeline_id={ids['pipeline_id']}"}
    listed = {name: client.get(path).get_json()["data"] for name, path in orders.items() if name in body}
    return {**body, **{name: [each["id"] for each in things] for name, things in listed.items()}}


def _source(client: FlaskClient) -> int:
    """A source of leads that was added: the name of one there is already is not taken again."""
    added = client.post("/api/ledger/v1/lead-sources", json={"name": "Trade fair"})
    listed = client.get("/api/ledger/v1/lead-sources").get_json()["items"]
    return int(added.get_json()["id"] if added.status_code == 201 else listed[-1]["id"])


def send_a_lead(client: FlaskClient, person_id: int) -> str:
    answer = client.post("/v1/leads", json={"title": "Boiler", "person_id": person_id})
    assert answer.status_code == 201
    return str(answer.get_json()["data"]["id"])
