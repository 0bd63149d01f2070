"""What a user may not see is not there: no route shows it, and each answers as it does about what never was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import validate
from werkzeug.test import TestResponse

from service.http.family import Family
from service.http.fields import IncludedFields
from service.http.route import Route
from tests.databases import Databases
from tests.service.http.attacks import Ids, address, good_body, good_query, parameters, routes
from tests.service.http.opportunities import a_colleague, ask, converted, reverted
from tests.service.http.refusals import company, send
from tests.service.serving import client_of, founded, ledger_of, serving

SECRET = "Hemmelig"
"""A word in every text of what is hidden, and in nothing else."""

OURS = "/api/ledger/v1"
NO_ONE, NO_LEAD = "999999999", "00000000-0000-4000-8000-000000000000"


class Scene:
    """A company in which an administrator keeps one of everything to himself, and a colleague who may not see it."""

    def __init__(self, app: Flask) -> None:
        self.app, self.admin = app, (client := client_of(app))
        self.colleague_id, self.colleague = a_colleague(app)
        self.open = company(client)
        only_me: dict[str, Any] = {"visible_to": 1}
        emails = [{"value": f"{SECRET.lower()}@example.no"}]
        person = self.add("/api/v2/persons", name=f"{SECRET} Hansen", emails=emails, **only_me)
        organization = self.add("/api/v2/organizations", name=f"{SECRET} AS", **only_me)
        lead = {"title": f"{SECRET} lead", "person_id": int(self.open["person_id"]), "visible_to": "1"}
        lead_id, both = self.add("/v1/leads", **lead), self.add("/v1/leads", **lead)
        deal_id = converted(client, both)
        conversion = client.get(f"{OURS}/opportunities?lead_id={both}").json["changes"][0]["conversion_id"]
        note = self.add("/v1/notes", content=f"{SECRET} note", deal_id=deal_id)
        activity = self.add("/api/v2/activities", subject=f"{SECRET} call", lead_id=lead_id)
        follower = ask(client, "POST", f"/v1/deals/{deal_id}/followers", {"user_id": 1})["id"]
        evidence = {"kind": "email_sent", "evidence": {"subject": SECRET}}
        assert client.post(f"{OURS}/leads/{lead_id}/signals", json=evidence).status_code == 201
        assert client.post(f"{OURS}/deals/{deal_id}/signals", json=evidence).status_code == 201
        for content in ({"person_id": person}, {"org_id": organization}, {"lead_id": lead_id}):
            self.add("/v1/notes", content=f"{SECRET} note", **content)
        for linked in ({"participants": [{"person_id": person}]}, {"org_id": organization}, {"deal_id": deal_id}):
            self.add("/api/v2/activities", subject=f"{SECRET} call", **linked)
        again = reverted(client, converted(client, self.add("/v1/leads", **lead)))
        client.patch(f"/v1/leads/{again}", json={"is_archived": True})
        client.delete(f"/v1/leads/{self.add('/v1/leads', **lead)}")
        self.contacts = {"person_id": person, "organization_id": organization}
        self.linked_lead = self.add("/v1/leads", title="Boiler", **self.contacts)
        self.linked_deal = self.add("/api/v2/deals", title="Pumps", person_id=person, org_id=organization)
        self.hidden: Ids = {
            "person_id": str(person),
            "organization_id": str(organization),
            "lead_id": lead_id,
            "deal_id": str(deal_id),
            "conversion_id": conversion,
            "note_id": str(note),
            "activity_id": str(activity),
            "follower_id": str(follower),
        }
        self.missing: Ids = {
            name: NO_ONE if number.isdigit() else NO_LEAD if name == "lead_id" else str(uuid4())
            for name, number in self.hidden.items()
        }

    def add(self, path: str, **facts: Any) -> Any:
        """The id of a new thing of the administrator's."""
        return ask(self.admin, "POST", path, facts)["id"]

    @property
    def length(self) -> int:
        """How many events there are."""
        return ledger_of(self.app).event_log.max_notification_id() or 0


@pytest.fixture(scope="module")
def scene(databases: Databases) -> Iterator[Scene]:
    """One for all tests that change nothing in it."""
    with databases.fresh(founded) as url, serving(url) as app:
        yield Scene(app)


@pytest.fixture
def own_scene(app: Flask) -> Scene:
    return Scene(app)


def naming(hidden: Ids) -> Iterator[tuple[Family, Route, str]]:
    """The routes whose path names something that is hidden, but for administrators' own, and which."""
    for family, route in routes():
        for name in parameters(route):
            if name in hidden and not route.is_for_administrators:
                yield family, route, name


def asked(scene: Scene, family: Family, route: Route, ids: Ids, **headers: str) -> tuple[int, str]:
    """What the colleague is answered to a request with these ids and headers that is well formed."""
    query = good_query(route.query, ids)
    body = None if route.body is None else good_body(route.body)
    if body and "person_id" in body:
        body["person_id"] = int(scene.open["person_id"])
    headers = {"X-Request-Id": "the same", **headers}
    answer = send(scene.colleague, route, address(family, route, ids), query, json=body, headers=headers)
    text = answer.text
    for name, number in sorted(ids.items(), key=lambda item: -len(item[1])):
        text = text.replace(number, f"<{name}>") if len(number) > 5 else text
    return answer.status_code, text


def test_what_is_hidden_is_answered_like_what_never_was_by_every_route_that_can_name_it(scene: Scene) -> None:
    before, tried = scene.length, 0
    for family, route, name in naming(scene.hidden):
        rest = {**scene.open, "user_id": str(scene.colleague_id)}
        hidden = asked(scene, family, route, {**rest, name: scene.hidden[name]})
        assert hidden == asked(scene, family, route, {**rest, name: scene.missing[name]}), (route.method, route.path)
        tried += hidden[0] == 404
        for condition in ("If-Match", "If-None-Match"):
            seen = {condition: '"1.1.0123456789"'}
            hidden = asked(scene, family, route, {**rest, name: scene.hidden[name]}, **seen)
            assert hidden == asked(scene, family, route, {**rest, name: scene.missing[name]}, **seen), condition
    assert tried > 70
    assert scene.length == before


QUERIES = [
    "/v1/notes?{name}={number}",
    "/api/v2/activities?{name}={number}",
    "/api/v2/deals?{name}={number}",
    "/api/v2/persons?{name}={number}",
    f"{OURS}/inbox?{{name}}={{number}}",
    f"{OURS}/timeline?{{name}}={{number}}",
    f"{OURS}/opportunities?{{name}}={{number}}",
    f"{OURS}/diff?from=1&{{name}}={{number}}",
    f"{OURS}/events?{{name}}={{number}}",
    f"{OURS}/events/stream?{{name}}={{number}}",
]


def test_a_query_that_names_a_hidden_opportunity_finds_as_much_as_one_that_names_nothing(scene: Scene) -> None:
    def told(query: str, name: str, ids: Ids) -> tuple[int, str]:
        answer = scene.colleague.get(query.format(name=name, number=ids[name]), headers={"X-Request-Id": "the same"})
        return answer.status_code, answer.text

    for query in QUERIES:
        for name in ("lead_id", "deal_id"):
            assert told(query, name, scene.hidden) == told(query, name, scene.missing), (query, name)


LINKS = {"person_id": "person_id", "org_id": "organization_id", "organization_id": "organization_id"}
LINKS |= {"lead_id": "lead_id", "deal_id": "deal_id"}


def naming_in_bodies() -> Iterator[tuple[Family, Route, str]]:
    """The commands whose body may name a thing that may be hidden, and the field that does."""
    for family, route in routes():
        if route.body is not None and route.is_command and not route.is_for_administrators:
            known = {field.data_key or name for name, field in route.body.load_fields.items()}
            yield from ((family, route, field) for field in sorted(known & LINKS.keys()))


def linked(scene: Scene, family: Family, route: Route, field: str, ids: Ids) -> tuple[int, str]:
    """What the colleague is answered who wants to link a thing to the one among the ids."""
    number: Any = ids[LINKS[field]] if field == "lead_id" else int(ids[LINKS[field]])
    assert route.body is not None
    body = {name: value for name, value in good_body(route.body).items() if name not in LINKS}
    answer = send(scene.colleague, route, address(family, route, scene.open), json={**body, field: number})
    return answer.status_code, answer.text.replace(str(number), "<id>")


def test_nothing_can_be_linked_to_what_is_hidden(scene: Scene) -> None:
    before, tried = scene.length, 0
    for family, route, field in naming_in_bodies():
        hidden = linked(scene, family, route, field, scene.hidden)
        assert hidden[0] == 400, (route.method, route.path, field, hidden)
        assert "there is no" in hidden[1] or "primary one" in hidden[1], (route.path, field, hidden)
        assert hidden == linked(scene, family, route, field, scene.missing)
        tried += 1
    assert tried > 20
    assert scene.length == before


def everything(client: FlaskClient, ids: Ids) -> Iterator[tuple[str, str]]:
    """What a caller is answered by every route that reads, with what it shows on request, whatever it may be asked."""
    for family, route in routes():
        if route.is_command or route.is_public:
            continue
        known = route.query.load_fields
        query = {**good_query(route.query, ids), **{name: SECRET for name in ("term",) if name in known}}
        query |= {"limit": "500"} if "limit" in known else {}
        if isinstance(included := known.get("include_fields"), IncludedFields):
            [words] = (rule for rule in included.inner.validators if isinstance(rule, validate.OneOf))
            query["include_fields"] = ",".join(words.choices)
        body = None if route.body is None else good_body(route.body)
        answer = send(client, route, address(family, route, ids), query, json=body)
        assert answer.status_code in (200, 403, 404), (route.path, answer.text)
        yield f"{route.method} {family.name} {route.path}", answer.text


def test_no_route_shows_a_word_of_what_is_hidden(scene: Scene) -> None:
    ids = {**scene.open, "lead_id": scene.linked_lead, "deal_id": str(scene.linked_deal)}
    shown = dict(everything(scene.colleague, ids))
    assert [path for path, text in shown.items() if SECRET.lower() in text.lower()] == []
    seen = [path for path, text in everything(scene.admin, ids) if SECRET.lower() in text.lower()]
    assert len(seen) > 25, "the word is nowhere to be seen, so it cannot be missed"


def test_a_link_to_what_is_hidden_keeps_its_id_and_loses_its_name(scene: Scene) -> None:
    person, organization = (int(scene.hidden[name]) for name in ("person_id", "organization_id"))
    stages = scene.colleague.get(f"{OURS}/pipelines/1/board").json["stages"]
    [deal] = [deal for stage in stages for deal in stage["deals"] if deal["id"] == scene.linked_deal]
    leads = scene.colleague.get(f"{OURS}/inbox").json["items"]
    [lead] = [lead for lead in leads if lead["id"] == scene.linked_lead]
    for row in (deal, lead):
        assert row["person"] == {"id": person, "name": None}
        assert row["organization"] == {"id": organization, "name": None}
    [old] = [each for each in scene.colleague.get("/v1/deals").json["data"] if each["id"] == scene.linked_deal]
    assert (old["person_id"]["value"], old["person_name"], old["person_hidden"]) == (person, None, True)
    assert (old["org_id"]["value"], old["org_name"], old["org_hidden"]) == (organization, None, True)
    assert {old["person_id"]["name"], old["org_id"]["name"]} == {None}


def test_an_event_that_may_not_be_seen_is_a_gap_in_the_feed_that_says_so(scene: Scene) -> None:
    def feed(client: FlaskClient, query: str = "") -> Any:
        answer = client.get(f"{OURS}/events?limit=500{query}")
        assert answer.status_code == 200, answer.text
        return answer.json

    whole, seen = feed(scene.admin), feed(scene.colleague)
    assert seen["next"] == whole["next"] == scene.length
    assert [item["position"] for item in seen["items"]] == list(range(1, scene.length + 1))
    gaps = [item for item in seen["items"] if item["event"] == "Hidden"]
    assert 20 < len(gaps) < scene.length / 2
    assert all({*item.values()} == {item["position"], "Hidden", None} for item in gaps if item.pop("data") == {})
    told = {item["position"]: item for item in whole["items"]}
    assert all(item == told[item["position"]] for item in seen["items"] if item["event"] != "Hidden")
    some = feed(scene.colleague, "&types=LeadCreated,NoteAdded")["items"]
    assert {item["event"] for item in some} == {"LeadCreated", "NoteAdded"}
    assert "Hidden" not in {item["event"] for item in feed(scene.colleague, "&user_id=1")["items"]}


def test_who_is_made_a_follower_sees_and_may_change_what_was_hidden(own_scene: Scene) -> None:
    for kind, name in (("deals", "deal_id"), ("persons", "person_id"), ("organizations", "organization_id")):
        path = f"/api/v2/{kind}/{own_scene.hidden[name]}"
        assert own_scene.colleague.get(path).status_code == 404
        body = {"user_id": own_scene.colleague_id}
        assert own_scene.colleague.post(f"{path}/followers", json=body).status_code == 404, "nobody lets oneself in"
        assert own_scene.admin.post(f"{path}/followers", json=body).status_code == 201
        assert own_scene.colleague.patch(path, json={"visible_to": 3}).status_code == 200
        assert own_scene.colleague.get(f"/v1/{kind}/{own_scene.hidden[name]}/permittedUsers").json["data"] == [1, 2, 3]


def test_an_arrival_is_not_taken_for_somebody_who_is_hidden(own_scene: Scene) -> None:
    who = {"name": f"{SECRET} Hansen", "emails": [{"value": f"{SECRET.lower()}@example.no"}]}
    arrival = {"title": "Boiler", "source": "API", "person": who, "organization": {"name": f"{SECRET} AS"}}
    arrived = own_scene.colleague.post(f"{OURS}/leads", json=arrival).json
    assert arrived["person_id"] != own_scene.contacts["person_id"]
    assert arrived["organization_id"] != own_scene.contacts["organization_id"]
    assert arrived["duplicates"] == []


def test_what_arrives_again_and_is_hidden_meanwhile_is_not_told_of(own_scene: Scene) -> None:
    def arrived() -> dict[str, Any]:
        arrival = {"title": "Boiler", "source": "API", "person": {"name": "Ola"}, "external_id": "form-7"}
        answer: dict[str, Any] = own_scene.colleague.post(f"{OURS}/leads", json=arrival).get_json()
        return answer

    first = arrived()
    assert first["person_id"] is not None
    ask(own_scene.admin, "PATCH", f"/v1/leads/{first['lead_id']}", {"owner_id": 1, "visible_to": "1"})
    before = own_scene.length
    assert arrived() == {**first, "person_id": None, "organization_id": None, "duplicates": []}
    assert own_scene.length == before


def test_who_hands_a_thing_away_is_still_told_what_became_of_it(own_scene: Scene) -> None:
    person_id = ask(own_scene.colleague, "POST", "/api/v2/persons", {"name": "Ola", "visible_to": 1})["id"]
    handed = own_scene.colleague.patch(f"/api/v2/persons/{person_id}", json={"owner_id": 1})
    assert (handed.status_code, handed.get_json()["data"]["owner_id"]) == (200, 1)
    assert own_scene.colleague.get(f"/api/v2/persons/{person_id}").status_code == 404


def test_who_repeats_a_request_is_not_shown_what_is_hidden_meanwhile(own_scene: Scene) -> None:
    def added() -> TestResponse:
        return own_scene.colleague.post("/api/v2/persons", json={"name": "Ola"}, headers={"Idempotency-Key": '"once"'})

    person_id = added().get_json()["data"]["id"]
    assert added().get_json()["data"]["id"] == person_id
    ask(own_scene.admin, "PATCH", f"/api/v2/persons/{person_id}", {"owner_id": 1, "visible_to": 1})
    before = own_scene.length
    assert added().status_code == 409
    assert own_scene.length == before


def test_in_a_batch_what_is_hidden_is_missing_as_soon_as_it_is(own_scene: Scene) -> None:
    mine = ask(own_scene.colleague, "POST", "/api/v2/persons", {"name": "Ola", "visible_to": 1})["id"]
    paths = [f"/api/v2/persons/{number}" for number in (own_scene.hidden["person_id"], mine, mine)]
    commands = [{"method": "PATCH", "path": path, "body": {"owner_id": 1}} for path in paths]

    def answered() -> list[int]:
        batch, key = {"mode": "one_by_one", "commands": commands}, {"Idempotency-Key": '"once"'}
        answer = own_scene.colleague.post(f"{OURS}/batch", json=batch, headers=key)
        return [result["status"] for result in answer.get_json()["results"]]

    assert answered() == [404, 200, 404]
    assert answered() == [404, 409, 404], "it was done, but is not shown again to whoever handed it away"
    assert ask(own_scene.admin, "GET", paths[1])["owner_id"] == 1
