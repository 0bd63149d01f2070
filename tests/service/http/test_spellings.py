"""However a text is spelled, every search, filter, look-up and rule finds it, the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient

from projections.users import caller
from service.commands import users
from service.ledger.ledger import Origin
from tests.databases import Databases
from tests.service.http.opportunities import ask
from tests.service.http.test_searches import PLANTED, found
from tests.service.serving import client_of, founded, ledger_of, serving

OURS = "/api/ledger/v1"

SPELLINGS = [
    ("Ærlig Großmann \u0130 A\u030ase \uff2b\uff41 %_/\\", "  ÆRLIG  GROSSMANN i \u00e5SE ka %_/\\ "),
    ("æRLIG GROSSMANN I ÅSE KA %_/\\ ", "ærlig großmann \u0130 a\u030ase \uff4b\uff21 %_/\\"),
]
"""A text as it was recorded, and as somebody means it later; `test_folding` has each difference by itself."""

OTHERS = [("Kåre", "Kare"), ("1000yx", "100%_x")]
"""A text, and what does not mean it."""

Look = Callable[[FlaskClient, str, str], bool]
"""Records a text and tells whether it is found by another one."""

_numbers = count(1)


def address(text: str) -> str:
    """An e-mail address made of a text, with the blanks that stand around it."""
    return text.replace(text.strip(), f"{'.'.join(text.split())}@example.no")


def search(path: str, field: str, client: FlaskClient, recorded: str, meant: str) -> bool:
    """Whether a search finds it in one field, as a whole and as a part; both tell the same."""
    spell = address if field == "email" else str
    number = PLANTED[path, field](client, spell(recorded).strip())
    prefix = "/v1" if path.startswith("/leads") else "/api/v2"
    told = {
        exact: number in found(client, prefix + path, spell(meant), fields=field, exact_match=exact, limit=500)
        for exact in ("true", "false")
    }
    assert told["true"] == told["false"]
    return told["true"]


def user(client: FlaskClient, name: str, email: str) -> int:
    facts = {"name": name, "email": email, "is_admin": False, "default_currency": "NOK", "locale": "nb_NO"}
    adding = partial(users.add, facts={**facts, "timezone_name": "Europe/Oslo"})
    return int(ledger_of(client.application).execute(Origin(1, "given", "given"), adding)["user_id"])


def named_user(client: FlaskClient, recorded: str, meant: str) -> bool:
    number = user(client, recorded, f"user{next(_numbers)}@example.no")
    answer = client.get("/v1/users/find", query_string={"term": meant})
    return number in [each["id"] for each in answer.get_json()["data"]]


def user_with_address(client: FlaskClient, recorded: str, meant: str) -> bool:
    """Whether a user is found by the address, lets in whoever an issuer says has it, and is not added twice."""
    ledger, number = ledger_of(client.application), user(client, "Kari", address(recorded))
    answer = client.get("/v1/users/find", query_string={"term": address(meant), "search_by_email": 1})
    with ledger.reading() as reading:
        lets_in = caller(reading, email=address(meant))
    is_found = number in [each["id"] for each in answer.get_json()["data"]]
    assert is_found == (lets_in is not None and lets_in.user_id == number)
    ledger.execute(Origin(1, "given", "given"), partial(users.deactivate, user_id=number))
    return is_found


def first_char(kind: str, client: FlaskClient, recorded: str, meant: str) -> bool:
    number = ask(client, "POST", f"/v1/{kind}", {"name": recorded})["id"]
    told = client.get(f"/v1/{kind}", query_string={"first_char": meant, "limit": 500}).get_json()["data"] or []
    return number in [each["id"] for each in told]


def arrived(client: FlaskClient, **facts: Any) -> Any:
    answer = client.post(f"{OURS}/leads", json={"title": "Boiler", "source": "API", **facts})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def arriving_person(client: FlaskClient, recorded: str, meant: str) -> bool:
    emails = [{"value": address(recorded)}]
    number = ask(client, "POST", "/api/v2/persons", {"name": "Kari", "emails": emails})["id"]
    told = arrived(client, person={"name": "Ola", "emails": [{"value": address(meant)}]})["person_id"]
    return bool(told <= number)


def arriving_organization(client: FlaskClient, recorded: str, meant: str) -> bool:
    number = ask(client, "POST", "/api/v2/organizations", {"name": recorded})["id"]
    told = arrived(client, organization={"name": meant})["organization_id"]
    return bool(told <= number)


def duplicate(client: FlaskClient, recorded: str, meant: str) -> bool:
    """Whether two leads of one organization are said to be the same by their titles."""
    number = ask(client, "POST", "/api/v2/organizations", {"name": f"Firma {next(_numbers)}"})["id"]
    arrived(client, title=recorded, organization={"id": number})
    return bool(arrived(client, title=meant, organization={"id": number})["duplicates"])


def source(client: FlaskClient, recorded: str, meant: str) -> bool:
    """Whether a source of the register is meant: by what arrives, by who adds it again, and by the inbox's filter."""
    number = client.post(f"{OURS}/lead-sources", json={"name": recorded}).get_json()["id"]
    facts = {"title": "Boiler", "organization": {"name": "Rør AS"}}
    lead = arrived(client, source=recorded, **facts)["lead_id"]
    taken = client.post(f"{OURS}/leads", json={**facts, "source": meant}).status_code == 201
    again = client.post(f"{OURS}/lead-sources", json={"name": meant})
    inbox = client.get(f"{OURS}/inbox", query_string={"source": meant, "limit": 100}).get_json()["items"]
    assert taken == (again.status_code == 409) == (lead in [item["id"] for item in inbox])
    for each in (number, again.get_json().get("id")):
        client.delete(f"{OURS}/lead-sources/{each}")
    return taken


def guest(client: FlaskClient, recorded: str, meant: str) -> bool:
    """Whether an activity to which somebody's address was asked is held to be about that person."""
    emails = [{"value": address(recorded)}]
    number = ask(client, "POST", "/api/v2/persons", {"name": "Kari", "emails": emails})["id"]
    ask(client, "POST", "/api/v2/activities", {"subject": "Lunch", "attendees": [{"email": address(meant)}]})
    return bool(client.get(f"{OURS}/persons/{number}/data").get_json()["now"]["activities"])


LOOKS: dict[str, Look] = {
    **{f"{path} by {field}": partial(search, path, field) for path, field in PLANTED},
    **{f"{kind} by first_char": partial(first_char, kind) for kind in ("persons", "organizations")},
    "users by name": named_user,
    "users by address": user_with_address,
    "persons who arrive": arriving_person,
    "organizations that arrive": arriving_organization,
    "duplicates by title": duplicate,
    "sources of leads": source,
    "guests of activities": guest,
}


@pytest.mark.slow
def test_every_look_finds_a_text_in_any_spelling_and_no_other_text(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        told = {
            (name, recorded, meant): look(client, recorded, meant)
            for name, look in LOOKS.items()
            for recorded, meant in [*SPELLINGS, *OTHERS]
        }
    assert {each: is_found for each, is_found in told.items() if is_found != (each[1:] in SPELLINGS)} == {}
