"""What a batch takes and what it does not, whose rights its commands have, and that many at once lose nothing."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from projections.leads import LEADS
from service.commands import batches, users
from service.ledger.ledger import Origin
from tests.databases import Databases
from tests.service.http.attacks import routes
from tests.service.http.ledger.conftest import OURS
from tests.service.serving import client_of, founded, issued, ledger_of, serving
from tests.service.whole import check_whole, current, length_of_log

LEAD = {"method": "POST", "path": "/v1/leads", "body": {"title": "Boiler", "person_id": 1}}
SOME_ID = {"id": "77", "uuid": str(UUID(int=77)), "request_id": "77", "token_id": "7" * 32}
PIPELINE = {"method": "POST", "path": "/api/v2/pipelines", "body": {"name": "Service"}}


pytestmark = pytest.mark.usefixtures("time_enough")


@pytest.fixture(autouse=True)
def _kari(client: FlaskClient) -> None:
    """Somebody whom leads are about."""
    client.post("/api/v2/persons", json={"name": "Kari"})


def give(client: FlaskClient, *commands: Any, mode: str = "one_by_one", status: int = 200) -> Any:
    answer = client.post(f"{OURS}/batch", json={"mode": mode, "commands": commands})
    assert answer.status_code == status, answer.text
    return answer.get_json()


def results(client: FlaskClient, *commands: Any) -> list[tuple[int, str]]:
    """The statuses of commands one by one, and what is said where one is refused."""
    told = give(client, *commands)["results"]
    return [(each["status"], str(each["body"].get("error") or each["body"].get("detail"))) for each in told]


def a_client(app: Flask, *, is_auditor: bool) -> FlaskClient:
    """The client of a new user, who is no administrator."""
    facts = {"name": "Ola", "default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    roles = {"email": f"{is_auditor}@users.example", "is_admin": False, "is_auditor": is_auditor}
    user = ledger_of(app).execute(Origin(None, "add", "test"), partial(users.add, facts={**facts, **roles}))
    return client_of(app, issued(ledger_of(app), user["user_id"]))


def test_a_batch_that_is_no_batch_is_refused_with_the_reason(app: Flask) -> None:
    before = length_of_log(app)
    for differing, reason in (
        ({"commands": None}, "commands: Field may not be null"),
        ({"commands": []}, "between 1 and 1000"),
        ({"commands": [LEAD] * 1001}, "between 1 and 1000"),
        ({"commands": "all"}, "commands: Not a valid list"),
        ({"mode": "some"}, "mode: Must be one of"),
        ({"if": 1}, "if: Unknown field"),
        ({"commands": [{**LEAD, "id": 1}]}, "commands.0.id: Unknown field"),
        ({"commands": [{**LEAD, "method": "post"}]}, "commands.0.method: Must be one of"),
        ({"commands": [{**LEAD, "path": "v1/leads"}]}, "commands.0.path: it must begin with /"),
        ({"commands": [{**LEAD, "path": "/v1/ leads"}]}, "commands.0.path: it must begin with /"),
    ):
        body = {"mode": "one_by_one", "commands": [LEAD], **differing}
        answer = client_of(app).post(f"{OURS}/batch", json=body)
        assert (answer.status_code, reason in answer.get_json()["detail"]) == (400, True), answer.text
    assert length_of_log(app) == before


def test_a_thousand_commands_are_one_batch(app: Flask) -> None:
    told = give(client_of(app), *[LEAD] * 1000, mode="all_or_nothing")
    assert {each["status"] for each in told["results"]} == {201}
    assert len({each["body"]["data"]["id"] for each in told["results"]}) == len(current(ledger_of(app), LEADS)) == 1000


def test_what_keeps_others_waiting_for_too_long_is_refused_whole(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_SECONDS", 0.0)
    before = length_of_log(app)
    for mode in ("all_or_nothing", "one_by_one"):
        told = give(client_of(app), LEAD, LEAD, mode=mode, status=413)
        assert told["detail"].endswith("nothing was done: send fewer at once")
    assert length_of_log(app) == before


def test_a_body_that_is_too_large_is_refused_as_everywhere(app: Flask) -> None:
    command = {**LEAD, "body": {"title": "x" * 2000}}
    assert "detail" in give(client_of(app), *[command] * 600, status=413)


def test_what_is_no_command_or_is_given_by_itself_is_refused(client: FlaskClient) -> None:
    told = results(
        client,
        {"method": "GET", "path": "/v1/leads"},
        {"method": "POST", "path": f"{OURS}/policy/dry-run"},
        {"method": "POST", "path": f"{OURS}/batch", "body": {"mode": "one_by_one", "commands": [LEAD]}},
        {"method": "POST", "path": f"{OURS}/persons/1/erase", "body": {"reason": "asked", "legal_basis": "GDPR"}},
        {"method": "DELETE", "path": "/v1/leads"},
        {"method": "POST", "path": "/v1/lead%73", "body": LEAD["body"]},
        {"method": "DELETE", "path": "/v1/deals?ids=7&ids=8"},
        {**LEAD, "path": "/v1/leads?api_token=another"},
        {**LEAD, "body": None},
    )
    assert told == [
        (400, "a batch does not take GET /leads: it changes nothing"),
        (400, "a batch does not take POST /policy/dry-run: it changes nothing"),
        (400, "a batch does not take POST /batch: it is asked for by itself"),
        (400, "a batch does not take POST /persons/<id:person_id>/erase: it is asked for by itself"),
        (405, "DELETE is not possible here"),
        (201, "None"),
        (400, "Please provide at least one item to delete"),
        (400, "the request bears different tokens: give one"),
        (400, "the body must be a JSON object"),
    ]


def test_a_batch_takes_every_command_but_those_that_show_a_secret_or_take_long(app: Flask) -> None:
    for family, route in routes():
        path = family.prefixes[0] + re.sub(r"<(\w+):\w+>", lambda kind: SOME_ID[kind[1]], route.path)
        ((status, said),) = results(client_of(app), {"method": route.method, "path": path})
        is_taken = "a batch does not take" not in said
        assert is_taken == (route.is_command and not (route.is_confidential or route.may_take_longer or route.is_alone))
        assert status < 500


def test_commands_have_the_rights_of_the_batch(app: Flask) -> None:
    regular, auditor = a_client(app, is_auditor=False), a_client(app, is_auditor=True)
    assert results(regular, PIPELINE, LEAD) == [(403, "only an administrator may do this"), (201, "None")]
    refused = give(regular, LEAD, PIPELINE, mode="all_or_nothing", status=422)
    assert (refused["index"], refused["result"]["status"]) == (1, 403)
    give(auditor, LEAD, status=403)
    assert len(current(ledger_of(app), LEADS)) == 1


@pytest.mark.slow
def test_batches_and_single_commands_at_once_lose_nothing(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        client_of(one).post("/api/v2/persons", json={"name": "Kari"})
        start = threading.Barrier(8)

        def ask(number: int) -> list[Any]:
            client, mode = client_of((one, other)[number % 2]), ("all_or_nothing", "one_by_one")[number // 2 % 2]
            start.wait()
            if number < 4:
                return [each["body"] for _ in range(3) for each in give(client, *[LEAD] * 20, mode=mode)["results"]]
            return [client.post("/v1/leads", json=LEAD["body"]).get_json() for _ in range(15)]

        with ThreadPoolExecutor(8) as threads:
            answers = [body for bodies in threads.map(ask, range(8)) for body in bodies]
        assert {body["data"]["id"] for body in answers} == {row["lead_id"] for row in current(ledger_of(one), LEADS)}
        assert len(answers) == 4 * 3 * 20 + 4 * 15
        check_whole(one)
