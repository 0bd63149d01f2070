"""The list of deals is filtered, sorted, paged and added up, and tells the names of whom each deal is about."""

from __future__ import annotations

from typing import Any

from tests.service.http.ledger.conftest import Company


def told(company: Company, **query: Any) -> list[int]:
    """The ids of all deals, page by page, which are as many as their totals say."""
    found: list[int] = []
    cursor: str | None = None
    while cursor is not None or not found:
        page = company.get("/deals", limit=2, **query, **({"cursor": cursor} if cursor else {}))
        found += [deal["id"] for deal in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    only = {name: value for name, value in query.items() if name != "sort"}
    assert company.get("/deals/totals", **only)["count"] == len(found)
    return found


def test_deals_are_listed_in_any_order_by_pages_and_added_up(company: Company) -> None:
    small = company.deal("Small", value=1.5, currency="NOK", expected_close_date="2100-03-01")
    none = company.deal("No value", stage_id=2, label_ids=[3])
    large = company.deal("Large", value=200, currency="EUR", person_id=2, expected_close_date="2100-02-01")
    company.wait(days=1)
    company.client.patch(f"/api/v2/deals/{small}", json={"status": "won"})
    archived = company.deal("Archived")
    company.client.patch(f"/api/v2/deals/{archived}", json={"is_archived": True})

    assert told(company) == [large, none, small]
    assert told(company, sort="added") == [small, none, large]
    assert told(company, sort="-value") == [large, small, none]
    assert told(company, sort="closes") == [large, small, none]
    assert told(company, sort="-updated")[0] == small
    assert told(company, status="open", sort="in_stage") == [none, large]
    assert told(company, person_id=2) == told(company, closes_until="2100-02-28") == [large]
    assert told(company, stage_id=2, pipeline_id=1, label_id=3) == [none]
    assert told(company, owner_id=9) == []
    assert company.get("/deals/totals") == {
        "count": 3,
        "totals": [{"currency": "EUR", "count": 1, "sum": 200}, {"currency": "NOK", "count": 1, "sum": 1.5}],
    }
    [first] = company.get("/deals", person_id=2)["items"]
    assert (first["person"], first["value"]) == (
        {"id": 2, "name": "Ola Hansen"},
        {"amount": 200, "currency": "EUR"},
    )
