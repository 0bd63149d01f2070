"""Settings: one changes one's own password, and an administrator lets others in and out."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.pages.sessions import COOKIE, FIELD, proof_of
from tests.service.serving import TOKEN, client_of, issued, ledger_of

PASSWORD = "correct horse battery staple"


def _browser(app: Flask, token: str = TOKEN) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token)
    return browser


def _send(browser: FlaskClient, path: str, token: str = TOKEN, **fields: object) -> TestResponse:
    return browser.post(path, data={FIELD: proof_of(token), **fields})


def test_a_password_is_changed_and_a_short_one_is_refused_beside_its_field(app: Flask) -> None:
    browser = _browser(app)
    short = _send(browser, "/settings/password", form="password", password="short")
    assert short.status_code == 400
    assert 'aria-invalid="true"' in short.text
    assert 'value="short"' not in short.text
    assert _send(browser, "/settings/password", form="password", password=PASSWORD).status_code == 303
    assert client_of(app).get("/api/ledger/v1/events?types=PasswordGiven").json["items"]


def test_an_administrator_lets_somebody_in_and_out(app: Flask) -> None:
    browser = _browser(app)
    added = _send(browser, "/settings/users", form="user", name="Kari", email="kari@roer.no", role="auditor")
    assert added.status_code == 303
    assert "kari@roer.no" in browser.get("/settings").text
    again = _send(browser, "/settings/users", form="user", name="Kari", email="kari@roer.no", role="")
    assert again.status_code == 409
    assert "has that e-mail address already" in again.text
    assert 'name="to" value="/settings"' in again.text, "whoever chooses a language here is led to a page there is"
    assert _send(browser, "/settings/password", form="somebody", user_id=2, password=PASSWORD).status_code == 303
    assert _send(browser, "/settings/users/deactivate", form="somebody", user_id=2).status_code == 303
    assert "Let in no longer" not in browser.get("/settings").text


def test_who_is_no_administrator_changes_nobody_else(app: Flask) -> None:
    client_of(app).post("/api/ledger/v1/users", json={"name": "Kari", "email": "kari@roer.no"})
    token = issued(ledger_of(app), 2)
    browser = _browser(app, token)
    assert "Let somebody work here" not in browser.get("/settings").text
    refused = _send(browser, "/settings/password", token, form="somebody", user_id=1, password=PASSWORD)
    assert refused.status_code == 403
    assert _send(browser, "/settings/users", token, form="user", name="Ola", email="ola@roer.no").status_code == 403
