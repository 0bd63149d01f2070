"""What Flask looks at with each request, and none of ours has: sessions, coroutines, blueprints, names of hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import iscoroutinefunction
from typing import Any

import pytest
from flask import Flask, session

from service.operating import Operation, Quota
from tests.databases import SqliteDatabases
from tests.service.serving import founded, serving


def functions(app: Flask) -> Iterator[Callable[..., Any]]:
    yield from app.view_functions.values()
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        for each in hooks.values():
            yield from each


def test_no_function_that_answers_is_a_coroutine(app: Flask) -> None:
    answering = list(functions(app))
    assert len(answering) > 100
    assert not any(map(iscoroutinefunction, answering))


def test_nothing_has_been_registered_that_is_not_looked_for(app: Flask) -> None:
    assert not app.blueprints
    assert {*app.before_request_funcs, *app.after_request_funcs} == {None}
    for hooks in (app.teardown_request_funcs, app.teardown_appcontext_funcs, app.url_value_preprocessors):
        assert not hooks


def test_a_request_is_taken_up_before_anything_else_is_done_with_it(sqlite_databases: SqliteDatabases) -> None:
    """Whatever may refuse or answer it asks what is known of it only then: its route, its id and its address."""
    all_there_is = Operation(address_limit=Quota(1, 60), origins=frozenset({"https://app.example.com"}))
    with sqlite_databases.fresh(founded) as url, serving(url, operation=all_there_is) as app:
        functions = app.before_request_funcs[None]
        assert [each.__module__ for each in functions] == ["service.app", "service.http.cors", "service.http.limits"]


def test_nobody_has_a_session(app: Flask) -> None:
    with app.test_request_context("/health/live"):
        assert not session
        with pytest.raises(RuntimeError):
            session["user"] = 1
    assert "Set-Cookie" not in app.test_client().get("/health/live").headers


def test_no_route_depends_on_the_host(app: Flask) -> None:
    assert not app.url_map.host_matching
    assert {rule.subdomain for rule in app.url_map.iter_rules()} <= {"", None}
    for host in ("one.example", "TWO.example:8080", "[::1]", "x" * 70, "two..dots"):
        answer = app.test_client().get("/health/live", headers={"Host": host})
        assert answer.status_code == 200, host


def test_an_offer_of_another_protocol_is_not_taken_up_and_the_request_is_answered(app: Flask) -> None:
    offer = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert app.test_client().get("/health/live", headers=offer).status_code == 200
