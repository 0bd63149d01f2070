"""The inbox: leads are found, looked at beside the list, edited in place, and converted, one or several at once."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.pages.browsing import Browsing
from tests.pages.company import TOKEN
from tests.served import Served

Look = Callable[..., Page]
CANARY = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def browsing(app: Flask) -> Browsing:
    """A browser without scripts."""
    return Browsing(app)


def _told(service: Served, path: str) -> Any:
    request = urllib.request.Request(service.address + path, headers={"x-api-token": TOKEN})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_a_salesperson_finds_a_lead_works_on_it_beside_the_list_and_converts_it(
    own_service: Served, looking_at: Look
) -> None:
    page = looking_at(own_service, "/inbox")
    page.get_by_label("Readiness").select_option("not_yet")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#leads .badge-good", has_text="Ready")).to_have_count(0)
    expect(page.locator("#said")).to_contain_text("leads are shown")

    page.get_by_role("searchbox", name="Search").fill("PRIS på 40")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#leads tbody tr")).to_have_count(1)
    page.locator("#leads [data-hint]").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("a signal of interest is missing")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_have_count(0)
    page.locator("#leads [data-hint]").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("a signal of interest is missing")

    page.get_by_role("link", name="Pris på 40 vegghengte toaletter").click()
    context = page.locator("#context")
    expect(context.get_by_role("heading", level=2)).to_be_focused()
    expect(page).to_have_url(re.compile("/leads/"))
    context.get_by_label("Value", exact=True).fill("223 000,50")
    context.get_by_role("button", name="Save details").click()
    expect(page.locator("#leads tbody")).to_contain_text("223,000.50 NOK")
    context.get_by_label("New note").fill(CANARY)
    context.get_by_role("button", name="Add note").click()
    expect(context.locator(".note-text")).to_have_text(CANARY)
    context.get_by_text("Plan an activity").click()
    context.get_by_label("What", exact=True).fill("Ring igjen")
    context.get_by_label("Due").fill("2026-12-24")
    context.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("#leads tbody")).to_contain_text("Ring igjen")
    context.get_by_role("button", name="Done: Ring igjen").click()
    expect(context.locator(".agenda .is-done")).to_contain_text("Ring igjen")

    context.get_by_role("link", name="Convert to deal").click()
    expect(context.get_by_label("Title")).to_have_value("Pris på 40 vegghengte toaletter")
    context.get_by_label("Pipeline and stage").select_option(label="Sales: Meeting")
    context.get_by_label("Expected close").fill("2027-01-31")
    context.get_by_role("button", name="Save").click()
    expect(context.get_by_label("Why convert it all the same?")).to_be_focused()  # it asks for a reason
    context.get_by_label("Why convert it all the same?").fill("De haster")
    context.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/deals/\d+$"))
    deal = _told(own_service, f"/api/v2/deals/{page.url.rpartition('/')[2]}")["data"]
    assert (deal["value"], deal["stage_id"], deal["expected_close_date"]) == (223000.5, 3, "2027-01-31")


@pytest.mark.slow
def test_the_story_of_an_opportunity_is_drawn_and_told_with_what_was_known_at_each_turn(
    service: Served, looking_at: Look
) -> None:
    found = _told(service, "/api/ledger/v1/inbox?term=rehabilitering%20av%20avl%C3%B8p")["items"]
    page = looking_at(service, f"/leads/{found[0]['id']}", size="phone", theme="dark", language="nb-NO")
    story = page.get_by_role("region", name="Historien")
    expect(story.get_by_role("img")).to_be_visible()
    told = story.get_by_role("listitem")
    expect(told.nth(1)).to_contain_text("LinkedIn-profilen viser at han leder byggekomiteen")
    expect(told.nth(1)).to_contain_text("modenhet moden (Fit)")
    expect(told.nth(2)).to_contain_text("First email sent, i")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_several_chosen_leads_are_changed_at_once_or_not_at_all(browsing: Browsing) -> None:
    label = browsing.added("/v1/leadLabels", name="Hottest", color="red")["id"]
    leads = [browsing.lead(title) for title in ("Bathroom", "Kitchen")]
    leads.append(
        browsing.lead("Attic <b>", label_ids=[browsing.added("/v1/leadLabels", name="Old", color="blue")["id"]])
    )
    done = browsing.send("/inbox?sort=added", form="chosen", lead=leads, do="label", label_id=label)
    assert "sort=added" in done
    assert "3 leads were labelled." in browsing.page(done)
    assert [len(browsing.told(f"/v1/leads/{lead}")["label_ids"]) for lead in leads] == [1, 1, 2]

    browsing.api.post(f"/api/ledger/v1/leads/{leads[2]}/signals", json={"kind": "meeting_held", "interest": False})
    refused = browsing.send("/inbox", status=422, form="chosen", lead=leads, do="convert")
    assert "nothing was done, since of “Attic &lt;b&gt;” was said: the lead is not ready" in refused
    assert refused.count(" checked") == 3
    assert browsing.told("/v1/leads/" + leads[0])["title"] == "Bathroom"
    assert "3 leads became deals." in browsing.page(
        browsing.send("/inbox", form="chosen", lead=leads, do="convert", reason="They are in a hurry")
    )
    assert {deal["title"] for deal in browsing.told("/api/v2/deals")} == {"Bathroom", "Kitchen", "Attic <b>"}
    assert "No lead waits here." in browsing.page("/inbox")


def test_chosen_leads_are_assigned_and_archived(browsing: Browsing) -> None:
    leads = [browsing.lead(title) for title in ("Bathroom", "Kitchen")]
    assert "number=2" in browsing.send("/inbox", form="chosen", lead=leads, do="assign", owner_id="1")
    assert "1 lead was archived." in browsing.page(browsing.send("/inbox", form="chosen", lead=leads[:1], do="archive"))
    assert [lead["title"] for lead in browsing.told("/v1/leads")] == ["Kitchen"]
    for nonsense in ({"do": "assign"}, {"do": "assign", "owner_id": ""}, {"do": "label"}, {"do": "fly"}):
        assert 'role="alert"' in browsing.send("/inbox", status=400, form="chosen", lead=leads[1:], **nonsense)
    assert "choose leads" in browsing.send("/inbox", status=400, form="chosen", do="archive")
    for lead, owner_id in (("../x", "1"), (leads[1], "x"), (leads[1], "99")):
        told = {"do": "assign", "owner_id": owner_id}
        assert 'role="alert"' in browsing.send("/inbox", status=422, form="chosen", lead=lead, **told)


def test_a_page_goes_on_behind_the_one_before_with_the_same_filters(browsing: Browsing) -> None:
    person_id = browsing.added("/api/v2/persons", name="Kari")["id"]
    for number in range(60):
        browsing.lead(f"Bathroom {number}", person_id=person_id)
    first = browsing.page("/inbox?owner_id=1&sort=added")
    more = re.search(r'href="(/inbox\?[^"]*cursor=[^"]*)"', first)
    assert more is not None
    second = browsing.page(more[1].replace("&amp;", "&"))
    assert (first.count('name="lead"'), second.count('name="lead"')) == (50, 10)
    assert browsing.page("/inbox?owner_id=many", status=400)


def test_two_people_who_edit_one_lead_at_once_are_told_of_each_other(browsing: Browsing) -> None:
    address = "/leads/" + browsing.lead("Bathroom", value={"amount": 100, "currency": "NOK"})
    seen = re.search(r'name="seen" value="([^"]*)"', browsing.page(address))
    assert seen is not None
    mine: dict[str, Any] = {"form": "details", "seen": seen[1].replace("&#34;", '"')}
    assert browsing.send(address, title="Bathroom 2", value__amount="", value__currency="NOK", **mine) == address
    assert browsing.told("/v1" + address)["value"] is None
    other = browsing.send(address, status=412, title="Bathroom 3", **mine)
    assert "Bathroom 3" in other
    assert "It has now: “Bathroom 2”" in other
    assert browsing.told("/v1" + address)["title"] == "Bathroom 2"


def test_bad_input_is_shown_again_with_the_reason_and_loses_nothing(browsing: Browsing) -> None:
    lead_id = browsing.lead("Bathroom")
    address = f"/leads/{lead_id}"
    for path, told in {
        "": {"form": "details", "title": "Bath", "value.amount": "much", "value.currency": "NOK"},
        "/activities": {"form": "activity", "subject": "Call", "due_date": "tomorrow"},
        "/notes": {"form": "note", "content": "  "},
        "/done": {"form": "done", "activity_id": "99"},
        "/convert": {"form": "convert", "title": "Bath", "label_ids": "1, two"},
    }.items():
        status = 404 if path == "/done" else 400
        shown = browsing.send(address + path, status=status, **told)
        assert 'role="alert"' in shown, path
        assert all(text in shown for text in told.values() if text.strip() and path != "/done"), path
    assert browsing.told(f"/v1/leads/{lead_id}")["title"] == "Bathroom"


def test_a_lead_that_became_a_deal_is_shown_as_that_and_as_it_was_before(browsing: Browsing) -> None:
    lead_id = browsing.lead("Bathroom")
    position = (browsing.api.get(f"/api/ledger/v1/timeline?lead_id={lead_id}").json or {})["items"][0]["position"]
    conversion = browsing.send(f"/leads/{lead_id}/convert", form="convert", title="Bathroom 7", label_ids="4, 5")
    assert conversion == "/deals/1"
    assert browsing.told("/api/v2/deals/1")["label_ids"] == [4, 5]
    assert browsing.leads_on(f"/leads/{lead_id}") == "/deals/1"
    for path in (f"/leads/{lead_id}", "/inbox"):
        then = browsing.page(f"{path}?as_of={position}")
        assert "Bathroom" in then
        assert 'name="lead"' not in then
        assert f'method="post" action="/leads/{lead_id}"' not in then
