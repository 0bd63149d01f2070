"""Many commands in one request are answered as the same requests by themselves, all or nothing or one by one."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from projections.leads import LEADS
from service.maintenance.replay import batches as replayed
from tests.databases import Databases, SqliteDatabases
from tests.service.http.ledger.conftest import OURS
from tests.service.http.refusals import company as some_of_everything
from tests.service.serving import client_of, founded, ledger_of, serving, user_who_left
from tests.service.whole import check_whole, current, length_of_log
from tests.transcript.forms import FormStory
from tests.transcript.seeded import SteppedClock
from tests.transcript.test_transcript import NOW, seeded_company
from tests.transcript.writes import Story

SEEDS = 3
LATER = datetime(2100, 1, 4, 8, tzinfo=UTC)
HEADERS = {"X-Request-Id": "the-request"}
WHOLLY, SINGLY = "all_or_nothing", "one_by_one"

pytestmark = pytest.mark.usefixtures("time_enough")

Ask = tuple[str, str, Any]
"""A method, a path and a body; None where there is none."""


def told(asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """The commands as a batch has them."""
    return [{"method": method, "path": path, **({} if body is None else {"body": body})} for method, path, body in asks]


def give(client: FlaskClient, mode: str, *asks: Ask, status: int = 200) -> Any:
    """What is answered to a batch."""
    answer = client.post(f"{OURS}/batch", json={"mode": mode, "commands": told(asks)}, headers=HEADERS)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def alike(exchanges: Sequence[Any]) -> list[str]:
    """Exchanges as text in which each UUID is the number of those that came before it."""
    numbers: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"id {len(numbers)}")

    return [
        re.sub(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", numbered, orjson.dumps(each).decode())
        for each in exchanges
    ]


class Telling:
    """Gives the commands of a story, each by itself or as a batch of one, and keeps what was answered to each."""

    def __init__(self, client: FlaskClient, clock: SteppedClock, *, by_batch: bool) -> None:
        self._client = client
        self._clock = clock
        self._by_batch = by_batch
        self._modes = count()
        self.exchanges: list[Any] = []

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask, and answer what has the body."""
        self._clock.step()
        status, answer = self._in_batch(method, path, body) if self._by_batch else self._alone(method, path, body)
        self.exchanges.append([method, path, body, status, answer])
        return SimpleNamespace(get_json=lambda: answer)

    def _alone(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        answer = self._client.open(path, method=method, json=body, headers=self._headers)
        return answer.status_code, answer.get_json()

    def _in_batch(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        mode = (WHOLLY, SINGLY)[next(self._modes) % 2]
        batch = {"mode": mode, "commands": told([(method, path, body)])}
        answer = self._client.post(f"{OURS}/batch", json=batch, headers=self._headers).get_json()
        result = answer["result"] if "result" in answer else answer["results"][0]
        if "a batch does not take" in str(result["body"]):
            return self._alone(method, path, body)
        return result["status"], result["body"]

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Request-Id": f"request-{len(self.exchanges) + 1}"}


@pytest.mark.slow
def test_every_command_is_answered_in_a_batch_as_by_itself(sqlite_databases: SqliteDatabases) -> None:
    tellings = []
    for by_batch in (False, True):
        clock = SteppedClock(NOW)
        with seeded_company(sqlite_databases, clock) as app:
            telling = Telling(client_of(app), clock, by_batch=by_batch)
            Story(telling).tell(user_who_left(ledger_of(app)))
            FormStory(telling).tell()
            check_whole(app)
            tellings.append([*telling.exchanges, length_of_log(app)])
    alone, in_batch = map(alike, tellings)
    assert in_batch == alone


def prepared(url: str) -> None:
    """A company with one of everything, and two more leads."""
    founded(url)
    with serving(url) as app:
        client = client_of(app)
        some_of_everything(client)
        for title in ("Kjel", "Pumpe"):
            client.post("/v1/leads", json={"title": title, "organization_id": 1, "person_id": 1})


@contextmanager
def twins(databases: Databases) -> Iterator[tuple[Flask, Flask]]:
    """The same company twice, at the same time."""
    with (
        databases.fresh(prepared) as one,
        databases.fresh(prepared) as other,
        serving(one, lambda: LATER) as first,
        serving(other, lambda: LATER) as second,
    ):
        yield first, second


def random_asks(app: Flask, dice: random.Random, count: int) -> list[Ask]:
    """Commands of many kinds, about things that are there, that others of them add, or that nobody knows."""
    leads = [row["lead_id"] for row in current(ledger_of(app), LEADS)]
    return [_random_ask(dice, dice.choice(leads), dice.choice((1, 2, 3, 4, 99))) for _ in range(count)]


def _random_ask(dice: random.Random, lead: str, number: int) -> Ask:
    card = {"external_id": f"card-{dice.randrange(4)}", "source": dice.choice(("Web forms", "Chatbot", "Nowhere"))}
    liv = {"name": "Liv", "emails": [{"value": "liv@berg.example"}]}
    asks: list[Ask] = [
        ("POST", "/v1/leads", {"title": "Boiler", "person_id": number}),
        ("POST", "/v1/leads", {"title": ""}),
        ("PATCH", f"/v1/leads/{lead}", {"title": f"Boiler {number}", "is_archived": dice.random() < 0.3}),
        ("DELETE", f"/v1/leads/{lead}", None),
        ("POST", f"/api/v2/leads/{lead}/convert/deal", {"stage_id": number}),
        ("POST", f"{OURS}/leads/{lead}/convert", {"reason": "He wants it"}),
        ("POST", f"/api/v2/deals/{number}/convert/lead", None),
        ("POST", "/api/v2/deals", {"title": "Pump", "stage_id": number, "value": 12.5}),
        ("PATCH", f"/api/v2/deals/{number}", {"stage_id": 3, "lost_reason": dice.choice((None, "Price"))}),
        ("PUT", f"/v1/deals/{number}", {"status": dice.choice(("won", "lost", "deleted"))}),
        ("DELETE", f"/v1/deals?ids={number},1", None),
        ("DELETE", "/v1/stages", {"ids": [5, number]}),
        ("POST", "/api/v2/persons", {"name": "Ola", "owner_id": number}),
        ("PATCH", f"/api/v2/organizations/{number}", {"name": "VVS Bergen"}),
        ("POST", "/v1/notes", {"content": "Wants a pump", "lead_id": lead}),
        ("POST", f"{OURS}/leads/{lead}/signals", {"kind": "email_answered", "interest": True}),
        ("POST", f"{OURS}/leads", {"title": "Bereder", "person": liv, **card}),
        ("POST", "/api/v2/activities", {"subject": "Call", "lead_id": lead, "done": True}),
        ("POST", f"/v1/deals/{number}/followers", {"user_id": 1}),
        ("POST", f"{OURS}/lead-sources", {"name": f"Fair {number}"}),
        ("POST", "/v1/nothing", {}),
    ]
    return dice.choice(asks)


def recorded(app: Flask) -> list[Any]:
    """All events with who caused them, when and why, but for the ids of requests and commands."""
    told = []
    for batch in replayed(ledger_of(app), 0):
        for position, event in batch:
            reason = event.metadata and event.metadata.reason
            told.append([position, type(event).__name__, event.facts(), event.at, event.by, reason])
    return told


def alone(client: FlaskClient, asks: Sequence[Ask]) -> list[Any]:
    """The status, the body and the entity tag, if any, that each is answered with by itself."""
    answers = [client.open(path, method=method, json=body, headers=HEADERS) for method, path, body in asks]
    return [
        {"status": answer.status_code, "body": answer.get_json(), **({"etag": tag} if tag is not None else {})}
        for answer, tag in ((answer, answer.headers.get("ETag")) for answer in answers)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_one_by_one_is_as_each_by_itself(databases: Databases, seed: int) -> None:
    with twins(databases) as (one, other):
        asks = random_asks(one, random.Random(seed), 40)
        answers = alone(client_of(one), asks)
        batch = give(client_of(other), SINGLY, *asks)
        assert alike(batch["results"]) == alike(answers)
        assert alike(recorded(other)) == alike(recorded(one))
        assert batch["position"] == length_of_log(one)
        check_whole(other)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_all_or_nothing_is_as_each_by_itself_or_nothing_at_all(databases: Databases, seed: int) -> None:
    with twins(databases) as (one, other):
        asks = random_asks(one, random.Random(seed), 40)
        answers = alone(client_of(one), asks)
        done = [(ask, answer) for ask, answer in zip(asks, answers, strict=True) if answer["status"] < 400]
        well, told = [ask for ask, _ in done], [answer for _, answer in done]
        before = recorded(other)
        for index, (ask, answer) in enumerate(zip(asks, answers, strict=True)):
            if answer["status"] >= 400:
                first = sum(each["status"] < 400 for each in answers[:index])
                refused = give(client_of(other), WHOLLY, *well[:first], ask, *well[first:], status=422)
                assert (refused["index"], alike([refused["result"]])) == (first, alike([answer]))
        assert recorded(other) == before
        batch = give(client_of(other), WHOLLY, *well)
        assert alike(batch["results"]) == alike(told)
        assert alike(recorded(other)) == alike(recorded(one))
        check_whole(other)


@pytest.mark.parametrize("mode", [WHOLLY, SINGLY])
def test_a_batch_that_is_repeated_under_its_key_is_done_once_and_answered_again(app: Flask, mode: str) -> None:
    client, keyed = client_of(app), {**HEADERS, "Idempotency-Key": '"the batch"'}
    client.post("/api/v2/persons", json={"name": "Kari"})
    asks: list[Ask] = [
        ("POST", "/api/v2/deals", {"title": "Boiler"}),
        ("PATCH", "/api/v2/deals/1", {"title": "Bigger boiler"}),
        ("POST", "/v1/leads", {"title": "Pump", "person_id": 1}),
    ]
    if mode == SINGLY:
        asks += [("POST", "/v1/leads", {"title": "Pump", "person_id": 99}), ("POST", "/v1/leads", {"title": ""})]
    batch = {"mode": mode, "commands": told(asks)}
    first = client.post(f"{OURS}/batch", json=batch, headers=keyed)
    assert [each["body"]["data"]["title"] for each in first.json["results"][:3]] == ["Boiler", "Bigger boiler", "Pump"]
    client.patch("/api/v2/deals/1", json={"title": "Smaller boiler"})
    before = length_of_log(app)
    again = client.post(f"{OURS}/batch", json=batch, headers=keyed)
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = client.post(f"{OURS}/batch", json={**batch, "commands": batch["commands"][:1]}, headers=keyed)
    assert (other.status_code, length_of_log(app)) == (422, before)


def test_a_command_in_a_batch_changes_only_what_was_seen(app: Flask) -> None:
    client, deal = client_of(app), "/api/v2/deals/1"
    client.post("/api/v2/deals", json={"title": "Boiler"})
    seen = client.get(deal).headers["ETag"]
    edit = {"method": "PATCH", "path": deal, "body": {"title": "Bigger boiler"}, "if_match": seen}
    rename = {"method": "PATCH", "path": deal, "body": {"title": "Smaller boiler"}}

    def give(mode: str, *commands: dict[str, Any]) -> Any:
        return client.post(f"{OURS}/batch", json={"mode": mode, "commands": commands}).get_json()

    [done, late] = give(SINGLY, edit, edit)["results"]
    assert (done["status"], late["status"]) == (200, 412)
    assert late["body"]["additional_data"]["etag"] == done["etag"] == client.get(deal).headers["ETag"]
    refused = give(WHOLLY, rename, {**edit, "if_match": done["etag"]})
    assert (refused["index"], refused["result"]["status"]) == (1, 412), "the first command edited it"
    assert client.get(deal).json["data"]["title"] == "Bigger boiler"
    assert give(WHOLLY, {**edit, "if_match": done["etag"]})["results"][0]["status"] == 200


def test_a_command_is_refused_in_the_words_of_its_route_whatever_slashes_it_begins_with(app: Flask) -> None:
    wrong = {"owner": 7}
    asks = [("POST", slashes + path, wrong) for path in ("/v1/leads", f"{OURS}/leads") for slashes in ("", "/", "/%2f")]
    bodies = [result["body"] for result in give(client_of(app), "one_by_one", *asks)["results"]]
    assert [("error" in body, body.get("type")) for body in bodies] == [(True, None)] * 3 + [(False, "about:blank")] * 3


@pytest.mark.parametrize(
    ("method", "path", "if_match", "said"),
    [
        ("POST", "/api/v2/deals", '"1.2.0123456789"', "if_match is kept where one thing is"),
        ("PATCH", "/api/v2/deals/1", '"1" 2', "if_match is either * or entity tags"),
    ],
)
def test_a_precondition_in_a_batch_that_cannot_be_kept_is_refused(
    app: Flask, method: str, path: str, if_match: str, said: str
) -> None:
    command = {"method": method, "path": path, "body": {"title": "Boiler"}, "if_match": if_match}
    answer = client_of(app).post(f"{OURS}/batch", json={"mode": SINGLY, "commands": [command]})
    [result] = answer.get_json()["results"]
    assert result["status"] == 400
    assert said in result["body"]["error"]
