"""What is told to be different between two moments is how all rows of the two differ, found out the plain way."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from aggregates.money import in_words
from aggregates.policy import VERDICTS
from projections.deals import DEALS
from projections.differences import TOUCHING, touched
from projections.engine.rows import Row, rows_of
from projections.engine.validity import every_version, holding
from projections.leads import LEADS
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from service.http.ledger import diff
from service.ledger.ledger import Ledger
from service.log.history import events_between
from tests.databases import Databases
from tests.generated import Clock, fill
from tests.service.http.ledger.conftest import OURS
from tests.service.http.ledger.diffs import end_of, items
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import ends_of_commands

TABLES = {"lead": LEADS, "deal": DEALS, "person": PERSONS, "organization": ORGANIZATIONS}
UNTOLD = {
    *("valid_from", "valid_to", "bucket", "created_position", "edited_position", "update_time", "is_deleted"),
    *("amount", "currency"),  # they are told together, as the value
    *("title_folded", "name_folded", "name_start_folded", "emails_folded", "email_start_folded", "phones_folded"),
    "address_folded",
}
"""Columns that are not told as fields."""

GONE = "deal", "lead", "deleted"

Things = dict[tuple[str, Any], dict[str, Any]]
"""What things say, by kind and id; null is not said."""


def said(kind: str, row: Row) -> dict[str, Any]:
    """What a version says of a thing that is there; nothing where it is not."""
    if row.get("place") in GONE or row.get("is_deleted"):
        return {}
    facts = {name: value for name, value in row.items() if name not in UNTOLD and name != f"{kind}_id"}
    for name in {"label_ids", "follower_ids", "emails", "phones", "address"} & facts.keys():
        facts[name] = json.loads(facts[name] or "null")
    if "readiness" in facts:
        facts["readiness"] = VERDICTS[facts["readiness"]]
    if row.get("currency"):
        amount = json.loads(in_words(row["amount"], row["currency"]))
        facts["value"] = {"amount": amount, "currency": row["currency"]}
    return {name: value for name, value in facts.items() if value is not None}


class Past:
    """Every version of every thing, as the tables have them."""

    def __init__(self, ledger: Ledger) -> None:
        self.versions: dict[tuple[str, Any], list[tuple[int, dict[str, Any]]]] = {}
        with ledger.reading() as reading:
            for kind, table in TABLES.items():
                for row in rows_of(reading, select(table).where(every_version(table)).order_by(table.c.valid_from)):
                    versions = self.versions.setdefault((kind, row[f"{kind}_id"]), [])
                    versions.append((row["valid_from"], said(kind, row)))

    def at(self, position: int) -> Things:
        """All things that were there."""
        found = {thing: self._at(thing, position) for thing in self.versions}
        return {thing: facts for thing, facts in found.items() if facts}

    def _at(self, thing: tuple[str, Any], position: int) -> dict[str, Any]:
        return next((facts for began, facts in reversed(self.versions[thing]) if began <= position), {})

    def touched(self, thing: tuple[str, Any], since: int) -> int:
        """Where a thing was touched first behind a position."""
        return min(began for began, _ in self.versions[thing] if began > since)

    def made(self, thing: tuple[str, Any], field: str | None, until: int) -> int:
        """Where a field last became what it was at a position; without a field, where the thing came or went."""
        history = [(0, {}), *self.versions[thing]]
        steps = [(began, then, now) for (_, then), (began, now) in pairwise(history) if began <= until]
        if field is None:
            return max(began for began, then, now in steps if bool(then) != bool(now))
        return max(began for began, then, now in steps if then.get(field) != now.get(field))


def applied(things: Things, found: list[Any]) -> Things:
    """Things with the differences made to them."""
    made = {thing: dict(facts) for thing, facts in things.items()}
    for item in found:
        thing = item["kind"], item["id"]
        facts = made.setdefault(thing, {})
        for field in item["fields"]:
            assert facts.get(field["field"]) == field["before"]
            facts[field["field"]] = field["after"]
        made[thing] = {name: value for name, value in facts.items() if value is not None}
    return {thing: facts for thing, facts in made.items() if facts}


def check(client: FlaskClient, past: Past, since: int, until: int, limit: int) -> None:
    """Hold a whole answer against the plain way."""
    found = items(client, since, until, limit=limit)
    before, after = past.at(since), past.at(until)
    assert applied(before, found) == after
    differing = [thing for thing in before.keys() | after.keys() if before.get(thing) != after.get(thing)]
    in_order = sorted(differing, key=lambda thing: (past.touched(thing, since), thing[0]))
    assert [(item["kind"], item["id"]) for item in found] == in_order
    for item, thing in zip(found, in_order, strict=True):
        expected = "appeared" if thing not in before else "changed" if thing in after else "left"
        moved_at = None if expected == "changed" else past.made(thing, None, until)
        assert (item["what"], item["cause"] and item["cause"]["position"]) == (expected, moved_at)
        for field in item["fields"]:
            assert field["cause"]["position"] == past.made(thing, field["field"], until), (thing, field)


def stir(client: FlaskClient, seed: int) -> None:
    """A hundred things that people do over HTTP, some of which are refused, in any order."""
    chance = random.Random(seed)
    with ledger_of(client.application).reading() as reading:
        ids = {
            kind: list(
                reading.execute(
                    select(table.c[f"{kind}_id"]).where(every_version(table)).distinct().order_by(table.c[f"{kind}_id"])
                ).scalars()
            )
            for kind, table in TABLES.items()
        }
    for _ in range(100):
        lead, deal, person, organization = (chance.choice(ids[kind][:12]) for kind in TABLES)
        path = chance.choice([f"{OURS}/leads/{lead}", f"{OURS}/deals/{deal}"])
        name, word = f"Firma {chance.randrange(3)}", chance.choice(["revert", "convert"])
        method, path, body = chance.choice(
            [
                ("POST", f"{path}/signals", {"kind": "email_answered", "interest": chance.choice([True, False])}),
                ("POST", f"{path}/{word}", {"reason": "Just so"}),
                ("DELETE", f"/v1/leads/{lead}", None),
                ("PATCH", f"/v1/leads/{lead}", {"is_archived": chance.choice([True, False])}),
                ("DELETE", f"/api/v2/deals/{deal}", None),
                ("PATCH", f"/api/v2/deals/{deal}", {"is_archived": chance.choice([True, False])}),
                ("PATCH", f"/api/v2/persons/{person}", {"phones": [{"value": str(chance.randrange(3))}]}),
                ("DELETE", f"/api/v2/persons/{person}", None),
                ("PATCH", f"/api/v2/organizations/{organization}", {"name": name, "address": {"value": name}}),
                ("DELETE", f"/api/v2/organizations/{organization}", None),
            ]
        )
        assert client.open(path, method=method, json=body).status_code < 500


@contextmanager
def a_history(databases: Databases, seed: int) -> Iterator[FlaskClient]:
    with databases.fresh(founded) as url, serving(url, Clock()) as app:
        client = client_of(app)
        fill(ledger_of(app), 500, seed)
        stir(client, seed)
        fill(ledger_of(app), 200, seed + 100)
        stir(client, seed + 100)
        yield client


@pytest.mark.slow
@pytest.mark.parametrize(("databases", "seed"), [("sqlite", 1), ("postgresql", 2)], indirect=["databases"])
def test_the_difference_made_to_what_was_gives_what_is(
    databases: Databases, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    with a_history(databases, seed) as client:
        past, end = Past(ledger_of(client.application)), end_of(client)
        ends = sorted({0, *ends_of_commands(ledger_of(client.application)).values()})
        pairs = [sorted(chance.choices(ends, k=2)) for _ in range(6)]
        for since, until in [(0, end), (ends[-40], end), *pairs]:
            check(client, past, since, until, limit=chance.choice([25, 100, 500]))
        with ledger_of(client.application).reading() as reading:
            events = dict(events_between(reading.connection, ledger_of(client.application).mapper, 1, end, TOUCHING))
        for thing, versions in past.versions.items():
            assert all(thing in touched(events[began]) for began, _ in versions)
        for most, events_at_once, things in [(1, 1, 1), (30, 7, 3), (100, 40, 2)]:
            monkeypatch.setattr(diff, "MOST_READ", most)
            monkeypatch.setattr(diff, "_EVENTS_AT_ONCE", events_at_once)
            monkeypatch.setattr(diff, "_THINGS_AT_ONCE", things)
            first = chance.randrange(len(ends) - 30)
            check(client, past, ends[first], ends[first + 30], limit=chance.choice([1, 2, 5]))


@pytest.mark.slow
def test_one_opportunity_in_both_its_forms_and_chosen_things_are_told_as_among_everything(databases: Databases) -> None:
    with a_history(databases, 4) as client:
        end = end_of(client)
        since = end // 3
        everything = items(client, since, end)
        with ledger_of(client.application).reading() as reading:
            deals = rows_of(reading, select(DEALS).where(holding(DEALS), DEALS.c.lead_id.is_not(None)))
        for kind in TABLES:
            expected = [item for item in everything if item["kind"] == kind]
            ids = ",".join(str(item["id"]) for item in expected)
            assert items(client, since, end, **{f"{kind}_ids": ids}, limit=7) == expected
        for deal in deals[:15]:
            expected = [item for item in everything if item["id"] in (deal["deal_id"], deal["lead_id"])]
            expected = [item for item in expected if item["kind"] in ("lead", "deal")]
            for query in ({"deal_id": deal["deal_id"]}, {"lead_id": deal["lead_id"]}):
                assert items(client, since, end, **query, limit=1) == expected
