"""The theme that a browser chooses of its pages stays chosen, and nothing else is one."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.pages.sessions import FIELD, proof_of


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A browser in which nobody has signed in."""
    return app.test_client()


def _choose(browser: FlaskClient, theme: str) -> TestResponse:
    return browser.post("/theme", data={FIELD: proof_of(None), "to": "/sign-in?to=/deals", "theme": theme})


def test_pages_are_in_the_theme_of_the_system_until_one_is_chosen(browser: FlaskClient) -> None:
    def shown() -> list[bool]:
        page = browser.get("/sign-in").text
        return [f'data-theme="{theme}"' in page for theme in ("system", "light", "dark")]

    assert shown() == [True, False, False]
    assert _choose(browser, "dark").headers["Location"] == "/sign-in?to=/deals"
    assert shown() == [False, False, True]
    assert _choose(browser, "pink").status_code == 400
    assert shown() == [False, False, True]
    _choose(browser, "system")
    assert shown() == [True, False, False]
