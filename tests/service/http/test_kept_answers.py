"""An answer that is kept is the one that a service would make that has just begun, whatever happened in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from projections.engine.tables import read_models
from projections.leads import LEADS
from service.clock import timestamp
from service.commands import users
from service.evidence.access import last_number
from service.http.kept_answers import MOST_BYTES, VARIES_BY, KeptAnswers
from service.ledger.ledger import Origin
from service.maintenance.replay import rebuild
from service.operating import Operation
from tests.databases import Databases, SqliteDatabases
from tests.generated import Clock
from tests.service.http.attacks import Ids, address, good_query, routes
from tests.service.http.opportunities import a_colleague, a_deal, a_lead, a_person
from tests.service.http.refusals import company
from tests.service.serving import TOKEN, client_of, founded, issued, ledger_of, serving
from tests.watched import watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

OURS = "/api/ledger/v1"
HERE = Origin(user_id=1, request_id="here", client="tests")
AUDITOR = {"name": "Revisor", "email": "revisor@example.no", "is_admin": False, "is_auditor": True}
AUDITOR |= {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
SAME = {"X-Request-Id": "the same"}

OF_THEIR_MOMENT = {
    "it tells how far time zones are from UTC": {"/users", "/users/find", "/users/<id:user_id>"},
    "it tells for how long a deal has stood in its stage, in seconds": {"v1 /deals/<id:deal_id>"},
    "it tells how long deals have been left alone": {"/deals/suggested-reversals"},
}
"""Routes whose answers depend on the log and are never kept, since they are others at each moment, and why."""

OF_EACH_REQUEST = ("HTTP_X_REQUEST_ID", "HTTP_USER_AGENT", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")
"""What may be read of a request though its answer is the same without."""

OF_LOG = {"events", "log_head", "read_model_definition", "stream_keys", "token_digests", *read_models.tables}
"""The tables that tell what the log tells, and whom a token lets in."""


def kept_by(app: Flask) -> KeptAnswers:
    kept: KeptAnswers = app.extensions["kept_answers"]
    return kept


def holds(kept: KeptAnswers, words: bytes) -> bool:
    return any(words in answer.body for answer in vars(kept)["_answers"].values())


def questions(ids: Ids) -> Iterator[tuple[str, bool]]:
    """What to ask each route whose answers depend on the log, and whether an answer is of its moment only."""
    for family, route in routes():
        if route.is_of_log:
            query = "&".join(f"{name}={value}" for name, value in good_query(route.query, ids).items())
            is_of_its_moment = any({route.path, f"{family.name} {route.path}"} & of for of in OF_THEIR_MOMENT.values())
            yield f"{address(family, route, ids)}?{query}", is_of_its_moment


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status_code, sorted(answer.headers.items()), answer.data


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """The paths that the application itself is asked meanwhile, since nothing is kept for them."""
    made: list[str] = []

    def note() -> None:
        made.append(request.path)

    app.before_request_funcs.setdefault(None, []).append(note)
    yield made
    app.before_request_funcs[None].remove(note)


@pytest.mark.slow
def test_each_kind_of_caller_is_told_the_same_again_and_what_a_fresh_service_tells(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app, serving(url) as fresh:
        ids, ledger = company(client_of(app)), ledger_of(app)
        colleague = a_colleague(app)[1].environ_base["HTTP_X_API_TOKEN"]
        auditor = issued(ledger, ledger.execute(HERE, lambda tx: users.add(tx, AUDITOR))["user_id"])
        reader = issued(ledger, 1, scopes=["read"])
        for token, is_kept in ((TOKEN, True), (colleague, True), (reader, True), (auditor, False)):
            client, wrong = client_of(app, token), list[str]()
            for path, is_of_its_moment in questions(ids):
                first = told(client.get(path, headers=SAME))
                with asked(app) as made:
                    again = told(client.get(path, headers=SAME))
                anew = told(client_of(fresh, token).get(path, headers=SAME))
                is_same = first == again == anew or is_of_its_moment
                is_as_said = bool(made) != (is_kept and first[0] == 200 and not is_of_its_moment)
                wrong += [] if is_same and is_as_said else [path]
            assert not wrong, token


@pytest.mark.slow
def test_who_names_the_tag_of_an_answer_is_told_that_he_has_it_by_each_process(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app, serving(url) as other:
        client, ids, wrong = client_of(app), company(client_of(app)), list[str]()
        for path, is_of_its_moment in questions(ids):
            answer = client.get(path, headers=SAME)
            if answer.status_code != 200 or is_of_its_moment:
                continue
            named = {**SAME, "If-None-Match": answer.headers["ETag"]}
            unchanged = [told(each.get(path, headers=named)) for each in (client, client_of(other), client_of(other))]
            left = sorted(pair for pair in answer.headers.items() if pair[0] not in ("Content-Type", "Content-Length"))
            wrong += [] if all(each == (304, left, b"") for each in unchanged) else [path]
            weakly = client.get(path, headers={"If-None-Match": f'"another", W/{answer.headers["ETag"]}'})
            wrong += [] if weakly.status_code == 304 else [path]
        assert not wrong


class Noted(dict[str, Any]):
    """A WSGI environment that notes what is read of it."""

    read: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, otherwise: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, otherwise)


def test_whatever_is_read_of_a_request_tells_it_from_others_where_its_answer_is_kept(
    sqlite_databases: SqliteDatabases,
) -> None:
    operation = Operation(has_gzip=True, origins=frozenset({"http://localhost"}), proxies=(ip_network("127.0.0.1"),))
    with sqlite_databases.fresh(founded) as url, serving(url, operation=operation) as app:
        client, kept = client_of(app), kept_by(app)
        ids, make, read = company(client), vars(kept)["_application"], set[str]()

        def note(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            noted = Noted(environ)
            parts: Iterable[bytes] = make(noted, start_response)
            environ.update(noted)
            return parts

        vars(kept)["_application"] = note
        for path, _ in questions(ids):
            if client.get(path).status_code == 200:
                read |= Noted.read
            Noted.read.clear()
    assert {name for name in read if name.startswith("HTTP_")} <= {*VARIES_BY, *OF_EACH_REQUEST}
    assert {"HTTP_X_API_TOKEN", "HTTP_ORIGIN", "QUERY_STRING", "REMOTE_ADDR"} <= read


def test_an_answer_that_is_kept_was_read_from_what_the_log_tells(sqlite_databases: SqliteDatabases) -> None:
    read = set[str]()

    def note(action: int, table: str | None, *_: Any) -> int:
        read.update([table] if action == sqlite3.SQLITE_READ and table else [])
        return sqlite3.SQLITE_OK

    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        ids = company(client)
        watch(ledger_of(app).database, lambda driver: driver.set_authorizer(note))
        for path, _ in questions(ids):
            assert client.get(path).status_code in (200, 404)
    assert len(read) > 15
    assert read <= {*OF_LOG, "sqlite_master"}


@pytest.mark.slow
def test_what_is_kept_is_the_same_at_any_later_time_or_not_given_any_more(databases: Databases) -> None:
    clock = Clock(datetime(2030, 1, 6, 8, tzinfo=UTC), timedelta())
    with databases.fresh(founded) as url, serving(url, clock) as app:
        client = client_of(app)
        ids = company(client)
        gone = a_deal(client)
        client.delete(f"/api/v2/deals/{gone}")
        asked_of = [path for path, _ in questions(ids)]
        asked_of += [f"/api/v2/deals/{gone}", "/api/v2/deals?status=deleted", "/api/ledger/v1/inbox?as_of=40"]
        for seconds in (0, 86_399, 1, 1, 40_000, 29 * 86_400, 86_400, -40 * 86_400):
            clock.now += timedelta(seconds=seconds)
            with serving(url, clock) as fresh:
                anew = client_of(fresh)
                for path in asked_of:
                    assert told(client.get(path, headers=SAME)) == told(anew.get(path, headers=SAME)), (path, clock.now)


def test_an_answer_is_kept_until_something_happens_in_any_process(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app, serving(url) as other:
        client, elsewhere = client_of(app), client_of(other)
        for happen in (a_lead, a_person, a_deal, lambda client: rebuild(ledger_of(other), lambda _: None)):
            before = client.get(f"{OURS}/inbox")
            with asked(app) as made:
                assert client.get(f"{OURS}/inbox").data == before.data
                assert not made
                happen(elsewhere)
                after = client.get(f"{OURS}/inbox")
                assert made == [f"{OURS}/inbox"]
            assert (after.headers["ETag"] != before.headers["ETag"]) == (happen is a_lead)


def test_read_models_that_are_built_again_outdate_what_is_kept_though_nothing_happened(
    databases: Databases,
) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        client, ledger = client_of(app), ledger_of(app)
        lead_id = a_lead(client, "Boiler")
        with ledger.database.writing() as connection:
            connection.execute(update(LEADS).values(title="Altered"))
        assert client.get(f"{OURS}/inbox").json["items"][0]["title"] == "Altered"
        rebuild(ledger, lambda _: None)
        assert client.get(f"{OURS}/inbox").json["items"][0]["title"] == "Boiler", lead_id


def test_a_token_that_lets_in_no_more_is_not_answered_by_what_is_kept(databases: Databases) -> None:
    clock = Clock(datetime(2030, 1, 6, 8, tzinfo=UTC), timedelta())
    with databases.fresh(founded) as url, serving(url, clock) as app, serving(url, clock) as other:
        ledger, ends = ledger_of(other), timestamp(clock.now + timedelta(hours=1))
        revoked, expiring = issued(ledger, 1, name="revoked"), issued(ledger, 1, name="expiring", expires=ends)
        number, leaving = a_colleague(other)
        clients = [client_of(app, token) for token in (revoked, expiring, leaving.environ_base["HTTP_X_API_TOKEN"])]

        def statuses() -> list[int]:
            return [client.get(f"{OURS}/inbox").status_code for client in clients]

        assert statuses() == statuses() == [200, 200, 200]
        token_id = next(each["token_id"] for each in tokens_of(other) if each["name"] == "revoked")
        assert client_of(other).post(f"{OURS}/tokens/{token_id}/revoke").status_code == 200
        assert statuses() == statuses() == [401, 200, 200]
        ledger.execute(HERE, lambda tx: users.deactivate(tx, number))
        assert statuses() == statuses() == [401, 200, 401]
        clock.now += timedelta(hours=1)
        assert statuses() == [401, 401, 401]


def test_nothing_of_somebody_who_was_erased_is_kept_not_even_of_the_past(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app, serving(url) as other:
        client, kept = client_of(app), kept_by(app)
        person = a_person(client, "Kari Canary")
        path = f"/api/v2/persons/{person}"
        past = client.get(path).headers["ETag"].strip('"').split(".")[1]
        assert all("Canary" in client.get(each).text for each in (path, f"{path}?as_of={past}", "/api/v2/persons"))
        assert holds(kept, b"Canary")
        body = {"reason": "asked for", "legal_basis": "GDPR 17"}
        assert client_of(other).post(f"{OURS}/persons/{person}/erase", json=body).status_code in (200, 202)
        assert "Canary" not in client.get(f"{path}?as_of={past}").text
        assert not holds(kept, b"Canary")


def test_what_an_auditor_reads_again_leaves_a_record_each_time_and_is_not_kept(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        ledger = ledger_of(app)
        auditor = client_of(app, issued(ledger, ledger.execute(HERE, lambda tx: users.add(tx, AUDITOR))["user_id"]))
        tag = auditor.get(f"{OURS}/inbox").headers["ETag"]
        answers = [auditor.get(f"{OURS}/inbox", headers={"If-None-Match": tag}).status_code for _ in range(3)]
        with ledger.reading() as reading:
            assert (answers, last_number(reading.connection)) == ([304] * 3, 4)


def test_no_more_is_kept_than_there_is_room_for_and_what_was_asked_last_stays(app: Flask, client: FlaskClient) -> None:
    for number in range(40):
        a_lead(client, f"{number} " + "x" * 250)
    kept, often = kept_by(app), f"{OURS}/inbox?limit=1"
    for number in range(2, 500):
        client.get(f"{OURS}/inbox?limit={number}")
        client.get(often)
    assert MOST_BYTES / 2 < vars(kept)["_bytes"] <= MOST_BYTES
    with asked(app) as made:
        client.get(often)
        client.get(f"{OURS}/inbox?limit=499")
        client.get(f"{OURS}/inbox?limit=2")
    assert made == [f"{OURS}/inbox"]


def tokens_of(app: Flask) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client_of(app).get(f"{OURS}/tokens").json["items"]
    return items
