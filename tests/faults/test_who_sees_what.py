"""Whoever asks is answered what an administrator is, less what is hidden: lists, counts, sums, events, the past."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.faults.trial import Figures
from tests.service.keeping import ADMIN, AUDITOR, CONTACTS, FORMS, OURS, SELLERS, Colleagues, Kept
from tests.service.serving import founded, serving
from tests.service.whole import check_whole

STEPS = 60
EVERYBODY = (ADMIN, *SELLERS, AUDITOR)
LISTS = {
    "/v1/leads": "lead",
    "/v1/leads/archived": "lead",
    "/api/v2/deals": "deal",
    "/api/v2/deals?status=open": "deal",
    "/api/v2/deals?status=deleted": "deal",
    "/api/v2/persons": "person",
    "/api/v2/organizations": "organization",
    "/v1/notes": "",
    "/api/v2/activities": "",
}
FIRST_VERSION = {"/v1/deals": "deal", "/v1/persons": "person", "/v1/organizations": "organization"}
SEARCHES = {
    "/v1/leads/search?term=Boiler": "lead",
    "/api/v2/leads/search?term=Boiler": "lead",
    "/api/v2/deals/search?term=Boiler": "deal",
    "/api/v2/persons/search?term=person": "person",
    "/api/v2/organizations/search?term=organization": "organization",
}
LINKS = {"lead_id": "lead", "deal_id": "deal", "person_id": "person", "org_id": "organization"}

Item = dict[str, Any]


class Look:
    """What one user is answered, and what an administrator is, at one moment."""

    def __init__(self, colleagues: Colleagues, user_id: int, position: int | None) -> None:
        self.all, self.user_id, self.position = colleagues, user_id, position

    def ask(self, path: str, user_id: int | None = None) -> Any:
        """What the user, or another one, is answered."""
        joint = "&" if "?" in path else "?"
        path += "" if self.position is None else f"{joint}as_of={self.position}"
        answer = self.all.clients[self.user_id if user_id is None else user_id].get(path)
        return json.loads(answer.data, parse_float=Decimal) if answer.status_code == 200 else answer.status_code

    def whole(self, path: str) -> Any:
        """What the administrator is answered."""
        return self.ask(path, ADMIN)

    def sees(self, kind: str, number: Any) -> bool:
        return self.all.sees(self.user_id, kind, number)

    def shows(self, item: Item, kind: str) -> bool:
        """Whether an item of a list may be seen: a thing of a kind, or what is linked to several."""
        if kind:
            return self.sees(kind, item["id"])
        return all(self.sees(linked, item[name]) for name, linked in LINKS.items())

    def masked(self, item: Item) -> Item:
        """An item without the names of contacts that are hidden."""
        names = {kind: item[kind] for kind in CONTACTS if item[kind] is not None}
        return item | {
            kind: {**named, "name": named["name"] if self.sees(kind, named["id"]) else None}
            for kind, named in names.items()
        }

    def check_lists(self) -> None:
        for path, kind in LISTS.items():
            ask = f"{path}{'&' if '?' in path else '?'}limit=500"
            expected = [item for item in self.whole(ask)["data"] if self.shows(item, kind)]
            found = self.ask(ask)["data"]
            for item in (*expected, *found):
                for name in ("next_activity_id", "user"):  # which is to be seen next, and whether that is you
                    item.pop(name, None)
            assert found == expected, path
        for path, kind in FIRST_VERSION.items():
            ids = [item["id"] for item in self.whole(f"{path}?limit=500")["data"] if self.shows(item, kind)]
            assert [item["id"] for item in self.ask(f"{path}?limit=500")["data"]] == ids, path
        for path, kind in SEARCHES.items():
            hits = [each["item"] for each in self.whole(f"{path}&limit=500")["data"]["items"]]
            expected = [hit["id"] for hit in hits if self.shows(hit, kind)]
            assert [each["item"]["id"] for each in self.ask(f"{path}&limit=500")["data"]["items"]] == expected, path

    def check_inbox_and_board(self) -> None:
        leads = self.whole(f"{OURS}/inbox?limit=100")["items"]
        seen = [self.masked(lead) for lead in leads if self.sees("lead", lead["id"])]
        assert self.ask(f"{OURS}/inbox?limit=100")["items"] == seen
        asked = f"{OURS}/pipelines/1/board?limit=100"
        for stage, found in zip(self.whole(asked)["stages"], self.ask(asked)["stages"], strict=True):
            assert added_up(stage, stage["deals"]) == stage["totals"], "the sums are not understood"
            deals = [self.masked(deal) for deal in stage["deals"] if self.sees("deal", deal["id"])]
            assert found["deals"] == deals
            assert found["count"] == len(deals)
            assert found["totals"] == added_up(stage, deals)

    def check_pages(self) -> None:
        for path in ("/api/v2/deals?status=open,won,lost,deleted", f"{OURS}/inbox?sort=updated"):
            ids, cursor = list[Any](), None
            while True:
                answer = self.ask(f"{path}&limit=2{f'&cursor={cursor}' if cursor else ''}")
                items = answer.get("data", answer.get("items"))
                cursor = answer.get("additional_data", answer)["next_cursor"]
                ids += [item["id"] for item in items]
                if cursor is None:
                    break
                assert len(items) == 2, "a page is short though another follows"
            answer = self.ask(f"{path}&limit=100")
            assert ids == [item["id"] for item in answer.get("data", answer.get("items"))]

    def check_counts(self) -> None:
        deals = [deal for deal in self.whole("/api/v2/deals?limit=500")["data"] if self.shows(deal, "deal")]
        notes = [note for note in self.whole("/v1/notes?limit=500")["data"] if self.shows(note, "")]
        to_do = [each for each in self.whole("/api/v2/activities?limit=500")["data"] if self.shows(each, "")]
        for kind, link in (("person", "person_id"), ("organization", "org_id")):
            words = "open_deals_count,won_deals_count,notes_count,activities_count"
            for item in self.ask(f"/api/v2/{kind}s?limit=500&include_fields={words}")["data"]:
                theirs = Counter(deal["status"] for deal in deals if deal[link] == item["id"])
                assert (item["open_deals_count"], item["won_deals_count"]) == (theirs["open"], theirs["won"])
                assert item["notes_count"] == sum(note[link] == item["id"] for note in notes)
                assert item["activities_count"] == sum(each[link] == item["id"] for each in to_do)
        total = self.ask(f"{OURS}/insights")["total"]["leads_in"]
        begun = {event["stream_id"] for event in events(self.all, ADMIN) if began_as_lead(event, self.position)}
        assert total == sum(self.sees("lead", lead_id) for lead_id in begun)

    def check_things(self) -> None:
        hidden = hidden_positions(self.all, self.user_id)
        for thing in self.all.kept:
            for kind, number in thing.ids.items():
                asked = f"{OURS}/timeline?{kind}_id={number}&limit=100"
                whole, found = self.whole(asked), self.ask(asked)
                if thing.lets(self.user_id) and whole != 404:
                    items = [item for item in whole["items"] if item["position"] not in hidden]
                    assert found["items"] == items, thing
                else:
                    assert found == 404, thing
                if kind in FORMS:
                    asked = f"{OURS}/opportunities?{kind}_id={number}"
                    assert self.ask(asked) == (self.whole(asked) if thing.lets(self.user_id) else 404), thing

    def check_now(self) -> None:
        """What is asked of now, or of the whole log, only."""
        for thing in self.all.kept:
            if thing.form != "deleted":
                found = self.ask(thing.path)
                assert (found != 404) == thing.lets(self.user_id), thing
                users = self.whole(f"/v1/{thing.form}s/{thing.ids[thing.form]}/permittedUsers")["data"]
                assert users == [user_id for user_id in EVERYBODY if thing.lets(user_id)], thing
        hidden, whole = hidden_positions(self.all, self.user_id), events(self.all, ADMIN)
        seen = [item if item["position"] not in hidden else None for item in whole]
        gaps = [None if item["event"] == "Hidden" else item for item in events(self.all, self.user_id)]
        assert gaps == seen
        asked = f"{OURS}/diff?from=1&limit=100"
        expected = [item for item in self.whole(asked)["items"] if self.sees(item["kind"], item["id"])]
        assert self.ask(asked)["items"] == expected


def added_up(stage: Mapping[str, Any], deals: list[Item]) -> list[Item]:
    """What deals of a stage add up to, as a board tells it."""
    totals: dict[str, Item] = {}
    for deal in deals:
        if (worth := deal["value"]) is not None:
            nothing = {"currency": worth["currency"], "count": 0, "sum": 0, "weighted_sum": 0}
            total = totals.setdefault(worth["currency"], nothing)
            percent = stage["probability"] if deal["probability"] is None else deal["probability"]
            total["count"] += 1
            total["sum"] += worth["amount"]
            total["weighted_sum"] += Decimal(worth["amount"]) * percent / 100
    return [totals[currency] for currency in sorted(totals)]


def events(colleagues: Colleagues, user_id: int) -> list[Item]:
    """The whole feed."""
    items: list[Item] = []
    after = 0
    while after < colleagues.length:
        answer = colleagues.clients[user_id].get(f"{OURS}/events?limit=500&after={after}")
        found = json.loads(answer.data)
        items += found["items"]
        after = found["next"]
    assert [item["position"] for item in items] == list(range(1, colleagues.length + 1))
    return items


def began_as_lead(event: Item, position: int | None) -> bool:
    is_told = position is None or event["position"] <= position
    return is_told and event["event"] == "LeadCreated" and event["data"]["deal_id"] is None


def hidden_positions(colleagues: Colleagues, user_id: int) -> set[int]:
    """Where the log tells of what a user may not see, by what the events say."""
    told = _Told(colleagues)
    items = [(item["position"], list(told.of(item))) for item in events(colleagues, ADMIN)]
    return {position for position, things in items if not all(thing.lets(user_id) for thing in things)}


class _Told:
    """What the events that it is given one by one are about."""

    def __init__(self, colleagues: Colleagues) -> None:
        self.colleagues = colleagues
        self.opportunities: dict[str, Kept] = {}
        self.links: dict[str, Item] = {}

    def of(self, item: Item) -> Iterator[Kept]:
        """The things that an event is about, or that what it is about hangs on, before and since."""
        name, data = item["event"], item["data"]
        if name.startswith(("Note", "Activity", "Follower")) and not name.startswith("ActivityType"):
            yield from self._linked(item["stream_id"], data.get("changes", data))
        elif name.startswith("Lead") and not name.startswith(("LeadLabel", "LeadSource")):
            yield self._opportunity(self.colleagues.thing("lead", item["stream_id"]), data)
        elif name.startswith("Deal"):
            yield self._opportunity(self.colleagues.thing("deal", data["deal_id"]), data)
        elif name.startswith(("Person", "Organization")):
            kind = "person" if name.startswith("Person") else "organization"
            yield self.colleagues.thing(kind, data[f"{kind}_id"])

    def _opportunity(self, thing: Kept, data: Item) -> Kept:
        if "opportunity_id" in data:
            self.opportunities[data["opportunity_id"]] = thing
        return thing

    def _linked(self, stream_id: str, told: Item) -> Iterator[Kept]:
        before = self.links.get(stream_id, {})
        if people := told.get("participants"):
            told = {**told, "person_id": people[0]["person_id"]}
        names = ("person_id", "organization_id", "opportunity_id")
        after = before | {name: told[name] for name in names if name in told}
        self.links[stream_id] = after
        for links in (before, after):
            for kind in CONTACTS:
                if (number := links.get(f"{kind}_id")) is not None:
                    yield self.colleagues.thing(kind, number)
            if (opportunity_id := links.get("opportunity_id")) is not None:
                yield self.opportunities[opportunity_id]


@pytest.mark.slow
def test_each_user_is_answered_what_an_administrator_is_less_what_is_hidden(
    databases: Databases, rounds: Rounds, figures: Figures
) -> None:
    for seed in rounds(1):
        with databases.fresh(founded) as url, serving(url) as app:
            colleagues = Colleagues(app, seed)
            colleagues.work(STEPS)
            past = colleagues.random.randrange(20, colleagues.length)
            for user_id in (*SELLERS, AUDITOR):
                for position in (None, past):
                    look = Look(colleagues, user_id, position)
                    look.check_lists()
                    look.check_inbox_and_board()
                    look.check_pages()
                    look.check_counts()
                    look.check_things()
                Look(colleagues, user_id, None).check_now()
            figures["hidden"] = figures.get("hidden", 0) + sum(thing.level == 1 for thing in colleagues.kept)
            check_whole(app)
