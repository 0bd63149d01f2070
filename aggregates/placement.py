"""Where a deal stands: a stage, and the pipeline that the stage is in."""

from typing import TypedDict


class Placement(TypedDict):
    """A stage and its pipeline, each by its number."""

    pipeline_id: int
    stage_id: int
