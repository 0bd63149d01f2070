"""The read model of one kind of record: its table, what each event changes in a row, and the list of its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, Table, select

from aggregates.event import EVENTS, Event
from aggregates.record import Added, Deleted, Edited
from projections.engine.pages import Listing, Part
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.tables import key_columns
from projections.engine.validity import holding

Effect = Callable[[Any], Row]
"""The columns that an event changes, given the event."""


@dataclass(frozen=True)
class Handler:
    """How events change read models, and which rows they find by which of their attributes.

    ``events`` are those that ``apply`` is called for, and those based on them.
    """

    apply: Callable[[Rows, Event, int], object]
    events: Mapping[type[Event], Mapping[str, Table]]


_NOTHING: Row = {}
_ADDED_AT = "added_at"
_COMMON = ("is_deleted", "edited_position", "add_time", "update_time", "valid_from", "valid_to", "bucket")
_RECORDED: Mapping[str, Callable[[Event, int], Any]] = {
    "created_position": lambda event, position: position,
    "creator_id": lambda event, position: event.by,
    "editor_id": lambda event, position: None,
}
"""Columns that a table may have beside the common ones and those for facts, and what they hold in a new row:
``editor_id`` is whoever caused the last event but the first."""


class Derived:
    """A column that is computed from facts; of several, those that an edit leaves alone are taken from the row."""

    def __init__(self, function: Callable[..., Any], *facts: str) -> None:
        self.function = function
        self.facts = facts

    def value(self, facts: Mapping[str, Any], before: Row) -> Any:
        """What the column holds, given the facts that change and the row before."""
        return self.function(*[facts[name] if name in facts else before[name] for name in self.facts])


_encode = json.JSONEncoder(ensure_ascii=False).encode


def as_json(value: Any) -> str:
    """The text that a column holds of a value; most are empty lists, which take no encoder."""
    return "[]" if value == [] else _encode(value)


class ReadModel:
    """Rows of one kind of record, and how its events make and change them.

    What an event tells goes into the columns of the same names; so does what an edit changes. ``derived`` names the
    columns that are computed from facts instead, by a function. The fact ``added_at`` becomes ``add_time``. A new row
    has ``initial`` in the columns that no fact fills. ``effects`` has the events that change something else than what
    they tell. Raises `TypeError` if a fact of an event has no column, or a column is filled by nothing.
    """

    def __init__(
        self,
        table: Table,
        events: type[Event],
        *,
        derived: Mapping[str, Derived] = MappingProxyType({}),
        initial: Row = _NOTHING,
        effects: Mapping[type[Event], Effect] = MappingProxyType({}),
    ) -> None:
        self.table = table
        (column,) = key_columns(table)
        self.key = str(column.name)
        self._initial = initial
        self._derived = derived
        self._columns_of = self._by_fact()
        self._recorded = {name: value for name, value in _RECORDED.items() if name in table.c}
        self._effects = {event: effects.get(event) for event in EVENTS.values() if issubclass(event, events)}
        self._check_complete()
        self.handler = Handler(self.apply, {events: {self.key: table}})
        self._listing = Listing(self.present(), table)

    def apply(self, rows: Rows, event: Event, position: int) -> None:
        """Let an event of the kind make or change its row."""
        key, at = getattr(event, self.key), event.at
        if isinstance(event, Added):
            row: Row = {self.key: key, "is_deleted": False, "edited_position": position, "add_time": at}
            row |= {name: value(event, position) for name, value in self._recorded.items()}
            rows.insert(self.table, position, row | self._initial | self._columns(event.facts(), _NOTHING, at))
        elif (before := rows.current(self.table, key)) is not None:
            columns = self._changes(event, before, at)
            if event.is_edit:
                columns["edited_position"] = position
            if "editor_id" in self._recorded:
                columns["editor_id"] = event.by
            rows.change(self.table, position, (key,), **columns)

    def listed(self, reading: Reading, part: Part) -> list[Row]:
        """The part that is asked for of all that are not deleted, and one row more where more follow."""
        return self._listing.rows(reading, part)

    def present(self) -> Select[Any]:
        """A query for all rows that are not deleted."""
        return select(self.table).where(holding(self.table), self.table.c.is_deleted.is_(False))

    def _changes(self, event: Event, before: Row, at: str) -> Row:
        if (effect := self._effects[type(event)]) is not None:
            return {"update_time": at, **effect(event)}
        if isinstance(event, Deleted):
            return {"update_time": at, "is_deleted": True}
        return self._columns(event.changes if isinstance(event, Edited) else event.facts(), before, at)

    def _columns(self, facts: Mapping[str, Any], before: Row, at: str) -> Row:
        columns: Row = {"update_time": at}
        for name, value in facts.items():
            for column, derived in self._columns_of.get(name, ()):
                columns[column] = value if derived is None else derived.value(facts, before)
        if facts.get(_ADDED_AT):
            columns["add_time"] = facts[_ADDED_AT]
        return columns

    def _by_fact(self) -> dict[str, list[tuple[str, Derived | None]]]:
        """The columns that each fact goes into, by the name of the fact."""
        of: dict[str, list[tuple[str, Derived | None]]] = {}
        for column in map(str, self.table.c.keys()):
            derived = self._derived.get(column)
            for fact in (column,) if derived is None else derived.facts:
                of.setdefault(fact, []).append((column, derived))
        return of

    def _check_complete(self) -> None:
        for event, effect in self._effects.items():
            if _ADDED_AT in event.fact_names and self.table.c.add_time.info.get("is_event_time"):
                raise TypeError(f"{self.table.name} are not dated by events: {event.__name__} tells when one was added")
            told = {*event.fact_names} - {"changes", _ADDED_AT}
            homeless = told - self._columns_of.keys()
            if homeless and effect is None:
                raise TypeError(f"{self.table.name} has no column for what {event.__name__} tells: {_listed(homeless)}")
            if issubclass(event, Added):
                facts = {column for name in told for column, _ in self._columns_of[name]}
                filled = {*facts, *self._recorded, *self._initial, self.key, *_COMMON}
                if empty := {*self.table.c.keys()} - filled:
                    raise TypeError(f"nothing fills what {self.table.name} has columns for: {_listed(empty)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
