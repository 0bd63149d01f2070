"""Signing in and out: with a token, back to where one wanted to go, and never anywhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.company import TOKEN
from tests.served import Served

Look = Callable[..., Page]
pytestmark = pytest.mark.slow


def test_who_signs_in_with_a_token_comes_to_where_he_wanted_to_go(service: Served, looking_at: Look) -> None:
    page = looking_at(service, "/inbox?sort=added", token=None)
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{service.address}/inbox?sort=added")
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")


def test_a_token_that_lets_nobody_in_is_refused_with_the_reason(service: Served, looking_at: Look) -> None:
    page = looking_at(service, "/", token=None)
    page.get_by_label("Token").fill("not-a-token-of-anybody")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("the token lets nobody in")


def test_signing_out_forgets_the_token(service: Served, looking_at: Look) -> None:
    page = looking_at(service, "/inbox")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{service.address}/inbox")
    expect(page.get_by_label("Token")).to_be_visible()


def test_pages_speak_the_language_that_is_chosen(service: Served, looking_at: Look) -> None:
    page = looking_at(service, "/inbox", language="nb-NO")
    expect(page.get_by_role("heading", level=1)).to_have_text("Innboks")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
