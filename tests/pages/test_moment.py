"""Readers set the moment of a page in their own time zone, send its address to others, and see what changed since."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.pages.browsing import Browsing
from tests.pages.test_board import asked
from tests.served import Served

Look = Callable[..., Page]


@pytest.fixture
def browsing(app: Flask) -> Browsing:
    """A browser without scripts."""
    return Browsing(app)


def test_a_page_is_set_to_a_moment_on_clocks_of_a_zone_and_keeps_its_filters(browsing: Browsing) -> None:
    """Without a script the zone is the user's own; the address names the moment in UTC."""
    page = browsing.page("/deals?status=won&column=owner&column=value")
    assert "Europe/Oslo" in page
    zone = "moment_zone=America%2FNew_York"
    for clocks, moment in (
        ("2026-07-01T08:00", "12%3A00"),
        ("2026-11-01T01:30", "05%3A30"),
        ("2025-12-24 18:00", "23%3A00"),
    ):
        there = browsing.leads_on(f"/deals?status=won&column=owner&column=value&cursor=x&{zone}&moment_at={clocks}")
        day = clocks[:10]
        assert there == f"/deals?status=won&column=owner&column=value&as_of={day}T{moment}%3A00Z"
    assert browsing.leads_on(f"/inbox?{zone}&moment_position=7") == "/inbox?as_of=7"
    for step in ("hour", "day", "week", "month"):
        there = browsing.page(browsing.leads_on(f"/inbox?{zone}&moment_ago={step}"))
        assert "Nothing was recorded by" in there
        assert "You see the past." in there


WRONG = {
    "as_of=yesterday": "it must be a position of the log, or a time such as",
    "as_of=9999": "the log ends at position",
    "moment_position=9999": "the log ends at position",
    "moment_position=%20": "it must be a position of the log",
    "moment_position=1e3": "it must be a position of the log",
    f"moment_position={'9' * 40}": "no log is that long",
    "moment_at=2999-01-01T10:00": "that time has not come yet",
    "moment_at=soon": "it must be a date and a time such as",
    "moment_at=": "it must be a date and a time such as",
    "moment_at=0001-01-01T00:00&moment_zone=Asia/Tokyo": "it must be a date and a time such as",
    "moment_at=2026-03-29T02:30&moment_zone=Europe/Oslo": "never showed that time",
    "moment_at=2026-03-29T02:30&moment_zone=../../etc/passwd": "there is no time zone",
    "moment_ago=year": "it must be an hour, day, week or month ago",
}


def test_what_is_no_moment_is_told_in_the_control_and_the_page_is_of_now(browsing: Browsing) -> None:
    browsing.lead("Bathroom")
    for wrong, reason in WRONG.items():
        page = unescape(browsing.page(f"/inbox?owner_id=1&{wrong}", status=400))
        told = re.search(r'<details class="moment" id="moment" open>.*?role="alert">(.*?)</p>', page, re.DOTALL)
        assert told is not None, wrong
        assert reason in told[1]
        assert "You see the past." not in page
        assert "Bathroom" in page
        assert 'name="as_of"' not in page
        typed = wrong.partition("&")[0].partition("=")[2]
        assert f'value="{typed}"' in page or typed in ("%20", "year")


def test_what_was_not_there_yet_says_so_and_a_download_is_refused(browsing: Browsing) -> None:
    lead_id = browsing.lead("Bathroom")
    there = browsing.page(f"/leads/{lead_id}?as_of=1", status=404)
    assert "Not there then" in there
    assert "You see the past." in there
    assert f'href="/leads/{lead_id}"' in there
    assert "stage" not in browsing.page("/deals.csv?as_of=9999", status=400)


def test_what_changed_since_is_marked_in_lists_on_the_board_and_field_by_field(browsing: Browsing) -> None:
    """Each kind of change, with its fields, in the list of then; what is new stands above."""
    added = browsing.added
    kari, ola = (added("/api/v2/persons", name=name)["id"] for name in ("Kari", "Ola"))
    leads = {title: browsing.lead(title, person_id=kari) for title in ("Stays", "Turns", "Rests", "Goes", "Grows")}
    deals = {
        title: added("/api/v2/deals", title=title, stage_id=1, person_id=kari)["id"]
        for title in ("Still", "Moves", "Wins", "Loses", "Back")
    }
    then = browsing.position
    browsing.api.patch(
        f"/v1/leads/{leads['Grows']}", json={"value": {"amount": 25, "currency": "NOK"}, "person_id": ola}
    )
    browsing.api.patch(f"/v1/leads/{leads['Rests']}", json={"is_archived": True})
    browsing.api.delete(f"/v1/leads/{leads['Goes']}")
    browsing.api.post(f"/api/ledger/v1/leads/{leads['Turns']}/convert", json={"stage_id": 1})
    browsing.api.patch(f"/api/v2/deals/{deals['Moves']}", json={"stage_id": 3})
    browsing.api.patch(f"/api/v2/deals/{deals['Wins']}", json={"status": "won"})
    browsing.api.patch(f"/api/v2/deals/{deals['Loses']}", json={"status": "lost"})
    browsing.api.post(f"/api/ledger/v1/deals/{deals['Back']}/revert", json={"reason": "Next year"})
    browsing.api.patch(f"/api/v2/persons/{ola}", json={"name": "Ola Berg"})
    browsing.lead("Comes", person_id=kari)

    def changes(address: str) -> dict[str, str]:
        """What is told of each thing in a list, by its title."""
        plain = browsing.page(f"{address}?as_of={then}")
        assert 'class="since ' not in plain
        page = browsing.page(unescape(re.findall(r'href="([^"]*compare=now[^"]*)"', plain)[0]))
        assert "What changed since, of what stands here" in page
        found = re.findall(r"<(?:tr|li)[^>]*is-since.*?</(?:tr|li)>", page, re.DOTALL)
        return dict(_told(row) for row in found)

    assert changes("/inbox") == {
        "Comes": "+ New since",
        "Back": "+ New since",
        "Turns": "⇒ A deal now",
        "Rests": "▽ Archived since",
        "Goes": "∅ Deleted since",
        "Grows": "≠ Changed since Person: Kari → is now Ola Berg Value: – → is now 25 NOK",
    }
    of_deals = {
        "Turns": "+ New since",
        "Moves": "→ Moved since Stage: First email sent → is now Meeting",
        "Wins": "✓ Won since",
        "Loses": "✗ Lost since",
        "Back": "⇐ A lead again",
    }
    assert changes("/pipelines/1") == changes("/deals") == of_deals
    assert changes("/persons") == {"Ola": "≠ Changed since Name: Ola → is now Ola Berg"}
    page = browsing.page(f"/deals/{deals['Moves']}?as_of={then}&compare=now")
    assert re.search(r"<th scope=\"row\">Stage</th><td>\s*[^<]+</td>", page)
    assert "Nothing: it is as it was then." in browsing.page(f"/leads/{leads['Stays']}?as_of={then}&compare=now")


@pytest.mark.slow
def test_a_moment_is_chosen_on_ones_own_clock_and_its_address_shows_the_same_elsewhere(
    service: Served, looking_at: Look
) -> None:
    page = looking_at(service, "/pipelines/1", zone="America/New_York", size="phone")
    control, banner = page.locator("#moment"), page.locator(".past")
    control.locator("summary").click()
    expect(control.locator("[data-zone]")).to_have_text("America/New_York")
    page.get_by_label("or at a position of the log").fill("400")
    page.keyboard.press("Enter")
    expect(banner).to_contain_text("(America/New_York), at position 400")
    control.locator("summary").click()
    clock = page.get_by_label("Show this page as it was at")
    shown = datetime.fromisoformat(clock.input_value()).replace(tzinfo=ZoneInfo("America/New_York"))
    clock.focus()
    page.keyboard.press("Enter")
    in_utc = shown.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    expect(page).to_have_url(f"{service.address}/pipelines/1?as_of={quote(in_utc, safe='')}")
    titles = page.locator(".deal-title").all_inner_texts()
    assert titles == [deal["title"] for stage in _board(service, 400) for deal in stage["deals"]]

    elsewhere = looking_at(service, page.url.removeprefix(service.address), zone="Asia/Tokyo")
    elsewhere.reload()
    expect(elsewhere.locator(".past")).to_contain_text("(Asia/Tokyo), at position 400")
    assert elsewhere.locator(".deal-title").all_inner_texts() == titles

    page.get_by_role("link", name="What changed since").click()
    expect(page.get_by_role("region", name="What changed since")).to_contain_text("Moved since: ")
    expect(page.locator("li.deal:has(.since-moved)").first).to_contain_text(re.compile("Stage: .*→"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name=titles[0], exact=True).click()
    expect(page.get_by_role("region", name="What changed since")).to_be_visible()
    page.get_by_role("link", name="The event before").first.click()
    expect(banner).not_to_contain_text("at position 400")
    before = page.url
    page.get_by_role("link", name="The next event").first.click()
    page.get_by_role("link", name="The event before").first.click()
    expect(page).to_have_url(before)
    page.get_by_role("link", name="Back to now").first.click()
    expect(banner).to_have_count(0)
    control.locator("summary").click()
    page.keyboard.press("Escape")
    expect(clock).to_be_hidden()


def _board(service: Served, position: int) -> Any:
    return asked(service, "GET", f"/api/ledger/v1/pipelines/1/board?as_of={position}")["stages"]


def _told(row: str) -> tuple[str, str]:
    """The title of a row or a card, and what its mark says, as plain words."""
    title = re.search(r'<a [^>]*href="/(?:leads|deals|persons)/[^>]*>(.*?)</a>', row)
    mark = re.search(r'<span class="since-told">(.*?)\n</span>', row, re.DOTALL)
    assert title is not None
    assert mark is not None
    return title[1], " ".join(re.sub(r"<[^>]*>", " ", unescape(mark[1])).split())


def test_a_time_that_clocks_of_the_zone_never_had_is_refused_in_place(browsing: Browsing) -> None:
    browsing.keep("leadledger_zone", "America/New_York")
    assert "it must be a date and a time" in browsing.page("/inbox?as_of=0001-01-01T00:00:00Z", status=400)
