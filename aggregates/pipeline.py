"""Ways of selling: each pipeline is a row of stages that deals go through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Gone


class PipelineEvent(Event, abstract=True):
    """Something that happened to one pipeline."""

    pipeline_id: int


class PipelineAdded(PipelineEvent):
    """A new way of selling was laid out; ``order_nr`` is its place among the pipelines, the lowest the default."""

    name: str
    order_nr: int
    is_deal_probability_enabled: bool = False

    def apply(self, pipeline: Pipeline) -> None:
        pipeline.pipeline_id = self.pipeline_id
        pipeline.name = self.name
        pipeline.order_nr = self.order_nr
        pipeline.is_deal_probability_enabled = self.is_deal_probability_enabled


class PipelineEdited(PipelineEvent):
    """Somebody renamed the pipeline, moved it or changed how it counts; only what changed is told."""

    changes: dict[str, Any]

    def apply(self, pipeline: Pipeline) -> None:
        for name, value in self.changes.items():
            setattr(pipeline, name, value)


class PipelineDeleted(PipelineEvent):
    """The pipeline was given up."""

    def apply(self, pipeline: Pipeline) -> None:
        pipeline.is_deleted = True


class Pipeline(Numbered):
    """A way of selling that deals are worked through, stage by stage."""

    kind = "pipeline"
    created = PipelineAdded

    pipeline_id: int
    name: str
    order_nr: int
    is_deal_probability_enabled: bool

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    @classmethod
    def add(cls, pipeline_id: int, *, name: str, order_nr: int, **facts: Any) -> Pipeline:
        """Lay out a new way of selling."""
        pipeline = cls.numbered(pipeline_id)
        pipeline.record(PipelineAdded, name=name, order_nr=order_nr, **facts)
        return pipeline

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Rename, move or re-count; nothing is told where nothing would change."""
        self.check_present()
        if changes := self.differing(wanted):
            self.record(PipelineEdited, changes=changes)

    def delete(self) -> None:
        """Give the pipeline up."""
        self.check_present()
        self.record(PipelineDeleted)

    def check_present(self) -> None:
        """Raise `Gone` where the pipeline was deleted."""
        if self.is_deleted:
            raise Gone("the pipeline was deleted")
