"""Recorded events flow through here, in the order of the log, into every read model."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache

from sqlalchemy import Table

from aggregates.event import EVENTS, Event
from projections import (
    activities,
    activity_types,
    conversions,
    deals,
    lead_labels,
    leads,
    notes,
    organizations,
    outcomes,
    persons,
    pipelines,
    policies,
    reviews,
    signals,
    stages,
    timeline,
    users,
)
from projections.engine.rows import Rows, read_models

APPLY: tuple[Callable[[Rows, Event, int], None], ...] = (
    signals.apply,
    leads.apply,
    deals.apply,
    conversions.apply,
    pipelines.apply,
    stages.apply,
    users.apply,
    organizations.apply,
    persons.apply,
    lead_labels.apply,
    policies.apply,
    reviews.apply,
    notes.apply,
    activities.apply,
    activity_types.apply,
    outcomes.apply,
)


def project(rows: Rows, event: Event, position: int) -> None:
    """Let one event change all read models: the same way inside a command as in a replay."""
    before = timeline.subjects(rows, event) if event.originator_version > 1 else ()
    for apply in APPLY:
        apply(rows, event, position)
    timeline.mark(rows, position, before, timeline.subjects(rows, event))


def prefetch(rows: Rows, events: Iterable[Event]) -> None:
    """Read beforehand, a few hundred at a time, the rows of the things that many events are about."""
    keys: dict[str, set[object]] = {}
    for event in events:
        if event.originator_version > 1:
            for name in _keys_told_by(type(event).__name__):
                keys.setdefault(name, set()).add(getattr(event, name))
    for table in read_models.tables.values():
        if (name := _only_key(table)) in keys:
            rows.prefetch(table, [(key,) for key in keys[name]])


def _only_key(table: Table) -> str:
    key: tuple[str, ...] = table.info.get("key", ())
    return key[0] if len(key) == 1 else ""


@cache
def _keys_told_by(name: str) -> list[str]:
    told = {field.name for field in fields(EVENTS[name])}.union(dir(EVENTS[name]))
    return sorted(_KEYS & told)


_KEYS = frozenset(map(_only_key, read_models.tables.values())) - {""}
