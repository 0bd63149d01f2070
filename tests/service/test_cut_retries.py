"""A request that is repeated under its Idempotency-Key is done once, wherever its way to PostgreSQL was cut."""

from __future__ import annotations

import threading
import uuid

import pytest
from werkzeug.test import TestResponse

from tests.service.cutting import Cut
from tests.service.test_cut_commits import CUTS, Cutter, cutter

__all__ = ["cutter"]

MESSAGES = 30
"""More than a command and its answer take."""


def ask(cutter: Cutter, name: str) -> TestResponse:
    """Ask for a person under a name of its own, which is the key, too."""
    return cutter.client.post("/api/v2/persons", json={"name": name}, headers={"Idempotency-Key": name})


def how_often(cutter: Cutter, name: str) -> int:
    """How many persons have a name."""
    found = cutter.direct.get("/api/v2/persons?limit=500&sort_direction=desc").get_json()["data"]
    return [person["name"] for person in found].count(name)


@pytest.mark.slow
def test_whatever_was_cut_off_is_done_once_when_it_is_repeated(cutter: Cutter) -> None:
    at_each_message = [Cut(at=message, sent=0, away=False) for message in range(1, MESSAGES)]
    told = set()
    for cut in [*CUTS, *at_each_message, *(Cut(at=each.at, heard=0, away=False) for each in at_each_message)]:
        before, name = cutter.proxy.cuts, uuid.uuid4().hex
        cutter.proxy.expect(cut)
        first = ask(cutter, name)
        if cutter.proxy.cuts == before:
            cutter.proxy.next_cut = None
            continue
        cutter.proxy.mend()
        again = ask(cutter, name)
        assert again.status_code == 200, f"{cut}: {again.text}"
        assert first.status_code in (200, 503, 504), f"{cut}: {first.text}"
        assert ("Idempotency-Key" in first.text) == (first.status_code == 504)
        assert how_often(cutter, name) == 1
        told.add((first.status_code, "Idempotent-Replayed" in again.headers))
    assert told == {(200, True), (503, False), (504, True), (504, False)}


@pytest.mark.slow
@pytest.mark.parametrize("is_committed", [True, False], ids=["committed", "given up"])
def test_one_that_may_still_be_committed_is_waited_for(cutter: Cutter, is_committed: bool) -> None:
    name = uuid.uuid4().hex
    cutter.proxy.expect(Cut(held=True))
    assert ask(cutter, name).status_code == 504
    cutter.proxy.mend()
    letting_go = threading.Timer(1, cutter.proxy.let_go, kwargs={"is_committed": is_committed})
    letting_go.start()
    again = ask(cutter, name)
    letting_go.join()
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (200, is_committed)
    assert how_often(cutter, name) == 1


def test_a_key_costs_one_round_trip_more(cutter: Cutter) -> None:
    def round_trips(key: str | None) -> int:
        before = cutter.proxy.round_trips
        headers = {} if key is None else {"Idempotency-Key": key}
        assert cutter.client.post("/api/v2/persons", json={"name": "Kari"}, headers=headers).status_code == 200
        return cutter.proxy.round_trips - before

    plain = min(round_trips(None) for _ in range(20))
    keyed = min(round_trips(f"key-{number}") for number in range(20))
    assert keyed == plain + 1
