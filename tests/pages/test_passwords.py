"""Signing in with a password: into a session that ends, is ended everywhere, and is not found by guessing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.operating import Operation, Quota
from service.pages.sessions import COOKIE, FIELD, proof_of
from tests.databases import SqliteDatabases
from tests.service.serving import client_of, founded, serving

EMAIL, PASSWORD = "administrator@leadledger.invalid", "correct horse battery staple"


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with an administrator who has a password; three failures in an hour are too many."""
    operation = Operation(failed_logins=Quota(3, 3600))
    folder = SqliteDatabases(tmp_path_factory.mktemp("passwords"))
    with folder.fresh(founded) as url, serving(url, operation=operation) as application:
        client_of(application).put("/api/ledger/v1/users/1/password", json={"password": PASSWORD})
        yield application


def _sign_in(browser: FlaskClient, password: str = PASSWORD, email: str = EMAIL) -> TestResponse:
    return browser.post("/sign-in", data={FIELD: proof_of(None), "email": email, "password": password})


def _send(browser: FlaskClient, path: str) -> TestResponse:
    held = browser.get_cookie(COOKIE)
    return browser.post(path, data={FIELD: proof_of(held.value if held else None)})


def _is_in(browser: FlaskClient) -> bool:
    return browser.get("/inbox").status_code == 200


def test_a_password_begins_a_session_and_signing_out_ends_it(app: Flask) -> None:
    browser = app.test_client()
    assert _sign_in(browser).status_code == 303
    held = browser.get_cookie(COOKIE)
    assert held is not None
    assert _is_in(browser)
    _send(browser, "/sign-out")
    assert not _is_in(browser)
    browser.set_cookie(COOKIE, held.value)
    assert not _is_in(browser)


def test_signing_out_everywhere_ends_all_sessions_and_no_other_token(app: Flask) -> None:
    here, there = app.test_client(), app.test_client()
    _sign_in(here)
    _sign_in(there)
    assert _send(here, "/sign-out/everywhere").status_code == 303
    assert not _is_in(here)
    assert not _is_in(there)
    assert client_of(app).get("/api/ledger/v1/inbox").status_code == 200


def test_another_password_ends_the_sessions_of_the_one_before(app: Flask) -> None:
    browser = app.test_client()
    _sign_in(browser)
    client_of(app).put("/api/ledger/v1/users/1/password", json={"password": "another good password"})
    assert not _is_in(browser)
    assert _sign_in(app.test_client()).status_code == 401


def test_what_was_wrong_is_not_said_and_who_guesses_is_locked_out(app: Flask) -> None:
    browser = app.test_client()
    wrong = [_sign_in(browser, "wrong password"), _sign_in(browser, email="nobody@leadledger.invalid")]
    assert {answer.status_code for answer in wrong} == {401}
    assert {"no user has this e-mail address and this password" in answer.text for answer in wrong} == {True}
    assert _sign_in(browser, "wrong again").status_code == 401
    assert _sign_in(browser).status_code == 429
