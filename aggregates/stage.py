"""Steps on the way to a sale: each stands in one pipeline and says how likely and how patient its deals are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from aggregates.event import Event
from aggregates.record import Added, Deleted, Edited, NumberedRecord
from aggregates.refusals import Refusal


class StageEvent(Event, abstract=True):
    """Something that happened to one stage."""

    stage_id: int


class StageAdded(Added, StageEvent):
    """A step was added to a pipeline; ``order_nr`` is its place there."""

    pipeline_id: int
    name: str
    order_nr: int
    deal_probability: int = 100
    is_deal_rot_enabled: bool = False
    days_to_rotten: int | None = None


class StageEdited(Edited, StageEvent):
    """Somebody renamed the stage, moved it along or changed how its deals count; only what changed is told."""


class StageMovedToPipeline(StageEvent):
    """The stage now belongs to another pipeline, at that place, and its deals with it."""

    pipeline_id: int
    order_nr: int

    def apply(self, stage: Stage) -> None:
        stage.pipeline_id = self.pipeline_id
        stage.order_nr = self.order_nr


class StageDeleted(Deleted, StageEvent):
    """The stage was given up."""


class Stage(NumberedRecord):
    """A step of one pipeline that deals stand in."""

    kind = "stage"
    created = StageAdded
    edited = StageEdited
    deleted = StageDeleted

    stage_id: int
    pipeline_id: int
    order_nr: int
    deal_probability: int

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """Add a step to a pipeline. Raises `Refusal`, as `check_rotting`."""
        check_rotting(facts)
        return super().add(number, **facts)

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Correct the stage, its pipeline excepted. Raises `Refusal`, as `check_rotting`."""
        self.check_present()
        check_rotting({**vars(self), **wanted})
        super().edit(wanted)

    def move(self, *, pipeline_id: int, order_nr: int) -> None:
        """Let the stage belong to another pipeline, at that place."""
        self.check_present()
        if pipeline_id != self.pipeline_id:
            self.record(StageMovedToPipeline, pipeline_id=pipeline_id, order_nr=order_nr)


def check_rotting(facts: Mapping[str, Any]) -> None:
    """Where deals rot, it is said after how many days; raises `Refusal`."""
    if facts.get("is_deal_rot_enabled") and facts.get("days_to_rotten") is None:
        raise Refusal("a stage whose deals rot must say after how many days: days_to_rotten")
