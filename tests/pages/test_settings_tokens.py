"""Settings: tokens are made, shown once, put in the place of others and revoked, by those who may."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.pages.browsing import Browsing
from tests.service.serving import client_of, issued, ledger_of

PAGE = "/settings/tokens"


@pytest.fixture
def settings(app: Flask) -> Browsing:
    """An administrator without scripts."""
    return Browsing(app)


def _made(page: str) -> str:
    [token] = re.findall(r'class="secret">([^<]+)<', page)
    return str(token)


def test_a_token_is_shown_once_lets_in_is_replaced_and_revoked(app: Flask, settings: Browsing) -> None:
    soon = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    page = settings.send(PAGE, form="new", do="issue", name="Import", scopes=["", "read"], last_day=soon, status=201)
    made = client_of(app, _made(page))
    assert made.get("/v1/users/me").status_code == 200
    assert made.post("/v1/leads", json={"title": "x"}).status_code == 403
    listed = settings.page(PAGE)
    assert 'class="secret"' not in listed
    token_id, *_ = re.findall(r'value="([0-9a-f]{32})"', listed)
    again = _made(settings.send(PAGE, form=token_id, do="rotate", status=201))
    assert client_of(app, again).get("/v1/users/me").status_code == 200
    assert "rotated already" in settings.send(PAGE, form=token_id, do="rotate", status=409)
    settings.send(PAGE, form=token_id, do="revoke")
    assert made.get("/v1/users/me").status_code == 401


def test_what_is_wrong_with_a_token_is_said_and_what_was_typed_stays(settings: Browsing) -> None:
    none = settings.send(PAGE, form="new", do="issue", name="Import", scopes="", status=400)
    assert 'value="Import"' in none
    over = settings.send(PAGE, form="new", do="issue", name="Import", scopes="read", last_day="2001-01-01", status=409)
    assert "that is over" in over
    assert 'value="2001-01-01"' in over
    garbage = settings.send(PAGE, form="new", do="issue", name="Import", scopes="read", last_day="soon", status=400)
    assert 'aria-invalid="true"' in garbage
    settings.send(PAGE, form="no-such-token", do="revoke", status=404)
    settings.send(PAGE, form="new", do="steal", status=400)


def test_who_is_no_administrator_has_to_do_with_his_own_tokens_only(app: Flask, settings: Browsing) -> None:
    settings.api.post("/api/ledger/v1/users", json={"name": "Kari", "email": "kari@roer.no"})
    settings.send(PAGE, form="new", do="issue", name="Import of all", scopes="read", status=201)
    kari = Browsing(app, issued(ledger_of(app), 2, name="Kari's own"))
    page = kari.page(PAGE)
    assert "Kari&#39;s own" in page
    assert "Import of all" not in page
    assert "Administrate" not in page
    kari.send(PAGE, form="new", do="issue", name="x", user_id=1, scopes="read", status=403)
    assert "Import of all" in settings.page(f"{PAGE}?user_id=1")
    assert "Import of all" not in settings.page(f"{PAGE}?user_id=2")
