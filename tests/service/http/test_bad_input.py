"""Whatever is sent to any route: a refusal in the words of its family, nothing stored, nothing poisoned."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.http.description.problems import is_wire
from service.operating import Operation
from tests.databases import Databases
from tests.service.http import attacks, wrong
from tests.service.http.attacks import Ids, address, good_body, good_query, parameters, routes
from tests.service.http.refusals import company, complaint, in_whole, send, send_a_lead
from tests.service.http.wrong import body_of
from tests.service.serving import founded, serving
from tests.service.whole import check_whole, length_of_log

MEGABYTE = 1_000_000
before_storage = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""For tests of what is refused before any database is asked: once is enough."""

on_the_stricter = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
"""For tests of values that nobody should store: whatever SQLite would refuse, PostgreSQL does."""

TERMS = {"/persons/search": "kari", "/organizations/search": "varme", "/deals/search": "boil", "/leads/search": "boil"}


class Complaints(list[str]):
    """What was not refused as it should be."""

    def note(self, found: str | None) -> None:
        if found is not None:
            self.append(found)


@pytest.fixture
def app(databases: Databases) -> Iterator[Flask]:
    """The application, in which one may guess tokens as often as one likes."""
    with databases.fresh(founded) as url, serving(url, operation=Operation(failed_logins=None)) as application:
        yield application


@pytest.fixture
def complaints(client: FlaskClient, ids: Ids, app: Flask) -> Iterator[Complaints]:
    """Takes complaints; in the end there must be none, nothing stored, and the service as good as ever."""
    length, found = length_of_log(app), Complaints()
    yield found
    assert not found, f"{len(found)} complaints:\n" + "\n".join(found[:30])
    assert length_of_log(app) == length
    assert send_a_lead(client, int(ids["person_id"]))
    check_whole(app)


@pytest.fixture
def ids(client: FlaskClient) -> Ids:
    company(client)
    return company(client)


@pytest.mark.slow
def test_what_the_attacks_start_from_is_good(client: FlaskClient, ids: Ids) -> None:
    for family, route in routes():
        if route.body is not None:
            query, body = good_query(route.query, ids), in_whole(client, ids, good_body(route.body))
            answer = send(client, route, address(family, route, company(client)), query, data=body_of(body))
            assert answer.status_code == route.status, f"{route.method} {route.path} {body}: {answer.text}"


@pytest.mark.slow
@before_storage
def test_nobody_gets_in_without_a_token(app: Flask, ids: Ids, complaints: Complaints) -> None:
    stranger = app.test_client()
    tokens = [{}, *({"x-api-token": token} for token in ("x", "é", "x" * 10_000, "'", "null"))]
    tokens += [
        {"Authorization": value} for value in ("Bearer x", "Bearer", "Bearer  ", "Basic eDp5", "x", "Bearer \xff")
    ]
    for family, route in routes():
        if not route.is_public:
            for headers in tokens:
                answer = send(stranger, route, address(family, route, ids), headers=headers)
                complaints.note(complaint(family, answer, 401))
            for token in ("x", "%00", "%ED%A0%80", "x" * 10_000, ""):
                answer = send(stranger, route, address(family, route, ids), {"api_token": token})
                complaints.note(complaint(family, answer, 401))
            if is_wire(family):
                assert answer.get_json()["error"] == "unauthorized access"


@pytest.mark.slow
def test_ids_that_name_nothing_lead_nowhere(client: FlaskClient, ids: Ids, complaints: Complaints) -> None:
    for family, route in routes():
        if (names := parameters(route)) and names != ["request_id"]:  # whatever it is, nothing was commanded under it
            here = {name: ids[name] for name in names}
            body = None if route.body is None else body_of(good_body(route.body))
            for other in (*attacks.malformed_ids(here), *attacks.unknown_ids(here)):
                answer = send(client, route, address(family, route, other), good_query(route.query, ids), data=body)
                complaints.note(complaint(family, answer, 404))


@pytest.mark.slow
@on_the_stricter
def test_a_wrong_value_of_any_field_is_refused(client: FlaskClient, ids: Ids, complaints: Complaints) -> None:
    for family, route in routes():
        if route.body is not None:
            for body in attacks.wrong_bodies(route.body):
                answer = send(
                    client, route, address(family, route, ids), good_query(route.query, ids), data=body_of(body)
                )
                complaints.note(complaint(family, answer, 400, 403, 409))


@pytest.mark.slow
@on_the_stricter
def test_a_wrong_parameter_of_any_query_is_refused(client: FlaskClient, ids: Ids, complaints: Complaints) -> None:
    for family, route in routes():
        for query in attacks.wrong_queries(route.query, ids):
            answer = send(client, route, address(family, route, ids), query)
            complaints.note(complaint(family, answer, 400))


@before_storage
def test_unknown_parameters_are_refused_where_the_family_is_strict(
    client: FlaskClient, ids: Ids, complaints: Complaints
) -> None:
    for family, route in routes():
        if route.method == "GET":
            for name in ("no_such_parameter", "_type_", "%00", ""):
                answer = send(client, route, address(family, route, ids), {**good_query(route.query, ids), name: "1"})
                if family.name in ("v2", "ledger"):
                    complaints.note(complaint(family, answer, 400))
                elif answer.status_code >= 500:
                    complaints.append(answer.text)


@pytest.mark.slow
@before_storage
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, ids: Ids, complaints: Complaints) -> None:
    kinds = (
        "application/json",
        "text/plain",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        "",
    )
    for family, route in routes():
        if route.body is not None:
            for body in wrong.NO_JSON_OBJECT:
                answer = send(client, route, address(family, route, ids), data=body)
                complaints.note(complaint(family, answer, 400))
            for kind in kinds:
                answer = send(client, route, address(family, route, ids), data=b"title=x", content_type=kind)
                complaints.note(complaint(family, answer, 400))


@before_storage
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with a length", "in chunks"])
def test_a_body_of_ten_megabytes_is_too_large(
    client: FlaskClient, ids: Ids, complaints: Complaints, is_chunked: bool
) -> None:
    body = b'{"title": "' + b"x" * 10 * MEGABYTE + b'"}'
    for family, route in routes():
        if route.body is not None:
            options: dict[str, Any] = {"data": body}
            if is_chunked:
                options = {
                    "input_stream": io.BytesIO(body),
                    "headers": {"Transfer-Encoding": "chunked"},
                    "environ_overrides": {"wsgi.input_terminated": True},
                }
            complaints.note(complaint(family, send(client, route, address(family, route, ids), **options), 413))


@before_storage
def test_an_empty_body_is_an_empty_object_whatever_its_type(client: FlaskClient, ids: Ids) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain", ""):
        lead_id = send_a_lead(client, int(ids["person_id"]))
        assert client.post(f"/api/v2/leads/{lead_id}/convert/deal", data=b"", content_type=kind).status_code == 200


@pytest.mark.slow
@before_storage
def test_methods_that_a_path_does_not_know_are_refused_with_those_it_knows(
    client: FlaskClient, ids: Ids, complaints: Complaints
) -> None:
    paths: dict[str, set[str]] = {}
    for family, route in routes():
        paths.setdefault(address(family, route, ids), set()).add(route.method)
    for family, route in routes():
        path = address(family, route, ids)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - paths[path]:
            answer = client.open(path, method=method)
            complaints.note(complaint(family, answer, 405))
            if not paths[path] <= set(answer.headers.get("Allow", "").split(", ")):
                complaints.append(f"{method} {path} does not say what is allowed")
        if client.options(path).status_code != 200 or client.head(path).status_code >= 500:
            complaints.append(f"OPTIONS or HEAD {path}")


@before_storage
def test_an_address_where_nothing_is_answers_json(client: FlaskClient, complaints: Complaints) -> None:
    families = {prefix: family for family, _ in routes() for prefix in family.prefixes if prefix}
    for prefix, family in families.items():
        for path in ("", "/", "/nothing", "/%00", "/%ED%A0%80", "/leads/", "/LEADS", "/../leads", "/" + "x" * 10_000):
            for method in ("GET", "POST", "DELETE"):
                complaints.note(complaint(family, client.open(prefix + path, method=method), 404, 405))
    for path in ("/nothing", "/api", "/api/v3/leads", "/%00", "/.env"):
        complaints.note(complaint(None, client.get(path), 404))


@pytest.mark.slow
def test_a_list_takes_no_cursor_but_its_own(client: FlaskClient, ids: Ids, complaints: Complaints) -> None:
    given_out: dict[str, str] = {}
    lists = [(family, route) for family, route in routes() if "cursor" in route.query.load_fields]
    lists = [(family, route) for family, route in lists if not route.path.endswith("/archived")]  # the same, elsewhere
    for family, route in lists:
        query = {**good_query(route.query, ids), "limit": "1"}
        query |= {"term": TERMS[route.path]} if "term" in query else {}
        answer = send(client, route, address(family, route, ids), query).get_json()
        cursor = answer["next_cursor"] if family.name == "ledger" else answer["additional_data"]["next_cursor"]
        if cursor is not None:
            given_out[f"{family.name} {route.path}"] = cursor
    assert len(given_out) > 2
    for family, route in lists:
        for giver, cursor in given_out.items():
            if giver != f"{family.name} {route.path}":
                query = {**good_query(route.query, ids), "cursor": cursor}
                complaints.note(complaint(family, send(client, route, address(family, route, ids), query), 400))
            else:
                changed = ("B" if cursor[0] == "A" else "A") + cursor[1:]
                for altered in (changed, cursor[:-1], cursor + "A", cursor + "=", cursor.upper(), f"%20{cursor}"):
                    query = {**good_query(route.query, ids), "cursor": altered}
                    complaints.note(complaint(family, send(client, route, address(family, route, ids), query), 400))
