"""The working set of a replay from the beginning of the log: it asks no database, and hands out rows that are final."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import Table

from projections.engine.buckets import bucket_of
from projections.engine.rows import ENDING, AtHand, Key, Row, Rows
from projections.engine.statements import Filled
from projections.engine.tables import read_models

AT_HAND = 9_000
"""Things that a replay looked at lately and keeps at hand, and as many that it looked at before these: so it stays
small however long the log is, and what something happens to again and again need not be put aside in between."""

TOGETHER = 25_000
"""Rows of a table that only grows that are written together: its keys lie far apart, and of few rows at a time each
would cost a page of its index."""


Values = tuple[Any, ...]
"""A row: the values of all columns of its table, in their order."""


class Aside(Protocol):
    """Where versions of things are put that are not at hand, by the name of the table and the key."""

    def put(self, table: str, versions: Iterable[tuple[Key, Values]]) -> None:
        """Keep versions of different things in place of those that were kept of the same things."""

    def get(self, table: str, key: Key) -> Values | None:
        """The version that was put last of a thing; None where there was none."""


class ReplayedRows(Rows):
    """What `Rows` are in a command, for all of the log from its beginning on: nothing is in the tables yet.

    A version waits until it has ended, so that each is written once. It is changed in place: whoever applies an event
    and needs to know what was before takes a copy.
    """

    def __init__(self, aside: Aside) -> None:
        self._aside = aside
        self._current = defaultdict(dict)
        self._before: AtHand = defaultdict(dict)
        self._final = defaultdict[str, list[Values]](list)
        self._values = {name: _values_of(table) for name, table in read_models.tables.items()}

    def change(self, table: Table, position: int, key: Key, **columns: Any) -> None:
        """Let a thing be different from a position on."""
        row = self.current(table, *key)
        if row is None:
            return
        begun = row["valid_from"]
        if begun != position:
            row["valid_to"], row["bucket"] = position, bucket_of(begun, position)
            self.add(table, row)
            row["valid_from"], row["valid_to"], row["bucket"] = position, None, None
        row.update(columns)

    def add(self, table: Table, row: Row) -> None:
        """Add a row that will not change any more."""
        name = table.name
        self._final[name].append(self._values[name](row))

    def filled(self) -> Filled:
        """The rows that became final since the last time and are to be written by now."""
        if self.remembered > AT_HAND:
            self._put_aside(self._before)
            self._before, self._current = self._current, defaultdict(dict)
        ripe = [name for name, rows in self._final.items() if name in _WITH_ENDS or len(rows) >= TOGETHER]
        return [self._taken(name) for name in ripe]

    def end(self) -> Filled:
        """All other rows that became final, when there are no more events; what holds then is put aside."""
        self._put_aside(self._before)
        self._put_aside(self._current)
        return [self._taken(name) for name in [*self._final]]

    def _taken(self, name: str) -> tuple[str, list[Values]]:
        """The final rows of a table, many of them with neighbours together: by what comes first in their key."""
        rows = self._final.pop(name)
        if len(rows) >= TOGETHER:
            rows.sort(key=itemgetter(0))  # those of the same thing are in order already
        return str(name), rows

    def _stored(self, table: Table, key: Key) -> Row | None:
        if key in (before := self._before[table.name]):
            return before.pop(key)
        values = self._aside.get(str(table.name), key)
        return None if values is None else {**dict(zip(table.c.keys(), values, strict=True)), **ENDING}

    def _begin(self, table: Table, position: int, key: Key, version: Row) -> None:
        version |= {"valid_from": position, **ENDING}
        self._current[table.name][key] = version

    def _put_aside(self, at_hand: AtHand) -> None:
        for name, things in at_hand.items():
            rows = {key: row for key, row in things.items() if row is not None}
            self._aside.put(str(name), zip(rows, map(self._values[name], rows.values()), strict=True))
        at_hand.clear()


def _values_of(table: Table) -> Callable[[Mapping[str, Any]], Values]:
    return itemgetter(*table.c.keys())


_WITH_ENDS = frozenset(name for name, table in read_models.tables.items() if "valid_to" in table.c)
