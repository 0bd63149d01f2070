"""Text comes in by the same rules everywhere: composed, trimmed where it is one line, refused and never shortened."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate

from service.http import fields as ours
from tests.service.http.attacks import routes
from tests.service.http.opportunities import a_lead, a_person, ask, refused

ANGSTROM = "A\u030ase Bjo\u0308rn"
"""Two letters with their marks apart, as some systems spell them."""


def texts(schema: Schema, path: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    """Every field that takes text, however deep, by where it stands."""
    for name, given in schema.load_fields.items():
        field: fields.Field[Any] = given.inner if isinstance(given, fields.List | ours.Listed) else given
        if isinstance(field, fields.Nested):
            yield from texts(field.schema, f"{path}.{name}")
        elif isinstance(field, fields.String) and not isinstance(field, fields.UUID):
            yield f"{path}.{name}", field


def test_whatever_takes_text_of_ones_own_has_a_rule_for_it() -> None:
    ruled = 0
    for _, route in routes():
        for schema in (route.query, *([route.body] if route.body else [])):
            for where, field in texts(schema):
                is_word = any(
                    isinstance(rule, validate.OneOf | validate.Regexp)
                    or (isinstance(rule, validate.Length) and rule.equal)
                    for rule in field.validators
                )
                ruled += isinstance(field, ours.Text)
                assert isinstance(field, ours.Text) or is_word or where == ".cursor", f"{route.path} {where}"
    assert ruled > 50


def test_text_is_stored_composed_and_without_outer_blanks(client: FlaskClient) -> None:
    composed = unicodedata.normalize("NFC", ANGSTROM)
    assert composed != ANGSTROM
    given = {"name": f" {ANGSTROM}\u00a0", "emails": [{"value": f" {ANGSTROM.replace(' ', '.')}@x.no"}]}
    person = ask(client, "POST", "/api/v2/persons", given)
    assert (person["name"], person["emails"][0]["value"]) == (composed, f"{composed.replace(' ', '.')}@x.no")
    lead_id = a_lead(client, ANGSTROM)
    assert ask(client, "GET", f"/v1/leads/{lead_id}")["title"] == composed
    note = ask(client, "POST", "/v1/notes", {"content": f" {ANGSTROM}\n", "lead_id": lead_id})
    assert note["content"] == f" {composed}\n"
    told = client.get("/api/ledger/v1/events?types=LeadCreated,NoteAdded").get_json()["items"]
    assert told[0]["data"]["title"] == composed
    assert told[1]["data"]["content"] == f" {composed}\n"


def test_text_inside_evidence_is_composed_too_and_keys_that_become_one_are_refused(client: FlaskClient) -> None:
    path = f"/api/ledger/v1/leads/{a_lead(client)}/signals"
    evidence = {ANGSTROM: [ANGSTROM, {"said": ANGSTROM}]}
    recorded = client.post(path, json={"kind": "email_sent", "evidence": evidence}).get_json()["evidence"]
    composed = unicodedata.normalize("NFC", ANGSTROM)
    assert recorded == {composed: [composed, {"said": composed}]}
    twice = {"\u00e5": 1, "a\u030a": 2}
    answer = client.post(path, json={"kind": "email_sent", "evidence": twice})
    assert (answer.status_code, "more than once" in answer.text) == (400, True)


def test_text_that_becomes_too_long_is_refused_and_not_cut(client: FlaskClient) -> None:
    longest = "å" * 255
    assert (
        ask(client, "POST", "/v1/leads", {"title": f" {longest} ", "person_id": a_person(client)})["title"] == longest
    )
    refused(client, "POST", "/v1/leads", {"title": longest + "x", "person_id": 1}, "255")


def test_a_postal_address_may_have_several_lines(client: FlaskClient) -> None:
    given = {"name": "Rør AS", "address": {"value": "Bryggen 1\n5003 Bergen"}}
    assert ask(client, "POST", "/api/v2/organizations", given)["address"]["value"] == "Bryggen 1\n5003 Bergen"
