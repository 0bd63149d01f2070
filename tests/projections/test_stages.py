"""Pipelines and stages as they are listed: in any order, without what was given up."""

from __future__ import annotations

from typing import Any

from aggregates.pipeline import Pipeline
from aggregates.stage import Stage
from projections.engine.pages import Part
from projections.pipelines import PIPELINES, pipelines, pipelines_in_order
from projections.stages import STAGES, stages
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions


def part(*order: str, **wanted: Any) -> Part:
    return Part(**{"only": [], "order": order, "limit": 100, **wanted})


def two_pipelines(ledger: Ledger) -> tuple[Pipeline, Pipeline]:
    service = Pipeline.add(2, name="Service", order_nr=2)
    wholesale = Pipeline.add(3, name="Wholesale", order_nr=3)
    record(ledger, service, wholesale)
    return service, wholesale


def test_pipelines_come_in_their_order_without_those_given_up(ledger: Ledger) -> None:
    service, wholesale = two_pipelines(ledger)
    wholesale.edit({"order_nr": 0})
    service.delete()
    record(ledger, service, wholesale)
    with ledger.reading() as reading:
        assert [row["pipeline_id"] for row in pipelines_in_order(reading)] == [3, 1]
        assert [row["pipeline_id"] for row in pipelines(reading, part("pipeline_id"))] == [1, 3]


def test_stages_are_listed_by_their_place_and_of_the_pipeline_they_belong_to_now(ledger: Ledger) -> None:
    two_pipelines(ledger)
    call = Stage.add(11, pipeline_id=2, name="Call", order_nr=2)
    visit = Stage.add(12, pipeline_id=2, name="Visit", order_nr=1)
    record(ledger, call, visit)

    def of(pipeline_id: int) -> list[int]:
        asked = part("order_nr", "stage_id", only=[("pipeline_id", pipeline_id)])
        with ledger.reading() as reading:
            return [row["stage_id"] for row in stages(reading, asked)]

    assert of(2) == [12, 11]
    visit.move(pipeline_id=3, order_nr=1)
    record(ledger, visit)
    assert (of(2), of(3)) == ([11], [12])
    call.delete()
    record(ledger, call)
    assert (of(2), of(3)) == ([], [12])


def test_a_replay_gives_the_same_pipelines_and_stages_with_their_past(ledger: Ledger) -> None:
    service, wholesale = two_pipelines(ledger)
    call = Stage.add(11, pipeline_id=2, name="Call", order_nr=1)
    visit = Stage.add(12, pipeline_id=2, name="Visit", order_nr=2, is_deal_rot_enabled=True, days_to_rotten=7)
    record(ledger, call, visit)
    visit.move(pipeline_id=3, order_nr=1)
    visit.edit({"name": "Meeting"})
    call.delete()
    service.delete()
    wholesale.edit({"is_deal_probability_enabled": True})
    record(ledger, visit, call, service, wholesale)
    live = versions(ledger, PIPELINES), versions(ledger, STAGES)
    rebuilt(ledger)
    assert (versions(ledger, PIPELINES), versions(ledger, STAGES)) == live
