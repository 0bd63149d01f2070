"""What may happen to a pipeline."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aggregates.pipeline import Pipeline, PipelineAdded, PipelineDeleted, PipelineEdited
from aggregates.refusals import Gone
from tests.aggregates.given import fact, given, refused, then

ADDED = fact(PipelineAdded, name="Sales", order_nr=1)


def test_a_pipeline_is_laid_out_at_its_place() -> None:
    pipeline = Pipeline.add(1, name="Sales", order_nr=1)
    then(pipeline, ADDED)
    assert pipeline.pipeline_id == 1


def test_a_pipeline_can_count_by_probability_from_the_start() -> None:
    pipeline = Pipeline.add(1, name="Sales", order_nr=1, is_deal_probability_enabled=True)
    then(pipeline, fact(PipelineAdded, name="Sales", order_nr=1, is_deal_probability_enabled=True))


def test_an_edit_tells_only_what_changed() -> None:
    pipeline = given(Pipeline, 1, ADDED)
    pipeline.edit({"name": "Sales", "is_deal_probability_enabled": True, "order_nr": 2})
    then(pipeline, fact(PipelineEdited, changes={"is_deal_probability_enabled": True, "order_nr": 2}))
    pipeline.edit({"order_nr": 2})
    then(pipeline)


def test_a_pipeline_can_be_given_up() -> None:
    pipeline = given(Pipeline, 1, ADDED)
    pipeline.delete()
    then(pipeline, fact(PipelineDeleted))


@pytest.mark.parametrize("command", [lambda gone: gone.edit({"name": "Hire"}), lambda gone: gone.delete()])
def test_nothing_can_be_done_to_a_deleted_pipeline(command: Callable[[Pipeline], None]) -> None:
    pipeline = given(Pipeline, 1, ADDED, fact(PipelineDeleted))
    with refused(pipeline, Gone, "was deleted"):
        command(pipeline)
