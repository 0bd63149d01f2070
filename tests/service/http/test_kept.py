"""What a worker keeps of what it rendered never shows: not after changes, erasures and rebuilds, and to nobody else."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aggregates.refusals import Refusal
from projections import inbox
from projections.deals import DEALS
from projections.engine.rows import find_versions
from projections.versions import versions_of
from service.http.kept import MOST_HELD, Kept, Store, install
from service.ledger.ledger import Origin
from service.log.standing import Rewriting, Standing
from service.maintenance.replay import rebuild
from service.privacy.erasure import erase
from service.privacy.subjects import Subject
from tests.benchmarks.details import NUMBERS
from tests.databases import Databases
from tests.generated import fill
from tests.service.http.opportunities import a_colleague, a_deal, a_person, ask
from tests.service.serving import client_of, founded, ledger_of, serving

KINDS = ("deals", "persons", "organizations", "activities")
LISTS = (
    *(f"/v1/{kind}?limit=20" for kind in (*KINDS, "leads", "notes", "stages", "pipelines")),
    *(f"/v1/{kind}?limit=20&start=5" for kind in KINDS),
    *("/v1/deals?sort=title%20DESC&limit=7", "/v1/organizations/1/deals", "/v1/deals?status=deleted"),
    *(f"/api/v2/{kind}?limit=20" for kind in (*KINDS, "stages", "pipelines")),
    *(f"/api/v2/{kind}?limit=20&include_fields={numbers}" for kind, numbers in NUMBERS.items()),
    *(f"/api/v2/{kind}?limit=9&sort_by=update_time&sort_direction=desc" for kind in KINDS),
    *(f"/api/ledger/v1/inbox?limit=20&sort={order}" for order in ("-added", "updated", "value")),
    *(f"/api/ledger/v1/pipelines/1/{deals}limit=5" for deals in ("board?", "deals?stage_id=1&")),
)
SEEDS, STEPS, ASKED = (0,), 8, 8
SMALL = 60_000
"""Bytes: a few pages, so that what is kept has to go all the time."""


class Company:
    """A company whose data changes at random; other workers than the one that changes it show its lists."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.ledger, self.client, self.random = ledger_of(app), client_of(app), Random(seed)
        fill(self.ledger, 250, seed)

    def change(self, step: int) -> None:
        """Let something happen to some of it."""
        things = (self._work, self._rename, self._hide, self._erase, self._rebuild)
        self.random.choices(things, (5, 5, 2, 4, 1))[0](step)

    def _work(self, step: int) -> None:
        fill(self.ledger, 20, self.random.randrange(10**6))

    def _rename(self, step: int) -> None:
        kind = self.random.choice(("persons", "organizations", "stages", "pipelines"))
        number = 1 if kind == "pipelines" else self.random.randint(1, 5)
        self.client.patch(f"/api/v2/{kind}/{number}", json={"name": f"Name {step}"})

    def _hide(self, step: int) -> None:
        kind = self.random.choice(("persons", "organizations", "deals"))
        facts = {"visible_to": self.random.choice((1, 3))}
        self.client.patch(f"/api/v2/{kind}/{self.random.randint(1, 6)}", json=facts)

    def _rebuild(self, step: int) -> None:
        rebuild(self.ledger, lambda _: None)

    def _erase(self, step: int) -> None:
        subject = Subject(self.random.choice(("person", "organization", "deal", "note")), self.random.randint(1, 6))
        origin = Origin(1, f"erase-{step}", "tests", reason="asked for")
        try:
            erase(self.ledger, origin, subject, "GDPR Art. 17(1)(b)")
        except Refusal:
            return  # it was erased before


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_lists_show_the_same_bytes_however_much_of_them_is_kept(databases: Databases, seed: int) -> None:
    with (
        databases.fresh(founded) as url,
        serving(url) as changing,
        serving(url) as much,
        serving(url) as little,
        serving(url) as nothing,
    ):
        company, random = Company(changing, seed), Random(seed)
        _, colleague = a_colleague(changing)
        token = colleague.environ_base["HTTP_X_API_TOKEN"]
        install(little, Kept(SMALL))
        for step in range(STEPS):
            company.change(step)
            for path in random.sample(LISTS, ASKED):
                moment = random.randint(200, company.ledger.event_log.max_notification_id() or 0)
                asked = f"{path}&as_of={moment}" if "?" in path and random.random() < 0.3 else path
                for bearer in (company.client.environ_base["HTTP_X_API_TOKEN"], token):
                    install(nothing, Kept())
                    told = [client_of(app, bearer).get(asked) for app in (nothing, much, little)]
                    assert told[0].status_code == 200, (step, asked, told[0].text)
                    assert told[0].data == told[1].data == told[2].data, (step, asked)


@pytest.mark.parametrize(
    "path", ["/api/v2/persons", "/v1/persons", "/v1/deals", "/api/v2/deals", "/api/ledger/v1/pipelines/1/board"]
)
def test_nothing_that_was_erased_is_shown_by_another_worker(databases: Databases, path: str) -> None:
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        client = client_of(one)
        deal = ask(client, "POST", "/api/v2/deals", {"title": "Hemmelig", "person_id": a_person(client, "Hemmelig")})
        position = ledger_of(one).event_log.max_notification_id()
        workers = [client_of(app) for app in (one, other)]
        before = f"{path}?as_of={position}"
        assert all("Hemmelig" in worker.get(before).text for worker in workers)
        grounds = {"reason": "Asked for it", "legal_basis": "GDPR Art. 17(1)(b)"}
        for erased in (f"deals/{deal['id']}", f"persons/{deal['person_id']}"):
            assert client.post(f"/api/ledger/v1/{erased}/erase", json=grounds).status_code in (200, 202)
        for worker in workers:
            shown = worker.get(before)
            assert shown.status_code == 200
            assert "Hemmelig" not in shown.text


def test_what_was_rendered_before_is_not_made_again(client: FlaskClient, app: Flask) -> None:
    for number in range(3):
        a_deal(client, f"Pumps {number}")
    store = _store(app, client)
    client.get("/v1/deals")
    size = store.size
    client.patch("/api/v2/deals/1", json={"title": "Boiler"})
    assert size > 0
    client.get("/v1/deals")
    assert size * 7 / 6 < store.size < size * 3 / 2


def test_a_row_is_read_as_a_page_told_of_it_though_it_has_changed_since_and_is_hidden(
    app: Flask, client: FlaskClient
) -> None:
    colleague_id, _ = a_colleague(app)
    deal_id, other = a_deal(client, "Pumps"), a_deal(client, "Boiler")
    with ledger_of(app).reading(viewer=colleague_id) as reading:
        begun = {number: position for _, number, position, *_ in versions_of(reading, {"deal": [deal_id, other]})}
        ask(client, "PATCH", f"/api/v2/deals/{deal_id}", {"title": "Valves", "visible_to": 1})
        found = find_versions(reading, DEALS, begun)
    assert {number: row["title"] for number, row in found.items()} == {deal_id: "Pumps", other: "Boiler"}


def test_a_store_keeps_what_was_asked_for_last_and_no_more_than_it_may() -> None:
    store = Store(10_000)
    for number in range(1000):
        store.keep(("thing", number), number, 100)
        assert store.get(("thing", 0)) == 0
        assert store.size <= 10_000
    assert store.get(("thing", 1)) is None
    assert store.get(("thing", 999)) == 999


def test_what_is_kept_in_the_place_of_something_counts_once() -> None:
    store = Store(10_000)
    store.keep(("other", 1), "other", 100)
    for _ in range(1000):
        store.keep(("thing", 1), "thing", 100)
    assert store.get(("other", 1)) == "other"


def test_an_item_of_the_past_is_kept_for_all_moments_at_which_the_names_in_it_were_the_same(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up, look_up, hosts, kept = list[str](), inbox.whole_leads, map("{}.example".format, count()), Kept()

    def look_up_and_tell(*asked: Any) -> Any:
        found = look_up(*asked)
        looked_up.extend(whole.version.title for whole in found.values())
        return found

    def names(position: int, kept: Kept) -> tuple[str, str]:
        install(app, kept)  # and no answer is known by this host
        answer = client.get(f"/api/ledger/v1/inbox?as_of={position}", headers={"Host": next(hosts)}).get_json()
        [pumps] = [item for item in answer["items"] if item["title"] == "Pumps"]
        return pumps["person"]["name"], pumps["organization"]["name"]

    contacts = {kind: ask(client, "POST", f"/api/v2/{kind}", {"name": kind})["id"] for kind in KINDS[1:3]}
    person, organization = contacts.values()
    ask(client, "POST", "/v1/leads", {"title": "Pumps", "person_id": person, "organization_id": organization})
    first, renamed = _end(app), ("persons", "organizations", "organizations", "persons", "organizations")
    for number, kind in enumerate(renamed):
        ask(client, "POST", "/v1/leads", {"title": "Boiler", "person_id": person})
        ask(client, "PATCH", f"/api/v2/{kind}/{contacts[kind]}", {"name": f"Name {number}"})
    ask(client, "POST", "/v1/leads", {"title": "Boiler", "person_id": person})
    positions = range(first, _end(app) + 1)
    told = {position: names(position, Kept()) for position in positions}
    assert len(set(told.values())) == 1 + len(renamed)

    monkeypatch.setattr("service.http.ledger.inbox.whole_leads", look_up_and_tell)
    assert {position: names(position, kept) for position in positions} == told
    assert looked_up.count("Pumps") == 1 + len(renamed)
    assert {position: names(position, kept) for position in reversed(positions)} == told
    assert looked_up.count("Pumps") == 1 + 2 * len(renamed)
    for position in Random(0).sample(positions, len(positions)):
        assert names(position, kept) == told[position], position


def test_what_was_found_to_hold_does_so_while_the_log_stands_still_and_no_longer() -> None:
    store, stands = Store(SMALL), Standing(7, "2026-01-05T08:00:00.000000Z", "{}", 1)
    [deals] = store.held_at(stands, ["deal"])
    deals[1] = "a deal"
    assert store.held_at(stands, ["deal", "person"]) == [{1: "a deal"}, {}]
    assert store.held_at(stands._replace(position=8), ["deal"]) == [{}]


def test_what_was_found_to_hold_is_dropped_where_it_is_too_much() -> None:
    store, stands = Store(SMALL), Standing(7, "2026-01-05T08:00:00.000000Z", "{}", 1)
    [deals] = store.held_at(stands, ["deal"])
    deals.update(dict.fromkeys(range(MOST_HELD + 1), "a deal"))
    assert store.held_at(stands, ["deal"]) == [{}]


def test_whoever_began_before_an_erasure_leaves_nothing_behind_it() -> None:
    kept, before, after = Kept(), Rewriting(0, 1), Rewriting(1, 1)
    late = kept.at(before)
    kept.at(after).keep(("thing", 2), "new", 1)
    late.keep(("thing", 1), "old", 1)
    assert kept.at(after).get(("thing", 1)) is None
    assert kept.at(after).get(("thing", 2)) == "new"
    assert kept.at(before).get(("thing", 1)) is None


def _end(app: Flask) -> int:
    return ledger_of(app).event_log.max_notification_id() or 0


def _store(app: Flask, client: FlaskClient) -> Store:
    """The store of a worker that was asked before."""
    client.get("/v1/deals?start=99")
    kept: Kept = app.extensions["kept"]
    found = vars(kept)["_current"]
    assert isinstance(found[1], Store)
    return found[1]
