"""What others do appears on pages at once, and leaves alone what one chooses, writes or marks there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_board import asked
from tests.served import Served

Look = Callable[..., Page]


@pytest.mark.slow
def test_others_changes_appear_and_leave_alone_what_one_chooses_writes_and_marks(
    own_service: Served, looking_at: Look
) -> None:
    _in_the_inbox(own_service, looking_at(own_service, "/inbox"))
    number = asked(own_service, "GET", "/api/ledger/v1/pipelines/1/board")["stages"][0]["deals"][0]["id"]
    _at_a_deal(own_service, looking_at(own_service, "/deals"), looking_at(own_service, f"/deals/{number}"), number)


def _in_the_inbox(service: Served, page: Page) -> None:
    rows = page.locator("#leads tbody tr")
    chosen, other = ((row.locator("th a").inner_text(), row.locator("input").input_value()) for row in rows.all()[:2])
    page.get_by_role("checkbox", name=chosen[0]).check()
    reason = page.get_by_label("Reason, where they are not ready")
    reason.fill("They are")

    asked(service, "POST", "/v1/leads", {"title": "Somebody else’s lead", "person_id": 1})
    asked(service, "PATCH", f"/v1/leads/{other[1]}", {"is_archived": True})
    expect(rows.get_by_role("link", name="Somebody else’s lead")).to_be_visible()
    expect(rows.get_by_role("link", name=other[0])).to_have_count(0)
    expect(page.get_by_role("checkbox", name=chosen[0])).to_be_checked()
    expect(reason).to_be_focused()
    page.keyboard.type(" in a hurry")
    expect(reason).to_have_value("They are in a hurry")

    page.evaluate("getSelection().selectAllChildren(document.querySelector('#leads tbody th a'))")
    asked(service, "PATCH", f"/v1/leads/{chosen[1]}", {"title": "Renamed"})
    page.wait_for_timeout(1500)
    assert page.evaluate("getSelection().toString()") == "Somebody else’s lead"
    page.evaluate("getSelection().removeAllRanges()")
    expect(rows.get_by_role("link", name="Renamed")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Renamed")).to_be_checked()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("1 lead was archived.")).to_be_visible()


def _at_a_deal(service: Served, deals: Page, deal: Page, number: int) -> None:
    expect(deal.locator("#latest")).to_be_hidden()
    deal.get_by_label("Title").fill("What I am writing")
    asked(service, "PATCH", f"/api/v2/deals/{number}", {"stage_id": 4, "title": "Theirs"})
    expect(deals.get_by_role("row", name="Theirs")).to_contain_text("Offer made")
    expect(deal.locator("#latest")).to_contain_text("Administrator")
    expect(deal.locator(".stage-bar .is-here")).to_contain_text("Offer made")
    expect(deal.get_by_label("Title")).to_have_value("What I am writing")
    deal.get_by_role("link", name="Show it as it is now").click()
    expect(deal.get_by_role("heading", level=1)).to_have_text("Theirs")
