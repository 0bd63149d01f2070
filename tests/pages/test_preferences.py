"""What a browser chooses of its pages, the language and the theme, stays chosen, and nothing else is."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.pages.sessions import FIELD, proof_of


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A browser in which nobody has signed in."""
    return app.test_client()


def _choose(browser: FlaskClient, **chosen: str) -> None:
    [name] = chosen
    answer = browser.post(f"/{name}", data={FIELD: proof_of(None), "to": "/sign-in?to=/deals", **chosen})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?to=/deals")


def test_pages_are_in_the_theme_of_the_system_until_one_is_chosen(browser: FlaskClient) -> None:
    def shown() -> list[bool]:
        page = browser.get("/sign-in").text
        return [f'data-theme="{theme}"' in page for theme in ("system", "light", "dark")]

    assert shown() == [True, False, False]
    _choose(browser, theme="dark")
    assert shown() == [False, False, True]
    _choose(browser, theme="pink")
    assert shown() == [False, False, True]
    _choose(browser, theme="system")
    assert shown() == [True, False, False]


def test_what_is_no_language_of_ours_is_not_chosen(browser: FlaskClient) -> None:
    _choose(browser, language="nb")
    _choose(browser, language="fr")
    assert '<html lang="nb"' in browser.get("/sign-in").text
