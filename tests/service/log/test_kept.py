"""What a process keeps between commands is what the log says at its end, whoever wrote it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aggregates.refusals import Refusal
from aggregates.stage import StageEvent
from projections.board import stages_of
from projections.engine.reading import Reading
from service.commands import stages
from service.ledger.ledger import Origin, Transaction
from service.log import kept
from tests.databases import Databases
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import check_whole

ORIGIN = Origin(user_id=1, request_id="kept", client="test")


@pytest.fixture
def services(databases: Databases) -> Iterator[list[Flask]]:
    """Two services on one database, as two processes are."""
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        yield [one, other]


def where_a_deal_begins(client: FlaskClient) -> int:
    """The stage of a new deal for which none is named; it is deleted again."""
    deal = client.post("/api/v2/deals", json={"title": "Boiler"}).get_json()["data"]
    assert client.delete(f"/api/v2/deals/{deal['id']}").status_code == 200
    return int(deal["stage_id"])


def first_stage(client: FlaskClient) -> int:
    """The first stage as it is read, whatever is kept."""
    found = client.get("/api/v2/stages?pipeline_id=1").get_json()["data"]
    return int(min(found, key=lambda stage: (stage["order_nr"], stage["id"]))["id"])


def add_stage(client: FlaskClient) -> None:
    assert client.post("/api/v2/stages", json={"name": "After all", "pipeline_id": 1}).status_code in (200, 201)


@pytest.mark.parametrize("most", [0, kept.MOST_LOOKED_THROUGH], ids=["asked again", "looked through"])
def test_two_processes_let_deals_begin_in_the_stage_that_is_the_first_one_now(
    services: list[Flask], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_LOOKED_THROUGH", most)
    random, clients = Random(14), [client_of(service) for service in services]
    begun = set[int]()
    for _ in range(20):
        changing, looking = random.choice(clients), random.choice(clients)
        match random.randrange(3):
            case 0:
                add_stage(changing)
                assert changing.delete(f"/api/v2/stages/{first_stage(changing)}").status_code == 200
            case 1:
                changing.post("/api/v2/persons", json={"name": "Kari"})
        assert where_a_deal_begins(looking) == first_stage(changing)
        begun.add(where_a_deal_begins(changing))
    assert len(begun) > 1
    check_whole(services[0])


def test_what_a_command_reads_that_is_not_committed_is_kept_for_nobody(services: list[Flask]) -> None:
    ledger = ledger_of(services[0])

    def names(tx: Transaction) -> set[str]:
        return tx.kept(_names, StageEvent)

    def add_and_be_refused(tx: Transaction) -> None:
        stages.add(tx, {"name": "Never", "pipeline_id": 1})
        assert "Never" in names(tx)
        raise Refusal("no")

    before = ledger.execute(ORIGIN, names)
    with pytest.raises(Refusal):
        ledger.execute(ORIGIN, add_and_be_refused)
    assert ledger.execute(ORIGIN, names) == before
    add_stage(client_of(services[1]))
    assert ledger.execute(ORIGIN, names) == before | {"After all"}


def _names(reading: Reading) -> set[str]:
    return {stage["name"] for stage in stages_of(reading, 1)}
