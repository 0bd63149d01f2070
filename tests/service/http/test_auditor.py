"""An auditor reads everything and changes nothing; whatever he reads leaves a record that checkpoints seal."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import ValidationError, fields
from marshmallow.validate import OneOf
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from aggregates.refusals import Refusal
from service.app import create_app
from service.commands import users
from service.evidence.tables import ACCESS_RECORDS
from service.evidence.verifier.access import access_hash
from service.http.access import LONGEST
from service.http.fair_file import FairFile
from service.http.fields import Refused
from service.http.routes import FAMILIES
from service.ledger.ledger import Origin
from service.settings import Settings
from tests.databases import Databases
from tests.service.serving import client_of, founded, issued, ledger_of
from tests.service.whole import length_of_log

OURS = "/api/ledger/v1"
FACTS = {
    "name": "Anna Auditor",
    "email": "anna@auditors.example",
    "default_currency": "NOK",
    "locale": "nb_NO",
    "timezone_name": "Europe/Oslo",
}


def _one(converter: re.Match[str]) -> str:
    return "1" if converter[1] == "id" else str(UUID(int=1))


HERE = Origin(None, "request", "test")
READS = [
    (route.method, re.sub(r"<(id|uuid):[^>]+>", _one, family.prefixes[0] + route.path), route)
    for family in FAMILIES
    for route in family.routes
    if not route.is_command and not route.is_public and "wait" not in route.query.fields
]
COMMANDS = [
    (route.method, prefix + route.path)
    for family in FAMILIES
    for route in family.routes
    for prefix in family.prefixes
    if route.is_command
]


@pytest.fixture
def auditor(app: Flask) -> FlaskClient:
    ledger = ledger_of(app)
    user = ledger.execute(HERE, lambda tx: users.add(tx, {**FACTS, "is_admin": False, "is_auditor": True}))
    return client_of(app, issued(ledger, user["user_id"]))


def records(app: Flask) -> list[tuple[Any, ...]]:
    with ledger_of(app).database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(ACCESS_RECORDS).order_by(ACCESS_RECORDS.c.number))]


def test_an_auditor_is_refused_by_every_route_that_might_change_something(app: Flask, auditor: FlaskClient) -> None:
    before, refused = length_of_log(app), 0
    for method, path in COMMANDS:
        answer = auditor.open(re.sub(r"<[^>]+>", "1", path), method=method, data=b"garbage")
        assert answer.status_code in (403, 404, 405), (method, path, answer.status_code)
        refused += answer.status_code == 403
    assert refused > 30
    assert length_of_log(app) == before


def test_whatever_is_no_get_might_change_something_but_for_what_says_otherwise() -> None:
    harmless = [
        route.path for family in FAMILIES for route in family.routes if (route.method == "GET") == route.is_command
    ]
    assert harmless == ["/policy/dry-run"]


def test_an_auditor_tries_a_policy_which_changes_nothing_and_leaves_a_record(app: Flask, auditor: FlaskClient) -> None:
    before, policy = length_of_log(app), client_of(app).get(f"{OURS}/policy").json["policy"]
    assert auditor.post(f"{OURS}/policy/dry-run", json={"policy": policy}).status_code == 200
    assert length_of_log(app) == before
    assert [record[5] for record in records(app)] == [f"{OURS}/policy/dry-run"]


def test_a_path_that_names_something_real_is_refused_just_so(app: Flask, auditor: FlaskClient) -> None:
    person = client_of(app).post("/api/v2/persons", json={"name": "Kari"}).json["data"]["id"]
    lead = client_of(app).post("/v1/leads", json={"title": "Boiler", "person_id": person}).json["data"]["id"]
    for method, path in (
        ("PATCH", f"/v1/leads/{lead}"),
        ("POST", f"{OURS}/leads/{lead}/convert"),
        ("DELETE", f"/v1/leads/{lead}"),
    ):
        answer = auditor.open(path, method=method, json={})
        assert answer.status_code == 403
        assert "an auditor reads everything and changes nothing" in answer.text


def test_an_auditor_reads_what_only_administrators_may_read(auditor: FlaskClient) -> None:
    assert auditor.get(f"{OURS}/audit/access").status_code == 200
    assert auditor.get(f"{OURS}/policy").status_code == 200
    assert auditor.get("/v1/leads").status_code == 200


def test_nobody_is_an_auditor_and_an_administrator(app: Flask) -> None:
    with pytest.raises(Refusal, match="an administrator cannot be one"):
        ledger_of(app).execute(HERE, lambda tx: users.add(tx, {**FACTS, "is_admin": True, "is_auditor": True}))


def test_whatever_an_auditor_reads_leaves_a_record_without_the_token(app: Flask, auditor: FlaskClient) -> None:
    token = auditor.environ_base.pop("HTTP_X_API_TOKEN")
    look = str(uuid4())
    auditor.get(
        f"{OURS}/inbox?limit=3&api_token={token}", headers={"X-Request-Id": look, "User-Agent": "eyes/2 (Anna)"}
    )
    ((number, _, user_id, request_id, client, path, query, _),) = records(app)
    assert (number, user_id, request_id, client, path, query) == (1, 2, look, "eyes/2", f"{OURS}/inbox", "limit=3")


def test_no_words_that_an_auditor_types_stand_in_a_record_whatever_he_asks(app: Flask, auditor: FlaskClient) -> None:
    """In each parameter of each route that is read, in one that there is not, in a path, and in what goes along."""
    headers = {"X-Request-Id": "for Kari", "User-Agent": "eyes (Kari)"}
    for method, path, route in READS:
        names = [field.data_key or name for name, field in route.query.fields.items()]
        told = {**dict.fromkeys(names, "Kari"), "Kari": "Kari", "limit": "3"}
        auditor.open(re.sub(r"<(?!id|uuid)[^>]+>", "Kari", path), method=method, query_string=told, headers=headers)
    kept = records(app)
    assert len(kept) > 100
    assert [record for record in kept if "kari" in repr(record).lower()] == []
    assert all("limit=3" in record[6] for record in kept if "limit" in record[6])


def test_no_words_behind_what_a_parameter_takes_stand_in_a_record(app: Flask, auditor: FlaskClient) -> None:
    """Behind each kind of value that it takes: a day, a time, a number, a flag, an id, and what it names itself."""
    for method, path, route in READS:
        fields_by_name = [(field.data_key or name, field) for name, field in route.query.fields.items()]
        told = [
            (name, f"{value}{words}") for name, field in fields_by_name for value in _taken(field) for words in BEHIND
        ]
        for some in range(0, len(told), AT_ONCE):
            auditor.open(path, method=method, query_string=MultiDict(told[some : some + AT_ONCE]))
    kept = [record[6] for record in records(app)]
    assert len(kept) > 100
    assert [query for query in kept if "kari" in query.lower()] == []
    assert max(map(len, kept)) < LONGEST, "or else words could have been cut off"


AT_ONCE = 30
BEHIND = " Kari", "TKari", ",Kari", "-Kari"
KINDS = "2026-10-01", "2026-10-01T10:00:00Z", "1", "true", str(UUID(int=1)), "0" * 40


def _taken(field: fields.Field[Any]) -> Sequence[str]:
    """A value of each kind that a parameter takes; one of those that it names, where it does."""
    rules = [rule.choices for rule in getattr(field, "inner", field).validators if isinstance(rule, OneOf)]
    named = [str(next(iter(those))) for those in [*rules, getattr(field, "columns", ())] if those]
    found = [value for value in named or KINDS if _takes(field, value)]
    assert found or isinstance(field, Refused), f"of what {field} takes nothing is known here"
    return found[:1] if _takes(field, "Kari") else found


def _takes(field: fields.Field[Any], value: str) -> bool:
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


def test_what_an_auditor_chooses_of_what_there_is_stands_in_the_record(app: Flask, auditor: FlaskClient) -> None:
    for query in (
        "as_of=3&limit=7&owner_id=1&status=open,won&sort_by=add_time&sort_direction=desc",
        "ids=1,2&updated_since=2026-10-01T00:00:00Z&include_fields=next_activity_id",
    ):
        assert auditor.get(f"/api/v2/deals?{query}").status_code == 200
        assert unquote_plus(records(app)[-1][6]) == query


def test_what_an_auditor_has_read_already_leaves_a_record_each_time(app: Flask, auditor: FlaskClient) -> None:
    tag = auditor.get("/api/v2/stages/1").headers["ETag"]
    assert auditor.get("/api/v2/stages/1", headers={"If-None-Match": tag}).status_code == 304
    assert [record[5] for record in records(app)] == ["/api/v2/stages/1"] * 2


def test_an_auditor_who_reads_checkpoints_leaves_no_record_of_that(app: Flask, auditor: FlaskClient) -> None:
    for _ in range(2):
        assert auditor.get(f"{OURS}/audit/checkpoint").status_code == 200
    assert records(app) == []


def test_others_leave_records_at_the_evidence_only(app: Flask, client: FlaskClient) -> None:
    for path in ("/inbox", "/audit/checkpoint", "/audit/key"):
        client.get(OURS + path)
    assert records(app) == []
    client.get(f"{OURS}/audit/proofs/inclusion?position=1")
    assert [record[5] for record in records(app)] == [f"{OURS}/audit/proofs/inclusion"]


def test_records_are_listed_page_by_page_the_newest_first(
    app: Flask, auditor: FlaskClient, client: FlaskClient
) -> None:
    for _ in range(3):
        auditor.get(f"{OURS}/inbox")
    first = client.get(f"{OURS}/audit/access?limit=3").json
    rest = client.get(f"{OURS}/audit/access?limit=3&cursor={first['next_cursor']}").json
    assert [item["number"] for item in first["items"] + rest["items"]] == [4, 3, 2, 1]
    only = client.get(f"{OURS}/audit/access?user_id=2").json["items"]
    assert {item["who"]["name"] for item in only} == {"Anna Auditor"}


def test_records_of_readers_who_come_at_once_seal_each_other_and_a_checkpoint_seals_them_all(
    app: Flask, auditor: FlaskClient
) -> None:
    token = auditor.environ_base["HTTP_X_API_TOKEN"]
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(lambda: client_of(app, token).get(f"{OURS}/inbox").status_code) for _ in range(40)]:
            assert done.result() == 200
    before, found = b"", records(app)
    assert [record[0] for record in found] == list(range(1, 41))
    for *record, sealed in found:
        before = access_hash(before, record)
        assert bytes(sealed) == before
    client_of(app).post("/api/v2/persons", json={"name": "Kari"})
    assert "\naccess 40 " in client_of(app).get(f"{OURS}/audit/checkpoint").text


def test_who_is_turned_away_is_noted_elsewhere_than_in_the_log(
    app: Flask, auditor: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert auditor.get("/v1/leads").status_code == 200  # so he goes on from an address at which others guess
    before = length_of_log(app)
    caplog.set_level(logging.WARNING, "leadledger.security")
    turned_away = [client_of(app, "wr\u00f6ng").get("/v1/leads").status_code for _ in range(50)]
    assert turned_away == [401] * 10 + [429] * 40
    assert auditor.post(f"{OURS}/leads/1\n2/convert", json={}).status_code in (403, 404)
    auditor.post("/v1/leads", json={})
    assert length_of_log(app) == before
    noted = [json.loads(record.getMessage()) for record in caplog.records if record.name == "leadledger.security"]
    assert [line["status"] for line in noted][:50] == turned_away
    assert noted[-1]["status"] == 403
    assert (noted[-1]["user_id"], noted[-1]["method"], noted[-1]["path"]) == (2, "POST", "/v1/leads")
    assert "wr" not in "".join(map(str, (line.values() for line in noted[:50]))).replace("write", "")


@pytest.fixture
def security_log(databases: Databases, tmp_path: Path) -> Iterator[tuple[Path, list[Flask]]]:
    """The file of a security log, and two applications that write it."""
    logger, path = logging.getLogger("leadledger.security"), tmp_path / "security"
    with databases.fresh(founded) as url:
        apps = [create_app(Settings(database_url=url, security_log=path)) for _ in range(2)]
        yield path, apps
        for app in apps:
            ledger_of(app).database.close()
    for handler in [each for each in logger.handlers if isinstance(each, FairFile)]:
        logger.removeHandler(handler)
    logger.propagate = True


def test_who_is_turned_away_is_noted_in_the_file_that_is_named_for_it(security_log: tuple[Path, list[Flask]]) -> None:
    path, apps = security_log
    for app in apps:
        assert app.test_client().get("/v1/leads").status_code == 401
    noted = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    told = [(line["status"], line["path"], line["address"]) for line in noted]
    assert told == [(401, "/v1/leads", "127.0.0.1")] * 2
