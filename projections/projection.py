"""Recorded events flow through here, in the order of the log, into every read model."""

from collections.abc import Callable, Iterable

from sqlalchemy import Table

from aggregates.event import Event
from projections import conversions, inbox, lead_labels, organizations, persons, pipeline, stages, timeline, users
from projections.rows import Rows, read_models

APPLY: tuple[Callable[[Rows, Event, int], None], ...] = (
    inbox.apply,
    pipeline.apply,
    conversions.apply,
    stages.apply,
    users.apply,
    organizations.apply,
    persons.apply,
    lead_labels.apply,
)


def project(rows: Rows, event: Event, position: int) -> None:
    """Let one event change all read models: the same way inside a command as in a replay."""
    touched = timeline.subjects(rows, event)
    for apply in APPLY:
        apply(rows, event, position)
    timeline.mark(rows, position, touched | timeline.subjects(rows, event))


def prefetch(rows: Rows, events: Iterable[Event]) -> None:
    """Read beforehand, a few hundred at a time, the rows of the things that many events are about."""
    keys: dict[str, set[object]] = {}
    for event in events:
        if event.originator_version > 1:
            for name in _KEYS:
                if (key := getattr(event, name, None)) is not None:
                    keys.setdefault(name, set()).add(key)
    for table in read_models.tables.values():
        if (name := _only_key(table)) in keys:
            rows.prefetch(table, [(key,) for key in keys[name]])


def _only_key(table: Table) -> str:
    key: tuple[str, ...] = table.info.get("key", ())
    return key[0] if len(key) == 1 else ""


_KEYS = frozenset(map(_only_key, read_models.tables.values())) - {""}
