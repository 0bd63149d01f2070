"""Ids of what is committed together begin alike, and lie together in each index; nobody can guess one from another."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask

from service.commands import leads
from service.ledger.ledger import Ledger, Origin, Transaction
from tests.databases import Databases
from tests.service.http.opportunities import a_person
from tests.service.log.test_groups import as_one_group
from tests.service.serving import client_of, founded, ledger_of, serving

TOGETHER = 5


@pytest.fixture
def app(databases: Databases) -> Iterator[Flask]:
    with databases.fresh(founded) as url, serving(url) as app:
        yield app


def beginning(some_id: UUID | str) -> str:
    return UUID(str(some_id)).hex[:4]


def ids_of_one_transaction(ledger: Ledger, count: int) -> list[UUID]:
    with ledger.event_log.writing() as writing:
        return [writing.new_id() for _ in range(count)]


def test_ids_of_one_transaction_begin_alike_and_have_nothing_else_in_common(app: Flask) -> None:
    ids = ids_of_one_transaction(ledger_of(app), 1_000)
    assert {(each.version, each.variant) for each in ids} == {(4, uuid.RFC_4122)}
    assert len(set(ids)) == len(ids)
    always, ever = ids[0].int, 0
    for each in ids:
        always, ever = always & each.int, ever | each.int
    assert (always ^ ever).bit_count() == 128 - 16 - 6
    assert len(set(map(beginning, ids))) == 1


def test_each_transaction_has_a_beginning_of_its_own(app: Flask) -> None:
    begin = [beginning(ids_of_one_transaction(ledger_of(app), 1)[0]) for _ in range(20)]
    assert len(set(begin)) > 15


def test_leads_that_are_added_together_have_ids_that_begin_alike(app: Flask) -> None:
    ledger, person_id = ledger_of(app), a_person(client_of(app))

    def adding(title: str) -> Callable[[], str]:
        origin = Origin(user_id=1, request_id=title, client="test")

        def add(tx: Transaction) -> str:
            return str(leads.add(tx, {"title": title, "person_id": person_id})["lead_id"])

        return lambda: ledger.execute(origin, add)

    added = as_one_group(ledger, [adding(f"Boiler {number}") for number in range(TOGETHER)])
    assert len(set(added)) == TOGETHER
    assert len(set(map(beginning, added))) == 1
