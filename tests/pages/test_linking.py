"""Whom a lead or a deal is about is changed in place: found, new or none, with a script and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.pages.browsing import Browsing
from tests.pages.test_board import asked, deal_of
from tests.served import Served


@pytest.fixture
def browsing(app: Flask) -> Browsing:
    """A browser without scripts."""
    return Browsing(app)


@pytest.mark.slow
def test_another_person_is_found_as_one_types_and_chosen_in_place(
    own_service: Served, looking_at: Callable[..., Page]
) -> None:
    person = asked(own_service, "POST", "/api/v2/persons", {"name": "Åse Ødegård", "emails": [{"value": "a@rør.no"}]})
    lead = asked(own_service, "GET", "/api/ledger/v1/inbox")["items"][0]
    page = looking_at(own_service, "/inbox")
    page.get_by_role("link", name=lead["title"]).click()
    context = page.locator("#context")
    context.get_by_role("link", name="Change the person").click()
    expect(context.get_by_label("Find a person")).to_be_focused()
    page.keyboard.type("åse ø")
    expect(page.locator("#said")).to_have_text("1 is found")
    expect(context.get_by_label("Find a person")).to_be_focused()
    context.get_by_role("button", name="Åse Ødegård a@rør.no").click()
    expect(context.get_by_role("link", name="Åse Ødegård")).to_be_visible()
    expect(page.locator("#leads tbody")).to_contain_text("Åse Ødegård")
    assert asked(own_service, "GET", f"/v1/leads/{lead['id']}")["data"]["person_id"] == person["data"]["id"]
    context.get_by_role("link", name="Change the organization").click()
    context.get_by_role("link", name="Cancel").click()
    expect(context.get_by_role("link", name="Change the organization")).to_be_visible()

    number = asked(own_service, "GET", "/api/ledger/v1/pipelines/1/board")["stages"][0]["deals"][0]["id"]
    page.goto(f"{own_service.address}/deals/{number}")
    page.get_by_role("link", name="Change the organization").click()
    page.get_by_label("Find an organization").press_sequentially("Nye <Rør> AS")
    page.get_by_role("button", name="New: “Nye <Rør> AS”").click()
    expect(page.get_by_role("link", name="Nye <Rør> AS")).to_be_visible()
    assert deal_of(own_service, number)["org_id"] is not None


def test_whom_a_lead_is_about_is_changed_without_a_script(browsing: Browsing) -> None:
    lead_id = browsing.lead("Bathroom")
    address = f"/leads/{lead_id}"
    found = browsing.added("/api/v2/organizations", name="Rør AS")["id"]
    assert f'href="{address}/organization"' in browsing.page(address)
    page = browsing.page(f"{address}/organization?term=rør")
    assert f'name="organization_id" value="{found}"' in page
    seen = seen_on(page)
    assert browsing.send(f"{address}/organization", form="link", seen=seen, organization_id=found) == address
    assert browsing.told(f"/v1{address}")["organization_id"] == found
    assert "Rør AS" in browsing.page(address)
    assert browsing.send(f"{address}/person", form="link", person_id="") == address
    assert browsing.told(f"/v1{address}")["person_id"] is None
    assert 'role="alert"' in browsing.send(f"{address}/organization", status=409, form="link", organization_id="")
    assert 'role="alert"' in browsing.send(f"{address}/person", status=400, form="link", person_id="x")


def test_nobody_is_added_where_somebody_else_was_faster(browsing: Browsing) -> None:
    deal_id = browsing.added("/api/v2/deals", title="Attic")["id"]
    address = f"/deals/{deal_id}/person"
    seen = seen_on(browsing.page(address))
    assert browsing.send(address, form="link", seen=seen, name="Kari <b>") == f"/deals/{deal_id}"
    assert "Kari &lt;b&gt;" in browsing.page(f"/deals/{deal_id}")
    assert 'role="alert"' in browsing.send(address, status=412, form="link", seen=seen, name="Ola")
    assert [person["name"] for person in browsing.told("/api/v2/persons")] == ["Kari <b>"]
    for elsewhere in ("/deals/9/person", f"/deals/{deal_id}/dog", f"/leads/{'0' * 8}-0000-4000-8000-{'0' * 12}/person"):
        browsing.page(elsewhere, status=404)


def seen_on(page: str) -> str:
    """The entity tag that a form bears."""
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    return seen[1].replace("&#34;", '"')
