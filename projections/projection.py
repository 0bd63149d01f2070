"""Recorded events flow through here, in the order of the log, into every read model."""

from collections.abc import Callable

from aggregates.event import Event
from projections import conversions, inbox, pipeline, timeline
from projections.rows import Rows

APPLY: tuple[Callable[[Rows, Event, int], None], ...] = (
    inbox.apply,
    pipeline.apply,
    conversions.apply,
)


def project(rows: Rows, event: Event, position: int) -> None:
    """Let one event change all read models: the same way inside a command as in a replay."""
    touched = timeline.subjects(rows, event)
    for apply in APPLY:
        apply(rows, event, position)
    timeline.mark(rows, position, touched | timeline.subjects(rows, event))
