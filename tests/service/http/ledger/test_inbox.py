"""The inbox shows what waits, in any order, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from projections.inbox import ORDERS
from service.http import cursors
from tests.service.http.ledger.conftest import OURS, Company


def titles(page: Any) -> list[str]:
    return [lead["title"] for lead in page["items"]]


def pages(company: Company, path: str, **query: Any) -> list[list[str]]:
    """The titles of all pages of a list."""
    found = [company.get(path, **query)]
    while found[-1]["next_cursor"]:
        found.append(company.get(path, **query, cursor=found[-1]["next_cursor"]))
    return [titles(page) for page in found]


def test_a_lead_is_shown_with_whom_it_is_about_and_how_old_it_is(company: Company) -> None:
    organization = company.post("/api/v2/organizations", name="Rør og Varme AS")["data"]["id"]
    label = company.post("/v1/leadLabels", name="Hottest", color="red")["data"]["id"]
    value = {"amount": 1234.5, "currency": "NOK"}
    lead_id = company.lead("Bathroom", organization_id=organization, label_ids=[label], value=value)
    company.lead("Kitchen", person_id=2)
    company.wait(days=3, hours=1)
    kitchen, bathroom = company.get("/inbox")["items"]
    assert bathroom == {
        "id": lead_id,
        "title": "Bathroom",
        "person": {"id": 1, "name": "Kari Nordmann"},
        "organization": {"id": organization, "name": "Rør og Varme AS"},
        "owner": {"id": 1, "name": "Administrator"},
        "source": "API",
        "labels": [{"id": label, "name": "Hottest", "color": "red"}],
        "value": value,
        "age": 3,
        "was_seen": False,
        "readiness": "ready",
        "expected_close_date": None,
        "add_time": "2100-01-04T08:00:00.000000Z",
        "update_time": "2100-01-04T08:00:00.000000Z",
    }
    assert (kitchen["organization"], kitchen["labels"], kitchen["value"]) == (None, [], None)


def test_what_is_archived_deleted_or_a_deal_waits_no_longer(company: Company) -> None:
    kept, archived, deleted, converted = (company.lead(title) for title in ("Kept", "Aside", "Gone", "Sold"))
    company.client.patch(f"/v1/leads/{archived}", json={"is_archived": True})
    company.client.delete(f"/v1/leads/{deleted}")
    company.post(f"{OURS}/leads/{converted}/convert")
    assert [lead["id"] for lead in company.get("/inbox")["items"]] == [kept]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("added", [["A", "B"], ["C", "D"], ["E"]]),
        ("-added", [["E", "D"], ["C", "B"], ["A"]]),
        ("updated", [["B", "C"], ["D", "E"], ["A"]]),
        ("-updated", [["A", "E"], ["D", "C"], ["B"]]),
        ("value", [["D", "E"], ["B", "C"], ["A"]]),
        ("-value", [["A", "C"], ["B", "E"], ["D"]]),
    ],
)
def test_every_order_goes_on_from_page_to_page(company: Company, sort: str, expected: list[list[str]]) -> None:
    amounts = {"A": 300, "B": 200, "C": 200, "D": None, "E": None}
    ids = [
        company.lead(title, value=amount and {"amount": amount, "currency": "NOK"}) for title, amount in amounts.items()
    ]
    company.client.patch(f"/v1/leads/{ids[0]}", json={"was_seen": True})
    assert pages(company, "/inbox", sort=sort, limit=2) == expected


def test_each_filter_leaves_out_what_does_not_match(company: Company) -> None:
    organization = company.post("/api/v2/organizations", name="Rør og Varme AS")["data"]["id"]
    label = company.post("/v1/leadLabels", name="Hottest", color="red")["data"]["id"]
    company.lead("Plain")
    seen = company.lead("Special", person_id=2, organization_id=organization, label_ids=[label])
    company.client.patch(f"/v1/leads/{seen}", json={"was_seen": True})
    for query in (
        {"person_id": 2},
        {"organization_id": organization},
        {"label_id": label},
        {"was_seen": "true"},
        {"person_id": 2, "label_id": label, "was_seen": "true", "owner_id": 1, "source": "API"},
    ):
        assert pages(company, "/inbox", **query) == [["Special"]], query
    assert pages(company, "/inbox", was_seen="false") == [["Plain"]]
    for nothing in ({"owner_id": 99}, {"source": "Chatbot"}, {"label_id": seen}):
        assert pages(company, "/inbox", **nothing) == [[]], nothing


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": "many"},
        {"sort": "title"},
        {"owner_id": "x"},
        {"label_id": "7"},
        {"was_seen": "perhaps"},
        {"colour": "red"},
        {"source": "a\x00b"},
        {"cursor": "x" * 501},
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_the_field_and_the_reason(
    company: Company, query: dict[str, Any]
) -> None:
    answer = company.client.get(f"{OURS}/inbox", query_string=query)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["title"] == "Bad Request"


def test_a_cursor_that_is_garbage_altered_or_another_lists_is_refused(company: Company) -> None:
    company.lead("A")
    company.lead("B")
    given = company.get("/inbox", limit=1)["next_cursor"]
    altered = given[:-1] + ("A" if given[-1] != "A" else "B")
    others = [
        company.get("/inbox", limit=1, sort="value")["next_cursor"],
        company.get("/timeline", person_id=1, limit=1)["next_cursor"],
        cursors.encode(14),
        cursors.encode("inbox", "-added", "14"),
        cursors.encode("inbox", "-added", True),
        cursors.encode("inbox", "-added", 2**63),
        cursors.encode("inbox", "-added", 1, 2),
    ]
    assert titles(company.get("/inbox", cursor=given)) == ["A"]
    for cursor in ("", "%", "garbage", "é", given[:-4], given + "A", altered, *others):
        answer = company.client.get(f"{OURS}/inbox", query_string={"cursor": cursor})
        assert answer.status_code == 400, cursor
        assert "cursor" in answer.text


def test_without_a_token_nothing_is_shown(company: Company) -> None:
    answer = company.client.get(f"{OURS}/inbox", headers={"x-api-token": "wrong"})
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["status"] == 401


def test_a_term_is_found_in_titles_and_in_the_names_of_contacts_in_any_spelling(company: Company) -> None:
    organization = company.post("/api/v2/organizations", name="Rør og Varme AS")["data"]["id"]
    company.lead("Rørskift")
    company.lead("Kitchen", organization_id=organization)
    company.lead("Kari's bathroom")
    company.lead("Cellar", person_id=2)
    assert pages(company, "/inbox", term="RØR", limit=1) == [["Kitchen"], ["Rørskift"]]
    assert pages(company, "/inbox", term="kari", sort="added")[0][0] == "Rørskift"
    assert pages(company, "/inbox", term="rør", organization_id=organization) == [["Kitchen"]]
    before = company.get("/inbox", term="cellar")["items"]
    company.wait(days=1)
    company.client.patch(f"/v1/leads/{before[0]['id']}", json={"title": "Attic"})
    assert pages(company, "/inbox", term="cellar") == [[]]
    assert company.get("/inbox", term="cellar", as_of=before[0]["add_time"])["items"][0]["title"] == "Cellar"


@pytest.mark.parametrize("sort", [sign + name for name in ORDERS for sign in ("", "-")])
def test_pages_of_a_term_are_what_they_were_whatever_became_of_the_leads(company: Company, sort: str) -> None:
    values = [{"amount": amount, "currency": "NOK"} for amount in (30, 10, 20, 50, 40)]
    renamed, archived, converted, *_ = (company.lead(f"Bath {value['amount']}", value=value) for value in values)
    before, moment = pages(company, "/inbox", term="bath", sort=sort, limit=2), company.now.isoformat()
    assert list(map(len, before)) == [2, 2, 1]
    company.wait(days=1)
    company.client.patch(f"/v1/leads/{renamed}", json={"title": "Attic"})
    company.client.patch(f"/v1/leads/{archived}", json={"is_archived": True})
    company.post(f"{OURS}/leads/{converted}/convert")
    company.lead("Bath of a later day")
    assert pages(company, "/inbox", term="bath", sort=sort, limit=2, as_of=moment) == before


def test_what_is_to_be_done_next_is_shown_to_whoever_asks_for_it(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.lead("Kitchen")
    for subject, due_date in (("Call again", "2100-02-02"), ("Call", "2100-02-01")):
        company.post("/api/v2/activities", subject=subject, due_date=due_date, lead_id=lead_id)
    kitchen, bathroom = company.get("/inbox", include_fields="next_activity")["items"]
    assert kitchen["next_activity"] is None
    assert (bathroom["next_activity"]["subject"], bathroom["next_activity"]["due_date"]) == ("Call", "2100-02-01")
    assert "next_activity" not in company.get("/inbox")["items"][0]
