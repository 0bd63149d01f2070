"""Steps on the way to a sale: each stands in one pipeline and says how likely and how patient its deals are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Gone, Refusal


class StageEvent(Event, abstract=True):
    """Something that happened to one stage."""

    stage_id: int


class StageAdded(StageEvent):
    """A step was added to a pipeline; ``order_nr`` is its place there."""

    pipeline_id: int
    name: str
    order_nr: int
    deal_probability: int = 100
    is_deal_rot_enabled: bool = False
    days_to_rotten: int | None = None

    def apply(self, stage: Stage) -> None:
        stage.stage_id = self.stage_id
        stage.pipeline_id = self.pipeline_id
        stage.name = self.name
        stage.order_nr = self.order_nr
        stage.deal_probability = self.deal_probability
        stage.is_deal_rot_enabled = self.is_deal_rot_enabled
        stage.days_to_rotten = self.days_to_rotten


class StageEdited(StageEvent):
    """Somebody renamed the stage, moved it along or changed how its deals count; only what changed is told."""

    changes: dict[str, Any]

    def apply(self, stage: Stage) -> None:
        for name, value in self.changes.items():
            setattr(stage, name, value)


class StageMovedToPipeline(StageEvent):
    """The stage now belongs to another pipeline, at that place, and its deals with it."""

    pipeline_id: int
    order_nr: int

    def apply(self, stage: Stage) -> None:
        stage.pipeline_id = self.pipeline_id
        stage.order_nr = self.order_nr


class StageDeleted(StageEvent):
    """The stage was given up."""

    def apply(self, stage: Stage) -> None:
        stage.is_deleted = True


class Stage(Numbered):
    """A step of one pipeline that deals stand in."""

    kind = "stage"
    created = StageAdded

    stage_id: int
    pipeline_id: int
    name: str
    order_nr: int
    deal_probability: int
    is_deal_rot_enabled: bool
    days_to_rotten: int | None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    @classmethod
    def add(cls, stage_id: int, *, pipeline_id: int, name: str, order_nr: int, **facts: Any) -> Stage:
        """Add a step to a pipeline."""
        check_rotting(facts)
        stage = cls.numbered(stage_id)
        stage.record(StageAdded, pipeline_id=pipeline_id, name=name, order_nr=order_nr, **facts)
        return stage

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Correct the stage (all but its pipeline); nothing is told where nothing would change."""
        self.check_present()
        if changes := self.differing(wanted):
            check_rotting({**vars(self), **changes})
            self.record(StageEdited, changes=changes)

    def move(self, *, pipeline_id: int, order_nr: int) -> None:
        """Let the stage belong to another pipeline, at that place."""
        self.check_present()
        if pipeline_id != self.pipeline_id:
            self.record(StageMovedToPipeline, pipeline_id=pipeline_id, order_nr=order_nr)

    def delete(self) -> None:
        """Give the stage up."""
        self.check_present()
        self.record(StageDeleted)

    def check_present(self) -> None:
        """Raise `Gone` where the stage was deleted."""
        if self.is_deleted:
            raise Gone("the stage was deleted")


def check_rotting(facts: Mapping[str, Any]) -> None:
    """Where deals rot, it is said after how many days; raises `Refusal`."""
    if facts.get("is_deal_rot_enabled") and facts.get("days_to_rotten") is None:
        raise Refusal("a stage whose deals rot must say after how many days: days_to_rotten")
