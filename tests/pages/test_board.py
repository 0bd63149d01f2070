"""People move deals on the board, by mouse, finger and keyboard, and are told where somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import requests
from playwright.sync_api import Locator, Page, expect

from tests.pages.company import TOKEN
from tests.served import Served

Look = Callable[..., Page]


def asked(service: Served, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """What the API answers to somebody else."""
    answer = requests.request(method, service.address + path, json=body, headers={"x-api-token": TOKEN}, timeout=20)
    assert answer.ok, answer.text
    return answer.json(parse_float=Decimal)


def deal_of(service: Served, number: int) -> Any:
    return asked(service, "GET", f"/api/v2/deals/{number}")["data"]


def middle(place: Locator) -> tuple[float, float]:
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)


def drag(page: Page, number: int, *way: Locator) -> None:
    """Drag a deal by mouse, over places, to where it is dropped."""
    page.mouse.move(*middle(page.locator(f"#deal-{number} .deal-with")))
    page.mouse.down()
    for place in way:
        page.mouse.move(*middle(place), steps=4)
    page.mouse.up()


def test_a_deal_is_moved_by_mouse_by_finger_and_by_keyboard_and_is_won_or_lost(
    own_service: Served, looking_at: Look
) -> None:
    page = looking_at(own_service, "/pipelines")
    said, stage = page.locator("#said"), page.locator("section.stage")
    expect(page.get_by_role("heading", name="Sales")).to_be_visible()
    assert page.url.endswith("/pipelines/1")
    board = asked(own_service, "GET", "/api/ledger/v1/pipelines/1/board")["stages"]
    for shown, told in zip(stage.all(), board, strict=True):
        assert shown.locator("h2 .count").inner_text() == str(told["count"])
        assert [f"{total['sum']:,.0f} {total['currency']}" in shown.inner_text() for total in told["totals"]]
        assert shown.locator("li.deal").count() == told["count"]
        assert shown.locator(".is-rotting").count() == sum(deal["is_rotting"] for deal in told["deals"])
    first, second = (deal["id"] for deal in board[0]["deals"][:2])

    drag(page, first, page.locator("#stage-3"))
    expect(page.locator(f"#stage-3 #deal-{first}")).to_be_visible()
    expect(said).to_contain_text("stands in “Meeting” now")
    assert deal_of(own_service, first)["stage_id"] == 3
    assert page.url.endswith("/pipelines/1")  # a drag leaves the address as it was

    touch = page.context.new_cdp_session(page)
    x, y = middle(page.locator(f"#deal-{second} .deal-with"))
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.locator(".ghost")).to_be_visible()  # once the finger has rested
    x, y = middle(page.locator("#stage-2"))
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(f"#stage-2 #deal-{second}")).to_be_visible()
    assert deal_of(own_service, second)["stage_id"] == 2

    menu = page.locator(f"#deal-{second} .deal-move")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Survey").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("link", name="To that pipeline")).to_be_visible()
    assert deal_of(own_service, second)["pipeline_id"] == 2

    drag(page, first, page.locator("#stage-4"), page.locator("#drops").get_by_text("Won"))
    expect(said).to_contain_text("is won")
    assert deal_of(own_service, first)["status"] == "won"
    third = board[0]["deals"][2]["id"]
    drag(page, third, page.locator("#stage-2"), page.locator("#drops").get_by_text("Lost"))
    reason = page.get_by_role("dialog").get_by_label("Reason it was lost")
    expect(reason).to_be_focused()
    reason.fill("Too dear <script>alert(1)</script>")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("is lost")
    lost = deal_of(own_service, third)
    assert (lost["status"], lost["lost_reason"]) == ("lost", "Too dear <script>alert(1)</script>")


def test_whoever_moves_a_deal_that_somebody_else_moved_meanwhile_sees_both_states(
    own_service: Served, looking_at: Look
) -> None:
    page = looking_at(own_service, "/pipelines/1", language="nb-NO")
    number = asked(own_service, "GET", "/api/ledger/v1/pipelines/1/board")["stages"][0]["deals"][0]["id"]
    page.mouse.move(*middle(page.locator(f"#deal-{number} .deal-with")))
    page.mouse.down()
    page.mouse.move(*middle(page.locator("#stage-2")), steps=4)
    asked(own_service, "PATCH", f"/api/v2/deals/{number}", {"stage_id": 4})
    page.mouse.move(*middle(page.locator("#stage-3")), steps=4)
    page.mouse.up()
    row = page.get_by_role("dialog").get_by_role("row", name="Fase")
    expect(row).to_contain_text("First email sent")
    expect(row).to_contain_text("Offer made")
    expect(row).to_contain_text("Administrator")
    assert deal_of(own_service, number)["stage_id"] == 4
    page.get_by_role("dialog").get_by_role("button", name="Meeting").click()
    expect(page.locator(f"#stage-3 #deal-{number}")).to_be_visible()
    assert deal_of(own_service, number)["stage_id"] == 3


def test_a_stage_of_many_deals_shows_its_true_count_and_the_deals_by_pages(
    own_service: Served, looking_at: Look
) -> None:
    new = {"method": "POST", "path": "/api/v2/deals"}
    commands = [{**new, "body": {"title": f"Number {number}", "stage_id": 3}} for number in range(60)]
    asked(own_service, "POST", "/api/ledger/v1/batch", {"mode": "all_or_nothing", "commands": commands})
    page = looking_at(own_service, "/pipelines/1?owner_id=1", size="phone")
    stage = page.locator("#stage-3")
    expect(stage.locator(".count")).to_have_text("60")
    for shown in (25, 50, 60):
        expect(stage.locator("li.deal")).to_have_count(shown)
        if shown < 60:
            stage.get_by_role("link", name="More").press("Enter")
            expect(stage.locator("li.deal a.deal-title").nth(shown)).to_be_focused()
    expect(page.locator("#said")).to_have_text("10 more deals")
    other = int(stage.locator("li.deal").first.get_attribute("data-deal") or 0)
    asked(own_service, "PATCH", f"/api/v2/deals/{other}", {"stage_id": 4})
    expect(stage.locator(".count")).to_have_text("59")
    expect(stage.locator("li.deal")).to_have_count(59)  # it stays as long as it was made
    asked(own_service, "PATCH", f"/api/v2/deals/{other}", {"stage_id": 3})
    expect(stage.locator("li.deal")).to_have_count(60)
    assert page.url.endswith("?owner_id=1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Closes from").fill("2020-01-01")
    page.get_by_role("button", name="Filter").click()
    expect(stage.get_by_text("No deals")).to_be_visible()


def test_a_board_of_the_past_shows_what_stood_there_then_and_moves_nothing(service: Served, looking_at: Look) -> None:
    then = asked(service, "GET", "/api/ledger/v1/pipelines/1/board?as_of=400")["stages"]
    page = looking_at(service, "/pipelines/1?as_of=400")
    shown = [stage.locator(".deal-title").all_inner_texts() for stage in page.locator("section.stage").all()]
    assert shown == [[deal["title"] for deal in stage["deals"]] for stage in then]
    assert page.locator("[data-deal], .deal-move").count() == 0


def test_a_deal_is_moved_without_a_script_and_leads_back_to_the_board_as_it_was_filtered(
    own_service: Served, looking_at: Look
) -> None:
    page = looking_at(own_service, "/pipelines/1?owner_id=3", script=False)
    number = int(page.locator("li.deal").first.get_attribute("data-deal") or 0)
    page.locator(f"#deal-{number} .deal-move").click()
    page.get_by_role("button", name="Negotiation").click()
    expect(page.locator(f"#stage-5 #deal-{number}")).to_be_visible()
    assert "owner_id=3" in page.url
    assert deal_of(own_service, number)["stage_id"] == 5


def test_what_somebody_else_does_appears_within_a_second(own_service: Served, looking_at: Look) -> None:
    page = looking_at(own_service, "/pipelines/1")
    number = asked(own_service, "GET", "/api/ledger/v1/pipelines/1/board")["stages"][0]["deals"][0]["id"]
    for stage in (4, 2):
        asked(own_service, "PATCH", f"/api/v2/deals/{number}", {"stage_id": stage})
        expect(page.locator(f"#stage-{stage} #deal-{number}")).to_be_visible(timeout=1_500)
    drag(page, number, page.locator("#stage-5"))
    expect(page.locator(f"#stage-5 #deal-{number}")).to_be_visible()
    assert deal_of(own_service, number)["stage_id"] == 5
