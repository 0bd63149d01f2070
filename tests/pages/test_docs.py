"""Guides are read in the service itself: searched, and with examples for the address at which it answers."""

from __future__ import annotations

import re

from flask import Flask

from service.pages.sessions import COOKIE
from tests.guides.documents import GUIDES, anchors
from tests.service.serving import TOKEN


def test_a_guide_shows_its_examples_with_the_address_of_this_service(app: Flask) -> None:
    text = app.test_client().get("/docs/integrators", base_url="http://sales.example:8080").text
    assert "http://sales.example:8080/api/ledger/v1/leads" in text
    assert "127.0.0.1" not in text


def test_what_a_guide_says_about_a_term_is_found_whatever_its_case(app: Flask) -> None:
    text = app.test_client().get("/docs?term=IDEMPOTENCY").text
    assert 'href="/docs/integrators#' in text
    assert re.search(r"<mark>idempotency</mark>", text, re.IGNORECASE)


def test_a_term_that_no_guide_holds_is_said_to_be_nowhere(app: Flask) -> None:
    text = app.test_client().get("/docs?term=%3Cscript%3Ex").text
    assert "No guide says anything about that." in text
    assert "<script>x" not in text


def test_every_link_of_a_guide_leads_to_a_page_and_a_heading_of_it(app: Flask) -> None:
    client = app.test_client()
    for path in GUIDES:
        text = client.get(f"/docs/{path.stem}").text
        assert set(re.findall(r'<h\d id="([^"]+)"', text)) == anchors(path.read_text("utf-8"))
        for target in re.findall(r'href="(/docs/[^"]+|#[^"]+)"', text):
            page, _, anchor = target.partition("#")
            linked = client.get(page or f"/docs/{path.stem}")
            assert linked.status_code == 200
            assert not anchor or f'id="{anchor}"' in linked.text


def test_whoever_has_signed_in_keeps_his_bar_beside_a_guide_that_has_no_past(app: Flask) -> None:
    browser = app.test_client()
    browser.set_cookie(COOKIE, TOKEN)
    text = browser.get("/docs").text
    assert "Administrator" in text
    assert 'name="moment_at"' not in text
    assert 'name="moment_at"' in browser.get("/inbox").text


def test_a_host_that_nobody_has_is_no_markup(app: Flask) -> None:
    text = app.test_client().get("/docs/integrators", headers={"Host": "x'onclick='y"}).text
    assert "x'onclick" not in text


def test_there_is_no_guide_of_another_name(app: Flask) -> None:
    assert app.test_client().get("/docs/passwords").status_code == 404
