"""What was stored is found, exact or not, in every documented field, as it is now and as it was."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.commands import leads, notes, persons
from service.http.search import SearchedFields
from service.ledger.ledger import Origin
from service.text import BadText, composed, line
from tests.databases import Databases
from tests.service.http.attacks import routes
from tests.service.http.opportunities import a_deal, a_lead, a_person, ask, converted, reverted
from tests.service.serving import client_of, founded, ledger_of, serving

WORD = "Å<b>kre R&D"
LEADS, DEALS, PERSONS, ORGANIZATIONS = (
    "/v1/leads/search",
    "/api/v2/deals/search",
    "/api/v2/persons/search",
    "/api/v2/organizations/search",
)


def found(client: FlaskClient, path: str, term: str, **query: Any) -> list[Any]:
    """The ids of what a search finds, the best match first."""
    answer = client.get(path, query_string={"term": term, **query})
    assert answer.status_code == 200, answer.text
    return [item["item"]["id"] for item in answer.get_json()["data"]["items"]]


def person(client: FlaskClient, **facts: Any) -> Any:
    return ask(client, "POST", "/api/v2/persons", {"name": "Kari", **facts})["id"]


def organization(client: FlaskClient, **facts: Any) -> Any:
    return ask(client, "POST", "/api/v2/organizations", {"name": "Rør AS", **facts})["id"]


def with_note(client: FlaskClient, link: str, number: Any, text: str) -> Any:
    ask(client, "POST", "/v1/notes", {"content": text, link: number})
    return number


PLANTED: dict[tuple[str, str], Callable[[FlaskClient, str], Any]] = {
    ("/leads/search", "title"): a_lead,
    ("/leads/search", "notes"): lambda client, text: with_note(client, "lead_id", a_lead(client), text),
    ("/deals/search", "title"): a_deal,
    ("/deals/search", "notes"): lambda client, text: with_note(client, "deal_id", a_deal(client), text),
    ("/persons/search", "name"): lambda client, text: person(client, name=text),
    ("/persons/search", "email"): lambda client, text: person(client, emails=[{"value": text.replace(" ", ".")}]),
    ("/persons/search", "phone"): lambda client, text: person(client, phones=[{"value": text}]),
    ("/persons/search", "notes"): lambda client, text: with_note(client, "person_id", a_person(client), text),
    ("/organizations/search", "name"): lambda client, text: organization(client, name=text),
    ("/organizations/search", "address"): lambda client, text: organization(client, address={"value": text}),
    ("/organizations/search", "notes"): lambda client, text: with_note(client, "org_id", organization(client), text),
}
"""How to have something found by each field of each search; answers its id."""


@pytest.mark.slow
def test_every_documented_field_of_every_search_finds_or_is_refused(client: FlaskClient) -> None:
    documented = set()
    for family, route in routes():
        searched = route.query.fields.get("searched")
        if isinstance(searched, SearchedFields):
            path = family.prefixes[0] + route.path
            for field in searched.load_default:
                documented.add((route.path, field))
                others = [other for other in searched.load_default if other != field]
                number, term = (
                    PLANTED[route.path, field](client, WORD),
                    WORD.replace(" ", "." if field == "email" else " "),
                )
                assert number in found(client, path, term, fields=field)
                assert number in found(client, path, term, fields=field, exact_match="true")
                assert number in found(client, path, term[:-1].upper())
                assert number not in found(client, path, term, fields=",".join(others))
            for none, reason in (("custom_fields", "no custom fields"), (",", "must name a field")):
                refused = client.get(path, query_string={"term": WORD, "fields": none})
                assert (refused.status_code, reason in refused.text) == (400, True)
    assert documented == PLANTED.keys()


def storable(text: str) -> bool:
    try:
        return len(line(composed(text))) > 1
    except BadText:
        return False


lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=2, max_size=30).filter(storable)


@pytest.mark.slow
def test_whatever_is_stored_is_found_again_in_any_spelling(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        person_id = a_person(client)

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(lines)
        @example("A\u030ase Bjo\u0308rn")
        @example(" 100%_\\/ ")
        @example("\u00a8x\u0345")
        @example("\u01c5 \ufb03 \u1e9e \u0130")
        @example("\u0645\u06cc\u200c\u062e")
        @example("&copy=1 &lt;b>")
        def stored(text: str) -> None:
            lead_id = ask(client, "POST", "/v1/leads", {"title": text, "person_id": person_id})["id"]
            person = ask(client, "POST", "/api/v2/persons", {"name": text, "phones": []})["id"]
            with_note(client, "lead_id", lead_id, text)
            for form in ("NFC", "NFD"):
                term = unicodedata.normalize(form, text)
                for exact in ("true", "false"):
                    for field in ("title", "notes"):
                        assert lead_id in found(client, LEADS, term, fields=field, exact_match=exact, limit=500)
                    assert person in found(client, PERSONS, f" {term} ", exact_match=exact, limit=500)
            if len(text[1:].strip()) > 1 and storable(text[:-1]):
                client.delete(f"/v1/leads/{lead_id}")
                assert lead_id not in found(client, LEADS, text, limit=500)

        stored()


def test_text_that_was_recorded_before_there_were_rules_is_found(app: Flask, client: FlaskClient) -> None:
    ledger, origin, number = ledger_of(app), Origin(1, "given", "given"), a_person(client)
    old = {"name": "\tA\u030ase\r\nBerg ", "emails": [{"value": " a\u030ase@x.no"}], "phones": []}
    person_id = ledger.execute(origin, partial(persons.add, facts=old))["person_id"]
    lead = ledger.execute(origin, partial(leads.add, facts={"title": " Ro\u0308r\n", "person_id": number}))
    note = {"content": "Ba\u030at", "person_id": person_id, "pins": {}}
    ledger.execute(origin, partial(notes.add, facts=note))
    for exact in ("true", "false"):
        assert found(client, PERSONS, "åse berg", exact_match=exact) == [person_id]
        assert found(client, PERSONS, "ÅSE@x.no", exact_match=exact) == [person_id]
        assert found(client, PERSONS, "båt", exact_match=exact, fields="notes") == [person_id]
        assert found(client, LEADS, "rör", exact_match=exact) == [lead["lead_id"]]


def test_notes_are_searched_as_they_read_and_found_things_show_theirs(client: FlaskClient) -> None:
    lead_id = a_lead(client)
    with_note(client, "lead_id", lead_id, "Older: kobberrør")
    with_note(client, "lead_id", lead_id, "<p>Trenger <b>kobber</b>rør &amp; <i>ventiler</i> <kari@x.no></p>")
    with_note(client, "lead_id", lead_id, "Something else")
    assert found(client, LEADS, "trenger KOBBERRØR & ventiler <kari@x.no>", exact_match="true") == [lead_id]
    assert found(client, LEADS, "href") == found(client, LEADS, "amp;", fields="title") == []
    (item,) = client.get(LEADS, query_string={"term": "kobberrør"}).get_json()["data"]["items"]
    assert item["item"]["notes"] == ["<p>Trenger <b>kobber</b>rør &amp; <i>ventiler</i> &lt;kari@x.no&gt;</p>"]
    (item,) = client.get(LEADS, query_string={"term": "boiler"}).get_json()["data"]["items"]
    assert item["item"]["notes"] == []


def test_a_better_match_in_a_note_comes_before_a_worse_one_in_a_title(client: FlaskClient) -> None:
    middle, whole, begins = a_lead(client, "About pumps"), a_lead(client), a_lead(client)
    with_note(client, "lead_id", whole, "Pumps")
    with_note(client, "lead_id", begins, "Pumps, many")
    assert found(client, LEADS, "pumps") == [whole, begins, middle]
    assert found(client, LEADS, "pumps", limit=1, start=1) == [begins]
    first = client.get("/api/v2/leads/search?term=pumps&limit=2").get_json()["additional_data"]["next_cursor"]
    assert found(client, "/api/v2/leads/search", "pumps", cursor=first) == [middle]


def test_notes_are_found_by_the_form_that_their_opportunity_has(client: FlaskClient) -> None:
    lead_id = with_note(client, "lead_id", a_lead(client), "stigeledning")
    deal_id = converted(client, lead_id)
    assert found(client, LEADS, "stigeledning") == []
    assert found(client, DEALS, "stigeledning") == [deal_id]
    assert reverted(client, deal_id) == lead_id
    assert found(client, LEADS, "stigeledning") == [lead_id]
    assert found(client, DEALS, "stigeledning") == []


@pytest.mark.parametrize("exact", ["true", "false"])
def test_a_note_is_found_while_it_says_so_and_as_of_then(client: FlaskClient, exact: str) -> None:
    def position() -> int:
        return int(client.get("/api/ledger/v1/events?limit=500").get_json()["next"])

    lead_id, moments = a_lead(client), [position()]
    note = ask(client, "POST", "/v1/notes", {"content": "kobber", "lead_id": lead_id})["id"]
    moments.append(position())
    ask(client, "PUT", f"/v1/notes/{note}", {"content": "messing"})
    moments.append(position())
    ask(client, "DELETE", f"/v1/notes/{note}")
    moments.append(position())
    for term, seen in (("kobber", moments[1]), ("messing", moments[2])):
        for moment in moments:
            wanted = [lead_id] if moment == seen else []
            assert found(client, LEADS, term, exact_match=exact, as_of=moment) == wanted
        assert found(client, LEADS, term, exact_match=exact) == []
