"""The description is valid, tells of every route, and what it promises is what is answered."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from service.pages.addresses import pages
from tests.databases import SqliteDatabases
from tests.service.http.ledger.conftest import OURS
from tests.service.http.second_forms import ask_second_forms
from tests.service.serving import client_of, founded, ledger_of, serving, user_who_left

PAGES = {"findDescription", "getHandbook", "getCheckpoint", "getKey", "getVerifier", "getEventStream", "getMetrics"}
"""What answers something else than JSON."""


@pytest.fixture
def app(sqlite_databases: SqliteDatabases) -> Iterator[Flask]:
    """The service on one kind of database: what it describes is the same on both."""
    with sqlite_databases.fresh(founded) as url, serving(url) as application:
        yield application


@pytest.fixture
def document(app: Flask) -> Any:
    return app.test_client().get(f"{OURS}/openapi.json").json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.mark.slow
def test_the_description_is_valid(document: Any) -> None:
    validate(document)


def test_every_route_is_described(app: Flask, document: Any) -> None:
    described = {(method.upper(), path) for method, path, _ in operations(document)}
    served = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        served |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    shown = {(route.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)) for route in pages.routes}
    assert described == {(method, path) for method, path in served - shown if not path.startswith("/api/v1/")}


def test_every_operation_says_what_it_does_and_what_it_answers(document: Any) -> None:
    for _, path, operation in operations(document):
        assert operation["summary"], path
        answers = {status: answer for status, answer in operation["responses"].items() if status < "400"}
        assert answers, path
        for status, answer in answers.items():
            if status == "304":
                assert ("ETag" in answer["headers"], "content" in answer) == (True, False), path
                continue
            assert "Location" in answer["headers"] if status == "302" else answer["content"], path
            assert "application/json" in answer.get("content", {}) or operation["operationId"] in PAGES, path


def test_what_is_public_needs_no_token_and_everything_else_does(app: Flask, document: Any) -> None:
    for method, path, operation in operations(document):
        answer = app.test_client().open(re.sub(r"\{\w+\}", "1", path), method=method)
        is_public = operation.get("security") == []
        assert is_public == ("401" not in operation["responses"]), path
        if "{" not in path:
            assert is_public == (answer.status_code != 401), path


def test_the_page_shows_every_operation_and_one_family_where_that_is_asked_for(app: Flask, document: Any) -> None:
    client = app.test_client()
    everything = client.get(f"{OURS}/docs")
    assert everything.mimetype == "text/html"
    ours = client.get(f"{OURS}/docs?family=ledger").text
    for _, _, operation in operations(document):
        mark = f'id="{operation["operationId"]}"'
        assert mark in everything.text
        assert (mark in ours) == (operation["tags"] == ["ledger"])
    assert "curl -H" in ours
    assert """-d '{"reason": "They answered the first email"}'""" in unescape(ours)
    assert not re.search(r'(src|href)="(https?:)?//', everything.text), "the page needs nothing from elsewhere"
    assert client.get(f"{OURS}/docs?family=unknown").status_code == 400


class Checked:
    """A client whose every answer is held against the description."""

    def __init__(self, client: FlaskClient, document: Any) -> None:
        self._client = client
        self._document = _without_surprises(document)
        self.seen: set[str] = set()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What is answered, as described, where all is well."""
        status, name, told = self._described_answer(method, path, body)
        assert status < 300, told
        self.seen.add(name)
        return told

    def refused(self, path: str) -> int:
        """The status of a problem, whose body is as described."""
        status, _, told = self._described_answer("GET", path, None)
        assert status >= 400, told
        return status

    def _described_answer(self, method: str, path: str, body: Any) -> tuple[int, str, Any]:
        answer = self._client.open(path, method=method, json=body)
        operation = self._operation(method, path.partition("?")[0])
        described = self._resolved(operation["responses"][str(answer.status_code)])["content"][answer.mimetype][
            "schema"
        ]
        schema = {**described, "components": self._document["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer.json)
        return answer.status_code, operation["operationId"], answer.json

    def _resolved(self, response: Any) -> Any:
        name = response.get("$ref", "").rpartition("/")[2]
        return self._document["components"]["responses"][name] if name else response

    def _operation(self, method: str, path: str) -> Any:
        for template, methods in sorted(self._document["paths"].items(), key=lambda item: item[0].count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in methods:
                return methods[method.lower()]
        raise AssertionError(f"{method} {path} is not described")


def _without_surprises(document: Any) -> Any:
    """The description, taken at its word: an answer may have nothing that is not described."""
    strict = copy.deepcopy(document)
    for schema in strict["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return strict


def _ask_about_followers(checked: Checked, path: str) -> None:
    old, new = f"/v1/{path}", f"/api/v2/{path}"
    follower = checked.ask("POST", old, {"user_id": 1})["data"]["id"]
    checked.ask("GET", old)
    checked.ask("DELETE", f"{old}/{follower}")
    checked.ask("POST", new, {"user_id": 1})
    checked.ask("GET", new)
    checked.ask("GET", f"{new}/changelog")
    checked.ask("DELETE", f"{new}/1")


@pytest.mark.slow
def test_answers_are_as_described(app: Flask, document: Any) -> None:
    checked = Checked(client_of(app), document)
    person = checked.ask(
        "POST", "/api/v2/persons", {"name": "Kari Nordmann", "emails": [{"value": "kari@example.org"}]}
    )
    company = checked.ask("POST", "/api/v2/organizations", {"name": "Rør og Varme AS"})["data"]["id"]
    about = {"person_id": person["data"]["id"], "organization_id": company}
    label = checked.ask("POST", "/v1/leadLabels", {"name": "Hottest", "color": "red"})["data"]["id"]
    value = {"amount": 12.5, "currency": "NOK"}
    lead = checked.ask("POST", "/v1/leads", {"title": "Bathroom", "label_ids": [label], "value": value, **about})
    lead_id = lead["data"]["id"]
    other = checked.ask("POST", "/v1/leads", {"title": "Kitchen", "person_id": 1})["data"]["id"]
    checked.ask("GET", f"{OURS}/inbox?limit=1")
    checked.ask("GET", f"{OURS}/insights?by=owner")
    checked.ask("GET", f"{OURS}/audit/proofs/inclusion?position=3")
    checked.ask("GET", f"{OURS}/audit/proofs/consistency?from=3")
    checked.ask("GET", f"{OURS}/audit/proof?lead_id={lead_id}&as_of=5")
    checked.ask("GET", f"{OURS}/audit/proof?position=3")
    checked.ask("GET", f"{OURS}/audit/checkpoints")
    checked.ask("GET", f"{OURS}/audit/renewal")
    checked.ask("GET", f"{OURS}/audit/access")
    checked.ask("GET", f"{OURS}/events?limit=500")
    policy = checked.ask("GET", f"{OURS}/policy")["policy"]
    checked.ask("PUT", f"{OURS}/policy", {"version": 1, "policy": policy})
    checked.ask("POST", f"{OURS}/policy/dry-run", {"policy": {"default": {"combine": "any", "rules": []}}})
    for path in (f"{OURS}/leads/{lead_id}/signals", f"{OURS}/leads/{other}/signals"):
        checked.ask("POST", path, {"kind": "email_answered", "interest": True, "evidence": {"subject": "Pipes"}})
        checked.ask("GET", path)
    checked.ask("GET", f"{OURS}/leads/{lead_id}/readiness")
    contacts = {"person": {"name": "Kari Berg"}, "organization": {"name": "Varme"}}
    checked.ask("POST", f"{OURS}/leads", {"title": "Pump", "source": "Chatbot", **contacts})
    add = {"method": "POST", "path": "/v1/leads", "body": {"title": "Pump", "person_id": 1}}
    checked.ask("POST", f"{OURS}/batch", {"mode": "one_by_one", "commands": [add, {**add, "body": {}}]})
    source = checked.ask("POST", f"{OURS}/lead-sources", {"name": "Trade fair"})["id"]
    checked.ask("GET", f"{OURS}/lead-sources")
    checked.ask("PATCH", f"{OURS}/lead-sources/{source}", {"name": "Trade fairs"})
    checked.ask("DELETE", f"{OURS}/lead-sources/{source}")
    deal_id = checked.ask("POST", f"{OURS}/leads/{lead_id}/convert", {"reason": "They called"})["deal_id"]
    checked.ask("POST", f"{OURS}/deals/{deal_id}/signals", {"kind": "budget_named"})
    checked.ask("GET", f"{OURS}/deals/{deal_id}/signals")
    checked.ask("POST", f"{OURS}/deals/{deal_id}/signals", {"kind": "x_no", "interest": False})
    checked.ask("GET", f"{OURS}/deals/suggested-reversals")
    there = checked.ask("POST", f"/api/v2/leads/{other}/convert/deal")["data"]["conversion_id"]
    checked.ask("GET", f"/api/v2/leads/{other}/convert/status/{there}")
    back = checked.ask("POST", "/api/v2/deals/2/convert/lead")["data"]["conversion_id"]
    checked.ask("GET", f"/api/v2/deals/2/convert/status/{back}")
    checked.ask("PATCH", f"/v1/leads/{other}", {"is_archived": True})
    checked.ask("POST", "/api/v2/deals", {"title": "Boiler", "person_id": 1})
    checked.ask("PATCH", "/api/v2/deals/3", {"status": "lost", "lost_reason": "Too dear"})
    checked.ask("POST", "/api/v2/pipelines", {"name": "Service"})
    visit = checked.ask("POST", "/api/v2/stages", {"name": "Visit", "pipeline_id": 2})["data"]["id"]
    checked.ask("PUT", f"{OURS}/pipelines/order", {"pipeline_ids": [2, 1]})
    checked.ask("PUT", f"{OURS}/pipelines/2/stages/order", {"stage_ids": [visit]})
    both = {"person_id": 1, "lead_id": other, "pinned_to_lead_flag": 1}
    note = checked.ask("POST", "/v1/notes", {"content": "<b>He called</b>", **both})["data"]["id"]
    location = {"value": "Bryggen 1, Bergen", "locality": "Bergen"}
    people = {"participants": [{"person_id": 1}], "attendees": [{"email": "kari@example.org"}]}
    plan = {"due_date": "2030-01-07", "due_time": "09:30", "location": location, "lead_id": other, **people}
    checked.ask("POST", "/api/v2/activities", {"type": "meeting", **plan})
    kind = checked.ask("POST", "/v1/activityTypes", {"name": "Site visit", "icon_key": "truck"})["data"]["id"]
    for things, key in (("deals", 3), ("persons", 1), ("organizations", company)):
        _ask_about_followers(checked, f"{things}/{key}/followers")
    for path in (
        f"{OURS}/pipelines/1/board",
        f"{OURS}/pipelines/1/bridge?from=0",
        f"{OURS}/pipelines/1/deals?stage_id=1",
        f"{OURS}/deals?limit=1",
        f"{OURS}/deals/totals",
        f"{OURS}/timeline?deal_id={deal_id}&limit=2",
        f"{OURS}/opportunities?deal_id={deal_id}",
        f"{OURS}/diff?from=0&limit=500",
        f"{OURS}/openapi.json",
        "/health/live",
        "/health/ready",
        "/v1/leads",
        "/v1/leads/archived",
        f"/v1/leads/{other}",
        f"/v1/leads/{other}/permittedUsers",
        "/v1/deals/1/permittedUsers",
        "/v1/persons/1/permittedUsers",
        f"/v1/organizations/{company}/permittedUsers",
        "/v1/leads/search?term=kitchen",
        "/v1/leadLabels",
        "/v1/leadSources",
        "/v1/users",
        "/v1/users/me",
        "/v1/users/1",
        "/v1/users/find?term=admin",
        "/v1/currencies",
        "/v1/notes",
        f"/v1/notes/{note}",
        "/v1/activityTypes",
        "/api/v2/activities?sort_by=due_date",
        "/api/v2/activities/1?include_fields=attendees",
        "/api/v2/deals/1?include_fields=next_activity_id,activities_count,notes_count",
        "/api/v2/leads/search?term=kitchen",
        "/api/v2/deals?limit=1",
        "/api/v2/deals/1",
        "/api/v2/deals/archived",
        "/api/v2/deals/search?term=boiler",
        "/api/v2/persons",
        "/v1/users/1/followers",
        "/api/v2/users/1/followers",
        f"{OURS}/users/1/following",
        "/api/v2/deals/1?include_fields=followers_count,first_won_time,source_lead_id,files_count,last_incoming_mail_time",
        "/api/v2/persons/1?include_fields=marketing_status,open_deals_count&include_labels=true",
        "/api/v2/persons/search?term=kari",
        "/api/v2/organizations",
        f"/api/v2/organizations/{company}?include_fields=people_count,next_activity_id",
        "/api/v2/organizations/search?term=varme",
        "/api/v2/pipelines",
        "/api/v2/pipelines/1",
        "/api/v2/stages",
        "/api/v2/stages/1",
    ):
        checked.ask("GET", path)
    checked.ask("POST", f"{OURS}/deals/{deal_id}/revert")
    user = f"{OURS}/users/{checked.ask('POST', f'{OURS}/users', {'name': 'Vikar', 'email': 'vikar@roer.no'})['id']}"
    checked.ask("PUT", f"{user}/password", {"password": "long enough for anybody"})
    checked.ask("POST", f"{user}/sign-out")
    checked.ask("POST", f"{user}/deactivate")
    token_id = checked.ask("POST", f"{OURS}/tokens", {"name": "reports", "scopes": ["read"]})["token_id"]
    rotated = checked.ask("POST", f"{OURS}/tokens/{token_id}/rotate", {"overlap": 60})
    checked.ask("GET", f"{OURS}/tokens")
    checked.ask("POST", f"{OURS}/tokens/{rotated['token_id']}/revoke")
    checked.ask("PATCH", f"/v1/leadLabels/{label}", {"name": "Hot again"})
    checked.ask("PATCH", "/api/v2/persons/1", {"name": "Kari Hansen"})
    checked.ask("PATCH", f"/api/v2/organizations/{company}", {"name": "Varme AS"})
    checked.ask("PATCH", "/api/v2/pipelines/2", {"name": "Repairs"})
    checked.ask("PATCH", "/api/v2/stages/6", {"name": "Call"})
    checked.ask("PUT", f"/v1/notes/{note}", {"content": "He called twice"})
    checked.ask("PATCH", "/api/v2/activities/1", {"done": True, "location": None})
    checked.ask("PUT", f"/v1/activityTypes/{kind}", {"order_nr": 2, "color": "aeb31b"})
    for path in (
        f"/v1/notes/{note}",
        "/api/v2/activities/1",
        f"/v1/activityTypes/{kind}",
        f"/v1/leads/{other}",
        f"/v1/leadLabels/{label}",
        "/api/v2/deals/3",
        "/api/v2/persons/1",
        f"/api/v2/organizations/{company}",
        "/api/v2/stages/6",
        "/api/v2/pipelines/2",
    ):
        checked.ask("DELETE", path)
    checked.ask("GET", f"{OURS}/commands/a-request")
    noted = checked.ask("GET", f"{OURS}/events?types=ActivityAdded")["items"][0]["position"]
    checked.ask("POST", f"{OURS}/events/{noted}/redact", GROUNDS)
    checked.ask("GET", f"{OURS}/events/{noted}/redaction")
    left = user_who_left(ledger_of(app))
    for erased in (
        f"notes/{note}",
        f"leads/{other}",
        "deals/1",
        f"users/{left}",
        f"organizations/{company}",
        "persons/1",
    ):
        ask_for_erasure(checked, f"{OURS}/{erased}")
    ask_second_forms(checked.ask)
    assert {operation["operationId"] for _, _, operation in operations(document)} - PAGES == checked.seen


GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}


def ask_for_erasure(checked: Checked, path: str) -> None:
    """Hand over, hold, release and erase what is held about something."""
    checked.ask("GET", f"{path}/data")
    for act in ("hold", "release"):
        checked.ask("POST", f"{path}/{act}", {"reason": "A lawsuit"})
    checked.ask("POST", f"{path}/erase", GROUNDS)
    checked.ask("GET", f"{path}/erasure")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{OURS}/inbox?limit=0", 400),
        (f"{OURS}/pipelines/99/board", 404),
        (f"{OURS}/pipelines/99/bridge?from=0", 404),
        (f"{OURS}/timeline", 400),
        (f"{OURS}/diff", 400),
        ("/v1/leads?limit=-1", 400),
        ("/v1/leads/00000000-0000-4000-8000-000000000000", 404),
        ("/v1/users/99", 404),
        ("/api/v2/deals?limit=-1", 400),
        ("/api/v2/deals/99", 404),
    ],
)
def test_problems_are_as_described(app: Flask, document: Any, path: str, status: int) -> None:
    assert Checked(client_of(app), document).refused(path) == status
    assert Checked(app.test_client(), document).refused(path) == 401
