"""Persons and organizations: lists that are searched, and all that is about one of them on an axis of time."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.pages.browsing import Browsing

CANARY = "<script>alert(1)</script>"


@pytest.fixture
def browsing(app: Flask) -> Browsing:
    """A browser without scripts."""
    return Browsing(app)


@pytest.mark.parametrize("kind", ["persons", "organizations"])
def test_contacts_are_listed_by_pages_and_found_by_a_term(browsing: Browsing, kind: str) -> None:
    assert "Nobody is here." in browsing.page(f"/{kind}")
    for number in range(51):
        browsing.added(f"/api/v2/{kind}", name=f"Rør {number}")
    assert browsing.page(f"/{kind}").count('scope="row"') == 50
    assert "cursor=" in browsing.page(f"/{kind}")
    found = browsing.page(f"/{kind}?term=RØR+50")
    assert (found.count('scope="row"'), "Rør 50" in found) == (1, True)


def test_all_that_is_about_a_contact_is_drawn_and_told_and_runs_no_script(browsing: Browsing) -> None:
    organization_id = browsing.added("/api/v2/organizations", name=f"Rør {CANARY}")["id"]
    assert "Nothing is known" in browsing.page(f"/organizations/{organization_id}")
    person_id = browsing.added("/api/v2/persons", name=f"Kari {CANARY}", org_id=organization_id)["id"]
    about = {"person_id": person_id, "organization_id": organization_id}
    lead_id = browsing.lead(f"Bathroom {CANARY}", **about)
    archived = browsing.lead("Kitchen", **about)
    browsing.send(f"/leads/{archived}", form="is_archived", is_archived="true")
    deal_id = browsing.added("/api/v2/deals", title="Attic", person_id=person_id, org_id=organization_id)["id"]
    browsing.send(f"/leads/{lead_id}/activities", form="activity", subject=f"Call {CANARY}", due_date="2100-01-01")
    browsing.added("/v1/notes", content=f"A note {CANARY}", person_id=person_id, org_id=organization_id)
    for address in (f"/persons/{person_id}", f"/organizations/{organization_id}"):
        page = browsing.page(address)
        assert "<svg" in page
        assert CANARY not in page
        for told in (f"/leads/{lead_id}", f"/leads/{archived}", f"/deals/{deal_id}", "archived", "A note &lt;script"):
            assert told in page, told
    assert "Call &lt;script" in browsing.page(f"/leads/{lead_id}")
