"""An erasure tells where else a name, an address or a number stands, wherever in the log that is."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.evidence.access import Access, keep_access
from service.ledger.ledger import Ledger, Origin
from service.privacy.erasure import erase
from service.privacy.mentions import Look, Mentions
from service.privacy.sought_words import SoughtWords
from service.privacy.subjects import Subject
from tests.service.privacy.canaries import OURS, Planted
from tests.service.serving import TOKEN, client_of, ledger_of
from tests.service.whole import check_whole, length_of_log

GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}
ORIGIN = Origin(user_id=1, request_id="mentions", client="test", reason="Asked for it by letter")
NAME = "Øystein Ås & Åse"


@pytest.fixture
def ledger(app: Flask) -> Ledger:
    return ledger_of(app)


def ask(client: FlaskClient, path: str, method: str = "POST", **body: Any) -> Any:
    answer = client.open(path, method=method, json=body or None)
    assert answer.status_code < 300, answer.text
    return answer.json


def add(client: FlaskClient, name: str) -> int:
    number: int = ask(client, "/api/v2/persons", name=name)["data"]["id"]
    return number


def lead(client: FlaskClient, title: str = "Boiler") -> str:
    number: str = ask(client, "/v1/leads", title=title, person_id=add(client, "Ola Hansen"))["data"]["id"]
    return number


def mentioned(client: FlaskClient, person: int) -> list[tuple[str | None, str]]:
    """The events and fields in which an erasure found something, which must be as many as it counted."""
    told = ask(client, f"{OURS}/persons/{person}/erase", **GROUNDS)
    assert told["mentioned"] == len(told["mentions"])
    last = ask(client, f"{OURS}/timeline?person_id={person}&limit=1", "GET")["items"][0]
    assert (last["event"], last["data"]["mentions"]) == ("ErasureConfirmed", told["mentioned"])
    assert ask(client, f"{OURS}/persons/{person}/erasure", "GET") == told
    return [(each["event"], each["field"]) for each in told["mentions"]]


@pytest.mark.parametrize(
    "spelled",
    [NAME, NAME.upper(), unicodedata.normalize("NFD", NAME), NAME.lower(), "&Oslash;ystein &Aring;s &amp; Åse"],
)
def test_a_name_in_a_note_about_another_is_found_however_it_is_spelled(client: FlaskClient, spelled: str) -> None:
    person = add(client, NAME)
    ask(client, "/v1/notes", content=f"Married to {spelled}", lead_id=lead(client))
    assert mentioned(client, person) == [("NoteAdded", "data.content")]


def test_a_name_in_a_reason_a_title_and_a_custom_text_of_others_is_found(client: FlaskClient) -> None:
    person, other = add(client, NAME), lead(client, f"Boiler of {NAME.upper()}")
    ask(client, f"/v1/leads/{other}", "PATCH", title="Boiler")
    deal = ask(client, f"{OURS}/leads/{other}/convert", reason=f"{NAME} asked for it")["deal_id"]
    evidence = {"who": [{NAME: "called"}]}
    ask(client, f"{OURS}/deals/{deal}/signals", kind="email_answered", interest=True, evidence=evidence)
    assert {(event, field) for event, field in mentioned(client, person)} == {
        ("LeadCreated", "data.title"),
        ("LeadConvertedToDeal", "metadata.reason"),
        ("DealCreated", "metadata.reason"),
        ("SignalRecorded", "data.evidence"),
    }


def test_a_name_in_what_an_older_version_kept_of_an_auditors_request_is_found(
    client: FlaskClient, ledger: Ledger
) -> None:
    person = add(client, "Kari Nordmann")
    keep_access(ledger.database, ledger.clock, Access(1, "look", "for Kari Nordmann", f"{OURS}/inbox", ""))
    told = ask(client, f"{OURS}/persons/{person}/erase", **GROUNDS)
    where = {"table": "access_records", "number": 1, "event": None, "stream_id": None, "field": "client"}
    assert told["mentions"] == [where]


def test_every_personal_field_of_every_event_is_looked_at(app: Flask, client: FlaskClient, ledger: Ledger) -> None:
    planted = Planted(client)
    for word in planted.words:
        found = Mentions()
        Look(SoughtWords([word]), ()).through_events(ledger.event_log, 0, length_of_log(app), found, lambda _: None)
        assert found.total >= 1, word


def test_what_is_erased_itself_is_no_mention(client: FlaskClient) -> None:
    assert mentioned(client, Planted(client).person) == []


def test_the_log_is_looked_through_a_part_at_a_time(
    client: FlaskClient, app: Flask, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.privacy.mentions.AT_ONCE", 3)
    person = add(client, NAME)
    for _ in range(5):
        ask(client, "/v1/notes", content=NAME, lead_id=lead(client))
    length, heard = length_of_log(app), list[int]()
    found = erase(ledger, ORIGIN, Subject("person", person), "GDPR", heard.append).found
    assert found is not None
    assert (found.mentioned, sum(heard), max(heard)) == (5, length, 3)


def test_others_write_while_the_log_is_looked_through_and_what_they_write_is_looked_at(
    client: FlaskClient, app: Flask, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.privacy.erasure._MOST_UNDER_LOCK", 0)
    person, other, written = add(client, NAME), lead(client), list[int]()

    def write_meanwhile(_: int) -> None:
        if len(written) < 3:
            content = [NAME, "She is called Kari Nordmann now", "nothing"][len(written)]
            written.append(ask(client_of(app), "/v1/notes", content=content, lead_id=other)["data"]["id"])
        if len(written) == 2:
            ask(client_of(app), f"/api/v2/persons/{person}", "PATCH", name="Kari Nordmann")

    found = erase(ledger, ORIGIN, Subject("person", person), "GDPR", write_meanwhile).found
    assert found is not None
    assert (found.mentioned, len(written)) == (2, 3)
    check_whole(app)


def test_only_the_first_mentions_are_told_one_by_one_but_all_are_counted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.privacy.mentions.MOST", 2)
    person, other = add(client, NAME), lead(client)
    for _ in range(3):
        ask(client, "/v1/notes", content=NAME, lead_id=other)
    told = ask(client, f"{OURS}/persons/{person}/erase", **GROUNDS)
    assert (told["mentioned"], len(told["mentions"])) == (3, 2)


def test_what_was_found_is_not_lost_where_an_erasure_broke_off(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add(client, NAME)
    ask(client, "/v1/notes", content=NAME, lead_id=lead(client))
    path = f"{OURS}/persons/{person}"

    def power_cut(*_: object) -> None:
        raise OSError("the power went")

    monkeypatch.setattr("service.privacy.erasure.scrub_files", power_cut)
    assert client.post(f"{path}/erase", json=GROUNDS).status_code == 500
    broken_off = ask(client, f"{path}/erasure", "GET")
    assert (broken_off["is_done"], broken_off["position"], broken_off["mentioned"]) == (False, None, 1)
    monkeypatch.undo()
    done = ask(client, f"{path}/erase", **GROUNDS)
    assert done == {**broken_off, "is_done": True, "position": done["position"]}
    assert done["keys"] >= 1


def test_an_erasure_that_takes_long_is_answered_before_and_can_be_looked_up(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.http.ledger.personal_data.ANSWER_SECONDS", 0)
    person = add(client, NAME)
    assert client.get(f"{OURS}/persons/{person}/erasure").status_code == 404
    answer = client.post(f"{OURS}/persons/{person}/erase", json=GROUNDS)
    assert (answer.status_code, answer.json["is_done"]) == (202, False)
    for _ in range(1000):
        looked_up = client.get(answer.headers["Location"])
        if looked_up.status_code == 200 and looked_up.json["is_done"]:
            break
    assert looked_up.json["mentions"] == []
    assert client.get(f"/api/v2/persons/{person}").json["data"]["name"] == "[erased]"
    assert client.get(answer.headers["Location"], headers={"x-api-token": TOKEN}).status_code == 200


def test_a_refused_erasure_is_refused_before_anything_is_looked_at(client: FlaskClient) -> None:
    person = add(client, NAME)
    ask(client, f"{OURS}/persons/{person}/hold", reason="A lawsuit")
    assert client.post(f"{OURS}/persons/{person}/erase", json=GROUNDS).status_code == 409
    assert client.get(f"{OURS}/persons/{person}/erasure").status_code == 404
