"""Deals are listed, downloaded, edited in place, followed, and taken back to the inbox with a reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import requests
from playwright.sync_api import Page, expect

from service.pages.sessions import COOKIE
from tests.pages.company import TOKEN
from tests.pages.test_board import asked, deal_of
from tests.served import Served


def test_deals_are_listed_with_chosen_columns_their_totals_and_as_csv(
    service: Served, looking_at: Callable[..., Page]
) -> None:
    page = looking_at(service, "/deals?status=won")
    totals = asked(service, "GET", "/api/ledger/v1/deals/totals?status=won")
    expect(page.get_by_text(f"{totals['count']} deals")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(totals["count"])
    page.get_by_role("link", name="Value").click()
    expect(page.get_by_role("columnheader", name="Value")).to_have_attribute("aria-sort", "ascending")
    page.get_by_text("Columns").click()
    page.get_by_role("checkbox", name="Owner").uncheck()
    page.get_by_role("button", name="Show", exact=True).last.click()
    expect(page.get_by_role("columnheader", name="Owner")).to_have_count(0)
    told = requests.get(f"{service.address}/deals.csv?sort=added", cookies={COOKIE: TOKEN}, timeout=20)
    rows = list(csv.DictReader(io.StringIO(told.content.decode())))
    assert len(rows) == asked(service, "GET", "/api/ledger/v1/deals/totals")["count"]
    assert rows[0]["title"] == deal_of(service, int(rows[0]["id"]))["title"]


def test_a_deal_is_edited_moved_followed_and_converted_to_a_lead_from_its_page(
    own_service: Served, looking_at: Callable[..., Page]
) -> None:
    number = asked(own_service, "GET", "/api/ledger/v1/pipelines/1/board")["stages"][0]["deals"][0]["id"]
    page = looking_at(own_service, f"/deals/{number}")
    page.get_by_label("Title").fill('A "title" <b>& more</b>')
    page.get_by_label("Probability").fill("40")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text('A "title" <b>& more</b>')
    assert deal_of(own_service, number)["probability"] == 40
    page.get_by_label("Probability").fill("400")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Probability")).to_have_value("400")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"{own_service.address}/deals/{number}")
    page.get_by_role("button", name="Meeting").click()
    expect(page.locator(".stage-bar .is-here")).to_contain_text("Meeting")
    assert deal_of(own_service, number)["stage_id"] == 3
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_role("button", name="Follow no more")).to_be_visible()
    page.get_by_label("New note").fill("They call <back>")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("They call <back>")).to_be_visible()
    expect(page.get_by_role("heading", name="The story")).to_be_visible()
    page.get_by_label("More actions").click()
    page.get_by_role("link", name="Convert to lead").click()
    page.get_by_label("Why").fill("No budget until autumn")
    with page.expect_navigation(url="**/leads/*"):
        page.get_by_role("button", name="Convert to lead").click()
    changes = asked(own_service, "GET", f"/api/ledger/v1/opportunities?deal_id={number}")["changes"]
    assert (changes[-1]["form"], changes[-1]["reason"]) == ("lead", "No budget until autumn")
