"""Ways of selling: each pipeline is a row of stages that deals go through."""

from __future__ import annotations

from aggregates.event import Event
from aggregates.record import Added, Deleted, Edited, NumberedRecord


class PipelineEvent(Event, abstract=True):
    """Something that happened to one pipeline."""

    pipeline_id: int


class PipelineAdded(Added, PipelineEvent):
    """A new way of selling was laid out; ``order_nr`` is its place among the pipelines, the lowest the default."""

    name: str
    order_nr: int
    is_deal_probability_enabled: bool = False


class PipelineEdited(Edited, PipelineEvent):
    """Somebody renamed the pipeline, moved it or changed how it counts; only what changed is told."""


class PipelineDeleted(Deleted, PipelineEvent):
    """The pipeline was given up."""


class Pipeline(NumberedRecord):
    """A way of selling that deals are worked through, stage by stage."""

    kind = "pipeline"
    created = PipelineAdded
    edited = PipelineEdited
    deleted = PipelineDeleted

    pipeline_id: int
