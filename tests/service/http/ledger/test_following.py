"""What a user follows, over our own interface."""

from __future__ import annotations

from tests.service.http.ledger.conftest import OURS, Company

MINE = "/users/1/following"


def follow(company: Company, things: str, key: int, user_id: int = 1) -> None:
    assert company.client.post(f"/api/v2/{things}/{key}/followers", json={"user_id": user_id}).status_code == 201


def test_what_a_user_follows_is_listed_by_name_and_what_was_followed_first_comes_first(company: Company) -> None:
    deal, person = company.deal("Boiler"), company.post("/api/v2/persons", name="Kari")["data"]["id"]
    organization = company.post("/api/v2/organizations", name="Rør AS")["data"]["id"]
    assert company.get(MINE) == {"items": [], "next_cursor": None}
    for things, key in (("organizations", organization), ("deals", deal), ("persons", person)):
        follow(company, things, key)
    items = company.get(MINE)["items"]
    assert [(each["kind"], each["id"], each["name"]) for each in items] == [
        ("organization", organization, "Rør AS"),
        ("deal", deal, "Boiler"),
        ("person", person, "Kari"),
    ]
    assert {each["since"] for each in items} == {"2100-01-04T08:00:00.000000Z"}


def test_what_a_user_followed_once_is_there_as_of_that_moment(company: Company) -> None:
    deal = company.deal("Boiler")
    follow(company, "deals", deal)
    end = company.get("/events", limit=500)["items"][-1]["position"]
    company.client.delete(f"/api/v2/deals/{deal}/followers/1")
    assert company.get(MINE)["items"] == []
    assert [each["name"] for each in company.get(MINE, as_of=end)["items"]] == ["Boiler"]


def test_what_is_followed_comes_in_pages(company: Company) -> None:
    deals = [company.deal(f"Boiler {number}") for number in range(3)]
    for deal in deals:
        follow(company, "deals", deal)
    first = company.get(MINE, limit=2)
    rest = company.get(MINE, limit=2, cursor=first["next_cursor"])
    assert [each["id"] for each in (*first["items"], *rest["items"])] == deals
    assert rest["next_cursor"] is None


def test_nobody_has_a_list_who_does_not_work_here(company: Company) -> None:
    answer = company.client.get(f"{OURS}/users/99/following")
    assert (answer.status_code, answer.get_json()["detail"]) == (404, "there is no such user")
