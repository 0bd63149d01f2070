"""What may happen to a stage; where deals rot, it says after how many days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.refusals import Gone, Refusal
from aggregates.stage import Stage, StageAdded, StageDeleted, StageEdited, StageMovedToPipeline
from tests.aggregates.given import Fact, fact, given, refused, then


def added(**facts: Any) -> Fact:
    return fact(StageAdded, **{"pipeline_id": 1, "name": "Meeting", "order_nr": 3, **facts})


ROTTING = {"is_deal_rot_enabled": True, "days_to_rotten": 14}


def test_a_stage_is_added_to_its_pipeline() -> None:
    stage = Stage.add(2, pipeline_id=1, name="Meeting", order_nr=3)
    then(stage, added())
    assert (stage.stage_id, stage.deal_probability) == (2, 100)


def test_a_stage_can_say_how_likely_and_how_patient_its_deals_are() -> None:
    stage = Stage.add(2, pipeline_id=1, name="Meeting", order_nr=3, deal_probability=40, **ROTTING)
    then(stage, added(deal_probability=40, **ROTTING))


def test_a_stage_whose_deals_rot_without_a_number_of_days_is_refused() -> None:
    with pytest.raises(Refusal, match="must say after how many days"):
        Stage.add(2, pipeline_id=1, name="Meeting", order_nr=3, is_deal_rot_enabled=True)


def test_an_edit_tells_only_what_changed() -> None:
    stage = given(Stage, 2, added())
    stage.edit({"name": "Meeting", "deal_probability": 50})
    then(stage, fact(StageEdited, changes={"deal_probability": 50}))
    stage.edit({"deal_probability": 50})
    then(stage)


def test_deals_may_begin_to_rot_after_the_days_that_were_told_before_or_now() -> None:
    stage = given(Stage, 2, added())
    stage.edit(ROTTING)
    then(stage, fact(StageEdited, changes=ROTTING))
    stage = given(Stage, 2, added(days_to_rotten=14))
    stage.edit({"is_deal_rot_enabled": True})
    then(stage, fact(StageEdited, changes={"is_deal_rot_enabled": True}))


def test_an_edit_that_lets_deals_rot_without_a_number_of_days_is_refused() -> None:
    stage = given(Stage, 2, added())
    with refused(stage, Refusal, "must say after how many days"):
        stage.edit({"is_deal_rot_enabled": True})
    stage = given(Stage, 2, added(**ROTTING))
    with refused(stage, Refusal, "must say after how many days"):
        stage.edit({"days_to_rotten": None})


def test_deals_stop_rotting_and_the_days_may_go() -> None:
    stage = given(Stage, 2, added(**ROTTING))
    stage.edit({"is_deal_rot_enabled": False, "days_to_rotten": None})
    then(stage, fact(StageEdited, changes={"is_deal_rot_enabled": False, "days_to_rotten": None}))


def test_a_stage_can_move_to_another_pipeline() -> None:
    stage = given(Stage, 2, added())
    stage.move(pipeline_id=4, order_nr=1)
    then(stage, fact(StageMovedToPipeline, pipeline_id=4, order_nr=1))
    assert (stage.pipeline_id, stage.order_nr) == (4, 1)


def test_moving_a_stage_to_its_own_pipeline_tells_nothing() -> None:
    stage = given(Stage, 2, added())
    stage.move(pipeline_id=1, order_nr=9)
    then(stage)


def test_a_stage_can_be_given_up() -> None:
    stage = given(Stage, 2, added())
    stage.delete()
    then(stage, fact(StageDeleted))


@pytest.mark.parametrize(
    "command",
    [
        lambda stage: stage.edit({"name": "Call"}),
        lambda stage: stage.move(pipeline_id=4, order_nr=1),
        lambda stage: stage.delete(),
    ],
)
def test_nothing_can_be_done_to_a_deleted_stage(command: Callable[[Stage], None]) -> None:
    stage = given(Stage, 2, added(), fact(StageDeleted))
    with refused(stage, Gone, "was deleted"):
        command(stage)
